"""How a message is named where it serves as evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from sipdiag.rules.finding import Evidence
from sipdiag.rules.subject import EvidenceSource

if TYPE_CHECKING:
    from sipdiag.messages.captured import CapturedMessage
    from sipdiag.sip.message import Message

MAX_WHAT = 160
"""Characters of the one line about a message."""


def evidence_of(
    names: Iterable[str],
    source: EvidenceSource,
) -> tuple[Evidence, ...]:
    """The messages behind the names, each once, in the order they were captured."""
    found: dict[int, CapturedMessage] = {}
    for name in names:
        captured = source.get(name, ()) if isinstance(source, Mapping) else source(name)
        found.update((id(message), message) for message in captured)
    ordered = sorted(found.values(), key=lambda message: (message.time_ns, message.file, message.frame))
    return tuple(Evidence(message, describe(message.message)) for message in ordered)


def describe(message: Message) -> str:
    """``REFER sip:+1…``, ``403 Forbidden (INVITE)``, ``NOTIFY sip:… (486 Busy Here)``."""
    if not message.is_request:
        method = f" ({message.cseq_method})" if message.cseq_method else ""
        what = f"{message.status or ''} {message.reason}".strip() + method
    else:
        what = f"{message.method} {message.uri}{_carried(message)}"
    line = " ".join(what.split())
    return line if len(line) <= MAX_WHAT else f"{line[: MAX_WHAT - 1]}…"


def _carried(message: Message) -> str:
    """What a request is about, when its start line does not say it."""
    if message.method == "REFER" and message.refer_to is not None:
        return f", Refer-To {message.refer_to.uri.raw}"
    fragment = message.sipfrag if message.method == "NOTIFY" else None
    if fragment is not None and fragment.status is not None:
        return f" ({fragment.status} {fragment.reason})"
    return ""
