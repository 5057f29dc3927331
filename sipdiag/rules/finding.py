"""The findings of rules."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from sipdiag.capture.payload import Remark
from sipdiag.position import Packet, Place
from sipdiag.rules.acts import Acts

if TYPE_CHECKING:
    from sipdiag.messages.captured import CapturedMessage
    from sipdiag.position import Position


class Severity(IntEnum):
    """Ordered: the higher, the worse."""

    info = 1
    warning = 2
    error = 3


class Confidence(IntEnum):
    """Ordered: the higher, the surer."""

    possible = 1
    likely = 2
    certain = 3


Role = Literal["cause", "finding", "consequence"]


class Change(Struct, frozen=True):
    """A line of a file beside the capture, as it is and as it should be."""

    file: str
    line: int
    old: str
    """As it may be shown, secrets masked."""
    new: str


class FixStep(Struct, frozen=True):
    """One thing to do."""

    text: str
    command: str | None = None
    """A command or a setting to copy, verbatim."""
    url: str | None = None
    """Where the vendor documents it."""
    change: Change | None = None
    """The line it changes in a given file."""


class Evidence(Struct, frozen=True):
    """What proves the finding: a message of a capture or log, another packet, or a value in a document.

    A remark of a log proves nothing: it is quoted, because the program that was there may say more.
    """

    source: CapturedMessage | Packet | Place | Remark
    what: str
    """One line, for instance ``REFER sip:+1… → 403 Forbidden``."""

    @property
    def captured(self) -> CapturedMessage | None:
        """The message; None for another packet, a document or a remark."""
        return None if isinstance(self.source, Packet | Place | Remark) else self.source

    @property
    def position(self) -> Position:
        """Where it stands."""
        return self.source if isinstance(self.source, Place) else self.source.position

    @property
    def time_ns(self) -> int | None:
        """When it was captured, nanoseconds since the epoch; None for a document."""
        if isinstance(self.source, Packet):
            return self.source.time_ns
        return None if isinstance(self.source, Place | Remark) else self.source.known_ns


class Finding(Struct, frozen=True):
    """A rule that fired on one subject."""

    rule: str
    """``family/name``."""
    subject: str
    """Id of the leg, transfer, call, registration or exchange (``c1.1``), or ``capture``."""
    title: str
    severity: Severity
    confidence: Confidence
    acts: Acts
    """Who has to act."""
    sentence: str
    why: str
    fix: tuple[FixStep, ...]
    evidence: tuple[Evidence, ...]
    references: tuple[str, ...]
    role: Role = "finding"
    consequence_of: str | None = None
    """The rule id this one is a consequence of."""
    decides: bool = False
    """On the leg or transfer that decided the call's outcome."""
    teardown: bool = False
    """A fault after the outcome was settled: never the root cause if anything else is."""
    never_cause: bool = False
    """Found in the files beside the capture, not on the wire: never the root cause of a call."""
    supersedes: frozenset[str] = frozenset()
    """The rules that are less specific than this one, directly or through another."""
    told_by: str = ""
    """The rule that says so, where ``rule`` is the one as which it is reported."""
    also: tuple[tuple[str, str], ...] = ()
    """Other subjects of the call of which the same is said, each behind the rule that does."""

    def __repr__(self) -> str:
        return f"<Finding {self.rule} on {self.subject}: {self.severity.name}, {self.confidence.name}>"

    @property
    def to_act(self) -> bool:
        """Whether somebody has to act."""
        return self.acts.as_ != "nobody"
