"""How a message, or a value of a document, is worded as evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sipdiag.capture.payload import Remark
from sipdiag.position import Packet, Place
from sipdiag.rules.finding import Evidence, Finding
from sipdiag.rules.subject import EvidenceSource, cited_by
from sipdiag.sip.secrets import mask

if TYPE_CHECKING:
    from sipdiag.messages.captured import CapturedMessage
    from sipdiag.sip.message import Message

MAX_QUOTED = 4
"""Lines of a log that are quoted beside a finding."""
MAX_WHAT = 160
"""Characters of the one line about a message."""
_ERROR_HEADER = re.compile(r"x-.{1,40}-error")
"""``X-Twilio-Error`` and its like: a code and a text of the maker's own beside the status."""


def evidence_of(
    names: Iterable[str],
    source: EvidenceSource,
) -> tuple[Evidence, ...]:
    """The evidence with these names, each once: packets in capture order, then places in documents."""
    messages: dict[CapturedMessage | Packet, None] = {}
    places: dict[Place, None] = {}
    for name in names:
        for one in cited_by(source, name):
            if isinstance(one, Place):
                places.setdefault(one)
            else:
                messages.setdefault(one)
    ordered = sorted(messages, key=lambda one: (one.time_ns, one.position.file, one.position.number))
    return (
        *(Evidence(one, _what(one)) for one in ordered),
        *(Evidence(place, _setting(place)) for place in places),
    )


def _what(one: CapturedMessage | Packet) -> str:
    return one.what if isinstance(one, Packet) else describe(one.message)


def quoted(findings: Sequence[Finding], remarks: Iterable[Remark]) -> list[Finding]:
    """The findings; the first also quotes what the log says in the program's own words."""
    lines = {one.text: one for one in remarks}
    if not findings or not lines:
        return list(findings)
    first = findings[0]
    said = tuple(Evidence(one, f"the log says: {_one_line(text)}") for text, one in lines.items())
    return [replace(first, evidence=(*first.evidence, *said[:MAX_QUOTED])), *findings[1:]]


def evidence_and_remarks(evidence: Sequence[Evidence]) -> tuple[list[Evidence], list[Evidence]]:
    """A finding's evidence, and what a log says about it."""
    quoted = [one for one in evidence if isinstance(one.source, Remark)]
    return [one for one in evidence if one not in quoted], quoted


def in_time(evidence: Evidence) -> tuple[bool, int]:
    """Sort key: messages by time, then documents."""
    return evidence.time_ns is None, evidence.time_ns or 0


def _setting(place: Place) -> str:
    """``/transfer_option/mode = "sip_invite"``, or that it is missing; for a whole file, its description."""
    if not place.pointer:
        return _one_line(place.value or "the file")
    return _one_line(
        f"{place.pointer} is not set" if place.value is None else f"{place.pointer} = {place.value}"
    )


def describe(message: Message) -> str:
    """``REFER sip:+1…``, ``403 Forbidden (INVITE), X-Twilio-Error: 32202 …``, ``NOTIFY sip:… (486 Busy Here)``."""
    if not message.is_request:
        method = f" ({message.cseq_method})" if message.cseq_method else ""
        what = f"{message.status or ''} {message.reason}".strip() + method + _own_words(message)
    else:
        what = f"{message.method} {message.uri}{_carried(message)}"
    return _one_line(what)


def _one_line(text: str) -> str:
    line = " ".join(mask(text).split())
    return line if len(line) <= MAX_WHAT else f"{line[: MAX_WHAT - 1]}…"


def _own_words(message: Message) -> str:
    """What a refusal says in an error header of its maker, which proves more than the status."""
    if (message.status or 0) < 300:
        return ""
    names = [name for name in message.names if _ERROR_HEADER.fullmatch(name)]
    return "".join(f", {name.title()}: {message.header(name)}" for name in names[:1])


def _carried(message: Message) -> str:
    """What a request is about, when its start line does not say it."""
    if message.method == "REFER" and message.refer_to is not None:
        return f", Refer-To {message.refer_to.uri.raw}"
    fragment = message.sipfrag if message.method == "NOTIFY" else None
    if fragment is not None and fragment.status is not None:
        return f" ({fragment.status} {fragment.reason})"
    return ""
