"""What differs inside steps that both calls have: headers, session descriptions, waiting times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.comparison.align import Pair
from sipdiag.comparison.normal import IGNORED, normal
from sipdiag.comparison.step import Step
from sipdiag.sip.secrets import mask_header

if TYPE_CHECKING:
    from sipdiag.pipeline.results import CallDetail
    from sipdiag.sip.message import Message
    from sipdiag.sip.sdp import MediaDescription, Sdp

_OF_THE_DIALOG = frozenset({"from", "to"})
"""Said by the request that opens a dialog; what follows only repeats them."""
_SLOWER_S = 1.0
_SLOWER_TIMES = 2.0
"""A wait is told when it differs by this many seconds and by this factor."""


class Difference(Struct, frozen=True):
    """A header or a property of the session description that differs, normalised; None: not there."""

    where: tuple[str, ...]
    """Labels of the steps in which it differs."""
    what: str
    good: str | None
    bad: str | None


class TimingDifference(Struct, frozen=True):
    """A duration in both calls, seconds; None where it has none."""

    what: str
    good: float | None
    bad: float | None

    @property
    def notable(self) -> bool:
        """Whether it differs by so much that it tells something."""
        if self.good is None or self.bad is None:
            return self.good is not self.bad
        low, high = sorted((self.good, self.bad))
        return high - low >= _SLOWER_S and high >= _SLOWER_TIMES * max(low, 0.001)


def header_differences(pairs: Iterable[Pair]) -> list[Difference]:
    """Headers that only one of two equal steps has, or has with another value."""
    return _folded(
        (step.label, name, one, two)
        for step, good, bad in _messages(pairs)
        for name, one, two in _differing(_headers(good), _headers(bad))
    )


def sdp_differences(pairs: Iterable[Pair]) -> list[Difference]:
    """What the session descriptions of two equal steps say differently."""
    return _folded(
        (step.label, name, one, two)
        for step, good, bad in _messages(pairs)
        for name, one, two in _differing(_described(good.sdp), _described(bad.sdp))
    )


def timings(good: CallDetail, bad: CallDetail, pairs: Sequence[Pair]) -> list[TimingDifference]:
    """The durations of the calls, and the waits for an answer that differ notably."""
    whole = [
        TimingDifference("setup", good.setup_s, bad.setup_s),
        TimingDifference("ringing", good.ring_s, bad.ring_s),
        TimingDifference("talking", good.talk_s, bad.talk_s),
    ]
    return whole + [timing for timing in _waits(pairs) if timing.notable]


def _waits(pairs: Sequence[Pair]) -> Iterator[TimingDifference]:
    """From a request to its response, where both calls have both."""
    asked: dict[tuple[str, str], Pair] = {}
    for pair in pairs:
        if pair.kind not in ("same", "status") or pair.good is None or pair.bad is None:
            continue
        place = (pair.good.leg, pair.good.method)
        if pair.good.is_request:
            asked[place] = pair
        elif place in asked:
            before = asked[place]
            yield TimingDifference(
                f"{pair.good.method} to {pair.good.label}",
                _between(before.good, pair.good),
                _between(before.bad, pair.bad),
            )


def _between(first: Step | None, second: Step) -> float | None:
    if first is None or first.since_ns is None or second.since_ns is None:
        return None
    return (second.since_ns - first.since_ns) / 1e9


def _messages(pairs: Iterable[Pair]) -> Iterator[tuple[Step, Message, Message]]:
    for pair in pairs:
        if pair.kind in ("same", "moved") and pair.good and pair.bad:
            yield pair.good, pair.good.row.captured.message, pair.bad.row.captured.message


def _headers(message: Message) -> dict[str, str]:
    """Normalised values by the name as first written; several of one name are one text."""
    names: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    opens = message.is_request and not message.to_tag
    for name, value in message.fields:
        key = name.lower()
        if key not in IGNORED and (opens or key not in _OF_THE_DIALOG):
            names.setdefault(key, name)
            values.setdefault(key, []).append(normal(mask_header(name, value)))
    return {names[key]: ", ".join(texts) for key, texts in values.items()}


def _described(sdp: Sdp | None) -> dict[str, str]:
    if sdp is None:
        return {}
    found = {"media": ", ".join(f"{media.kind} {media.proto}" for media in sdp.media)}
    for number, media in enumerate(sdp.media):
        place = media.kind if number == 0 else f"{media.kind} {number + 1}"
        found |= {f"{place} {name}": text for name, text in _media(media).items()}
    return found


def _media(media: MediaDescription) -> dict[str, str]:
    codecs = [codec.name for codec in media.codecs] or list(media.formats)
    return {
        "codecs": ", ".join(codecs) or "none",
        "direction": media.direction or "sendrecv",
        "encryption": "SRTP" if media.crypto else "none",
        "state": "on" if media.port else "refused (port 0)",
    }


def _differing(good: dict[str, str], bad: dict[str, str]) -> Iterator[tuple[str, str | None, str | None]]:
    lower = {name.lower(): name for name in bad}
    for name, value in good.items():
        other = bad.get(lower.get(name.lower(), name))
        if other != value:
            yield name, value, other
    known = {name.lower() for name in good}
    yield from ((name, None, value) for name, value in bad.items() if name.lower() not in known)


def _folded(found: Iterable[tuple[str, str, str | None, str | None]]) -> list[Difference]:
    """The same difference in several steps is told once."""
    places: dict[tuple[str, str | None, str | None], dict[str, None]] = {}
    for where, what, one, two in found:
        places.setdefault((what, one, two), {})[where] = None
    return [Difference(tuple(where), *key) for key, where in places.items()]
