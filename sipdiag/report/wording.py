"""The words of the reports, as tables: outcomes, confidence, severity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from sipdiag.capture.payload import Accounting
from sipdiag.pipeline.results import Analysis, CallDetail, Party
from sipdiag.position import Frame, Line, Place
from sipdiag.report.text import plural, visible
from sipdiag.report.times import duration, stamp
from sipdiag.rules.finding import Confidence, Finding, Severity

CAUSES_SHOWN = 5
"""How many causes of undecoded frames fit on a line."""
Tone = Literal["bad", "warn", "good", "calm"]
"""What a colour means: failed, attention, in order, not judged."""


class OutcomeWords(NamedTuple):
    label: str
    tone: Tone


OUTCOMES: dict[str, OutcomeWords] = {
    "answered": OutcomeWords("Answered", "good"),
    "transferred": OutcomeWords("Transferred", "good"),
    "transfer-failed": OutcomeWords("Transfer failed", "bad"),
    "transfer-unknown": OutcomeWords("Transfer result unknown", "warn"),
    "busy": OutcomeWords("Busy", "warn"),
    "no-answer": OutcomeWords("No answer", "warn"),
    "declined": OutcomeWords("Declined", "warn"),
    "rejected": OutcomeWords("Rejected", "bad"),
    "cancelled": OutcomeWords("Cancelled", "calm"),
    "failed": OutcomeWords("Failed", "bad"),
    "no-response": OutcomeWords("No response", "bad"),
    "in-progress": OutcomeWords("In progress", "calm"),
}

TRANSFER_OUTCOMES: dict[str, OutcomeWords] = {
    "completed": OutcomeWords("Completed", "good"),
    "rejected": OutcomeWords("Rejected", "bad"),
    "failed": OutcomeWords("Failed", "bad"),
    "unknown": OutcomeWords("Result unknown", "warn"),
    "not-attempted": OutcomeWords("Not attempted", "bad"),
}

TRANSFER_METHODS: dict[str, str] = {
    "refer": "REFER",
    "replaces": "REFER or INVITE with Replaces",
    "invite": "a second INVITE",
}

CONFIDENCE: dict[Confidence, tuple[str, str]] = {
    Confidence.certain: ("Certain", "the capture proves it"),
    Confidence.likely: ("Likely", "the evidence points here and nothing seen speaks against it"),
    Confidence.possible: ("Possible", "it fits what was captured, and so do other explanations"),
}

SEVERITY_TONE: dict[Severity, Tone] = {
    Severity.error: "bad",
    Severity.warning: "warn",
    Severity.info: "calm",
}

SEVERITY_LABEL: dict[Severity, str] = {
    Severity.error: "Error",
    Severity.warning: "Warning",
    Severity.info: "Note",
}


_PROOF: dict[tuple[bool, bool, bool], str] = {
    (True, True, False): "the capture and the log prove it",
    (False, True, False): "the log proves it",
    (True, False, True): "the capture and the files beside it prove it",
    (True, True, True): "the capture, the log and the files beside them prove it",
    (False, True, True): "the log and the files beside it prove it",
    (False, False, True): "the files prove it",
}
"""The words for certainty, by what is cited: a capture, a log, a document."""


def confidence_words(finding: Finding, result: CallDetail | None = None) -> tuple[str, str]:
    """How sure a finding is, and why; of a leg that may belong to another call than ``result``, that it may."""
    word, meaning = CONFIDENCE[finding.confidence]
    if finding.confidence is Confidence.certain:
        meaning = _proof(finding, meaning)
    loose = _loose(finding, result) if result is not None else None
    return (
        word,
        f"{meaning}; that leg {loose} belongs to this call is no more than possible" if loose else meaning,
    )


def _loose(finding: Finding, result: CallDetail) -> str | None:
    """The id of the leg that a finding is about, where it was tied to the call by its time and host alone."""
    about = {
        leg.id
        for one in result.transfers
        if one.transfer.id == finding.subject
        for leg in one.transfer.new_legs
    }
    legs = (one.leg for one in result.legs if one.leg.id == finding.subject or one.leg.id in about)
    return next((leg.id for leg in legs if leg.joined_by and leg.joined_by.confidence == "possible"), None)


def _proof(finding: Finding, meaning: str) -> str:
    """What proves a certain finding, by what it cites."""
    cited = [one.position for one in finding.evidence]
    captured, logged, written = (
        any(isinstance(position, kind) for position in cited) for kind in (Frame, Line, Place)
    )
    return _PROOF.get((captured, logged, written), meaning)


def outcome_words(outcome: str) -> OutcomeWords:
    """Words for an outcome; the outcome itself where the table does not know it."""
    return OUTCOMES.get(outcome, OutcomeWords(outcome, "calm"))


def ringing_word(result: CallDetail) -> str:
    """``ringing``; ``early media`` where no 180 was seen: behind a 183 may be an announcement as well (RFC 3960 §3.2)."""
    first = (leg for leg in result.call.legs if leg.call_id == result.call_id)
    alerted = any(one.captured.message.status == 180 for leg in first for one in leg.messages)
    return "ringing" if alerted else "early media"


def party_text(party: Party) -> str:
    """``+1 555… (Pakistan)``; the URI where there is no number."""
    return visible(named(party))


def named(party: Party) -> str:
    """As :func:`party_text`, not made visible yet."""
    who = party.number or party.uri or "unknown"
    return f"{who} ({party.country})" if party.country else who


def count_by(values: Iterable[str]) -> dict[str, int]:
    """How often each value occurs, most frequent first, then by name."""
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def brief_text(analysis: Analysis) -> str:
    """Says that calls are summarised and how to see one in full; empty where all are shown in full."""
    count = len(analysis.calls) - len(analysis.details)
    if not count:
        return ""
    told = f"{plural(count, 'call')} {'is' if count == 1 else 'are'} summarised, without messages and steps"
    return f"{told}; --call with a Call-ID or a number shows one in full."


def expect_text(analysis: Analysis) -> str:
    """What was expected of which calls: ``transfer (every call)``; empty where nothing was."""
    return f"{analysis.expect} ({analysis.expect_scope or 'every call'})" if analysis.expect else ""


def span_text(frames: Accounting) -> str:
    """From the first frame to the last, with the time between; empty where no frame has a time."""
    first, last = frames.first_ns, frames.last_ns
    if first is None or last is None:
        return ""
    return f"{stamp(first)} to {stamp(last)} ({duration((last - first) / 1e9)})"


def frames_text(frames: Accounting) -> str:
    """Where the frames went: ``52 frames (40 SIP, 9 RTP, 3 not decoded: 2 ARP, 1 ICMP)``."""
    kinds = ((frames.sip, "SIP"), (frames.rtp, "RTP"), (frames.other, "other"))
    parts = [f"{count:,} {kind}" for count, kind in kinds if count]
    if frames.undecoded:
        causes = sorted(frames.undecoded.items(), key=lambda item: -item[1])
        shown = ", ".join(f"{count:,} {cause}" for cause, count in causes[:CAUSES_SHOWN])
        more = ", …" if len(causes) > CAUSES_SHOWN else ""
        parts.append(f"{sum(frames.undecoded.values()):,} not decoded: {shown}{more}")
    return plural(frames.seen, "frame") + (f" ({', '.join(parts)})" if parts else "")
