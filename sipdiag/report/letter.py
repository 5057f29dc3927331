"""The message to the party that has to act, or the list of things to do if that is the reader.

Requests stand under "Please", explanations apart.  The parts are
decided here, how they are written for mail, Markdown, Slack or Jira in :mod:`sipdiag.report.letterforms`.
"""

from __future__ import annotations

import ipaddress
import re

from msgspec import Struct

from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.report.labels import LABELS
from sipdiag.report.times import date_and_time, rfc3339
from sipdiag.report.verdict import file_names, where
from sipdiag.report.wording import confidence_words, party_text
from sipdiag.rules.finding import Finding

_MOST = 12
"""Items of a list in the message."""

_VERBS = frozenset(
    re.findall(
        r"\w+",
        """
        activate add allow answer ask assign attach call capture check choose compare complain complete copy correct detach
        dial do enable end enter export fetch find fix follow get give have identify import keep leave let list listen look lower make
        move offer open pace pass pin place put raise read record register remove repair repeat replace restart retry
        route rule run send set settle show sign slow space start stop switch take tell test top transfer try update upgrade
        use verify wait write
        """,
    )
)
"""Words a request begins with."""
_OPENERS = frozenset(("if", "in", "or", "to", "until", "over", "where", "next", "for", "with"))
"""Words that begin a request saying first when, where or what for."""
_PLACES = frozenset(("on", "at", "under", "after", "before", "when", "while"))
"""Words that may begin a request if a verb follows after a comma."""
_CLAUSES = re.compile(r"(?<=[.;])\s+")
_ASKING = re.compile(r"ask (the|its|their|whoever|that|[A-Z]\w+)\b", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w:.])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)(?![\w:])")

_OTHERS = frozenset(("carrier", "platform", "caller", "callee", "network"))
"""Parties one writes to; whoever administers an account or a system writes."""
_TELL_US = "Tell us what your own log shows for this call; Call-ID and times are below."
_LOOK = "Look this up in your own log with the Call-ID and the times below, and correct the cause."


class Ask(Struct, frozen=True):
    """One thing to do."""

    text: str
    command: str = ""


class Letter(Struct, frozen=True):
    """The message to send, or the list of things to do."""

    ours: bool
    """The reader has to act: a list of things to do, not a message."""
    to: str
    subject: str
    opening: str
    """What happened."""
    asks: tuple[Ask, ...]
    notes: tuple[str, ...]
    """What explains the requests."""
    facts: tuple[tuple[str, str], ...]
    """How to find the call: label and value."""
    evidence: tuple[str, ...]
    timed: bool
    """The evidence has times."""
    closing: tuple[str, ...]


def letter(analysis: Analysis, result: CallDetail | None, finding: Finding) -> Letter | None:
    """The message on ``finding``, which is about the call ``result``; None where nobody has to act."""
    if not finding.to_act:
        return None
    mine = ours(analysis.us, finding, result)
    asks, notes = _sorted(finding, mine)
    starts = [item.time_ns for item in finding.evidence if item.time_ns is not None]
    start = result.began_ns if result else min(starts, default=analysis.accounting.first_ns)
    when = f" ({date_and_time(start)})" if start is not None else ""
    certain, meaning = confidence_words(finding, result)
    closing = [f"{LABELS.confidence}: {certain.lower()} ({meaning})."]
    if finding.references:
        closing.append(f"References: {'; '.join(finding.references)}")
    return Letter(
        ours=mine,
        to=finding.acts.who,
        subject=f"{finding.title}{when}",
        opening=finding.sentence,
        asks=asks,
        notes=notes,
        facts=(
            *(_call_facts(result) if result else _exchange_facts(finding)),
            ("Capture", ", ".join(file_names(analysis))),
        ),
        evidence=tuple(_evidence(analysis, finding)),
        timed=bool(starts),
        closing=tuple(closing),
    )


def ours(us: tuple[str, ...], finding: Finding, result: CallDetail | None) -> bool:
    """Whether the party that has to act is one of ``us``: a name, an address or a network each.

    The settings of an account at a carrier are ours where one end of the call is.
    """
    acts = finding.acts
    if any(_is(one, acts.who) or _holds(one, f"{acts.who} {acts.because}") for one in us):
        return True
    if acts.as_ != "carrier-account" or result is None:
        return False
    return any(
        _is(one, end.name) or _holds(one, end.host.address) for one in us for end in result.participants
    )


def _is(one: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(one)}(?!\w)", name, re.IGNORECASE) is not None


def _holds(one: str, text: str) -> bool:
    """Whether the network ``one`` holds an address that ``text`` names."""
    try:
        network = ipaddress.ip_network(one, strict=False)
    except ValueError:
        return False
    for found in _ADDRESS.findall(text):
        try:
            if ipaddress.ip_address(found) in network:
                return True
        except ValueError:
            continue
    return False


def _sorted(finding: Finding, mine: bool) -> tuple[tuple[Ask, ...], tuple[str, ...]]:
    """Requests, and what only explains."""
    asks: list[Ask] = []
    notes: list[str] = []
    for step in finding.fix:
        told, wanted = divided(step.text)
        if told:
            notes.append(told)
        if _ASKING.match(wanted) and not mine and finding.acts.as_ in _OTHERS:
            # The party to be asked is the reader of this message.
            wanted = _TELL_US
        if wanted or step.command:
            asks.append(Ask(wanted or "Set:", step.command or ""))
    if not asks:
        asks.append(Ask(_LOOK))
    return tuple(dict.fromkeys(asks)), tuple(dict.fromkeys(notes))


def divided(step: str) -> tuple[str, str]:
    """A step's explanation and its request; either may be empty."""
    clauses = _CLAUSES.split(step)
    for place, clause in enumerate(clauses):
        if _asks(clause):
            told = " ".join(clauses[:place]).removesuffix(";")
            wanted = " ".join(clauses[place:])
            return _closed(told), wanted[:1].upper() + wanted[1:]
    return step, ""


def _asks(clause: str) -> bool:
    """Whether it begins with a verb, or says first where or when: ``On a Twilio trunk, send …``."""
    first = _first(clause)
    after = clause.partition(", ")[2]
    return first in _VERBS or first in _OPENERS or (first in _PLACES and _first(after) in _VERBS)


def _first(text: str) -> str:
    return re.split(r"[\s,:]", text, maxsplit=1)[0].lower()


def _closed(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!")) else f"{text}."


def _evidence(analysis: Analysis, finding: Finding) -> list[str]:
    lines = []
    for item in finding.evidence[:_MOST]:
        time = "" if item.time_ns is None else f"{rfc3339(item.time_ns)} "
        lines.append(f"{time}{where(analysis, item.position)}: {item.what}")
    more = len(finding.evidence) - len(lines)
    return [*lines, f"and {more} more"] if more else lines


def _call_facts(result: CallDetail) -> list[tuple[str, str]]:
    return [
        ("Call", f"{party_text(result.from_)} to {party_text(result.to)}"),
        *([("Start", rfc3339(result.began_ns))] if result.time_known else []),
        *([("End", rfc3339(result.over_ns))] if result.time_known else []),
        *((f"Call-ID ({leg.leg.role} leg)", leg.leg.call_id) for leg in result.legs[:_MOST]),
        *_vendor_ids(result),
    ]


def _exchange_facts(finding: Finding) -> list[tuple[str, str]]:
    ids = dict.fromkeys(item.captured.message.call_id for item in finding.evidence if item.captured)
    return [("Call-ID", call_id) for call_id in ids][:_MOST]


def _vendor_ids(result: CallDetail) -> list[tuple[str, str]]:
    """The ids by which a provider's support finds the call, and the Session-ID (RFC 7989)."""
    ids = [one for leg in result.legs for one in (*leg.call_ids, *leg.account_ids)]
    for leg in result.legs:
        sessions = (entry.captured.message.header("Session-ID") for entry in leg.leg.messages)
        ids += [("Session-ID", value) for value in sessions if value]
    return list(dict.fromkeys(ids))[:_MOST]
