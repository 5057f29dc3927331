"""What an analysis results in: the typed shape of every output."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from sipdiag.pipeline.media import CallMedia, StreamResult
from sipdiag.rules.finding import Finding

if TYPE_CHECKING:
    from sipdiag.calls.model import Call, Leg, Transfer
    from sipdiag.capture.payload import Accounting, FileInfo, Note
    from sipdiag.media.audio.clip import Clip
    from sipdiag.messages.capture_points import CapturePoint
    from sipdiag.messages.captured import Host
    from sipdiag.pipeline.configuration import Configuration
    from sipdiag.pipeline.related import RelatedFiles


class Party(Struct, frozen=True):
    """Who a call is from or to."""

    uri: str | None
    number: str | None
    """E.164 with ``+`` where it could be determined, else the user part."""
    country: str | None
    """English name, for instance ``Pakistan``."""


class Participant(Struct, frozen=True):
    """One host of the ladder."""

    host: Host
    provider: str | None
    """Provider id (``twilio``); None when nothing proves one."""
    name: str
    """``Twilio``, or its part in the call such as ``Callee 1101`` when no provider is proven."""
    proof: str | None
    """Why this provider: ``address 54.172.60.1 is in 54.172.60.0/30``."""
    about: str = ""
    """What else is known of it: ``Carrier``, ``PBX``; of an end the software it names."""


class Passed(Struct, frozen=True):
    """A check that was made and found in order."""

    check: str
    text: str


class CannotTell(Struct, frozen=True):
    """What the capture cannot show, and what to capture next time."""

    missing: str
    capture_next: str


class LegResult(Struct, frozen=True):
    leg: Leg
    state: str
    """``answered``, ``refused``, ``cancelled``, ``redirected``, ``no-answer``, ``no-response``, ``open``."""
    status: int | None
    """Final response to the initial INVITE, as the caller saw it."""
    reason: str | None
    provider: str | None
    """Provider on the leg (the carrier before the platform)."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """What rules know of the leg: fact → value, unknown ones left out; empty for a recording leg."""
    call_ids: tuple[tuple[str, str], ...] = ()
    """Ids that providers gave the call, each with the header it stands in."""
    account_ids: tuple[tuple[str, str], ...] = ()
    """Ids of accounts at providers, likewise."""


class TransferResult(Struct, frozen=True):
    transfer: Transfer
    outcome: str
    """``completed``, ``rejected``, ``failed``, ``unknown``, ``not-attempted``."""
    refer_status: int | None
    target: Party
    facts: Mapping[str, object] = field(default_factory=dict)
    """What rules know of it, as those of a leg; empty where none was attempted."""


class CallSummary(Struct, frozen=True):
    """A call and its verdict, as every call has it."""

    id: str
    """``c1``, ``c2`` … by start time."""
    call_id: str
    """Call-ID of its first leg."""
    start_ns: int
    end_ns: int
    outcome: str
    from_: Party
    to: Party
    setup_s: float | None
    """INVITE to 2xx, seconds."""
    ring_s: float | None
    """First ringing (180, or 183 with SDP) to answer or end, seconds."""
    talk_s: float | None
    ended_by: str | None
    """Who ended it: provider id, address, or ``caller``/``callee``."""
    root_cause: Finding | None
    findings: tuple[Finding, ...]
    """Every finding, the root cause first, consequences after their cause; in a mere summary without why, fix
    and evidence."""
    time_known: bool = True
    """Whether :attr:`start_ns` and :attr:`end_ns` are real times; otherwise they only give the order."""
    progress_s: float | None = None
    """First INVITE to the first 18x, seconds: what the field calls post-dial delay."""
    peer: str = ""
    """The peer: the carrier by name where there is one, else the called end's address."""

    def __repr__(self) -> str:
        cause = f", {self.root_cause.rule}" if self.root_cause is not None else ""
        return f"<{type(self).__name__} {self.id}: {self.outcome}{cause}>"

    @property
    def number(self) -> int:
        """That of its :attr:`id`."""
        return int(self.id[1:])

    @property
    def began_ns(self) -> int | None:
        """:attr:`start_ns`, where it is known."""
        return self.start_ns if self.time_known else None

    @property
    def over_ns(self) -> int | None:
        """:attr:`end_ns`, where it is known."""
        return self.end_ns if self.time_known else None


class CallDetail(CallSummary, frozen=True, kw_only=True):
    """A call in full: everything a report shows of it."""

    call: Call
    """Its legs and messages."""
    passed: tuple[Passed, ...]
    cannot_tell: tuple[CannotTell, ...]
    legs: tuple[LegResult, ...]
    transfers: tuple[TransferResult, ...]
    participants: tuple[Participant, ...]
    """In order of first appearance."""
    lead: str | None = None
    """Id of the leg whose timings represent the call."""
    media: CallMedia = CallMedia()
    """Its streams and digits."""
    points: tuple[str, ...] = ()
    """What the capture points of the run are called."""


class ExchangeResult(Struct, frozen=True):
    """Registrations of one user, pings of one peer, a subscription: requests that belong to no call."""

    id: str
    """``x1``, ``x2`` … by start."""
    method: str
    about: str
    """Who registers, what is subscribed to, else whom the requests name."""
    src: Host
    dst: Host
    state: str
    """``answered``, ``refused``, ``unanswered``, ``pending``: the end of the last request."""
    status: int | None
    """The last final response."""
    requests: int
    start_ns: int
    end_ns: int
    time_known: bool
    findings: tuple[Finding, ...]
    """They are among :attr:`Analysis.findings`, too."""
    detail: CallDetail | None
    """Its messages, in the form of a call; None beyond a bound."""


class Analysis(Struct, frozen=True):
    """Everything the outputs are made from."""

    files: list[FileInfo]
    accounting: Accounting
    notes: list[Note]
    sip_messages: int
    calls: list[CallSummary]
    """By start time."""
    findings: list[Finding]
    """On the capture itself and on what is not a call: registrations, scanners."""
    headline: tuple[str, Finding] | None
    """(call id, root cause) of the call that matters most."""
    rules_hash: str
    expect: str | None = None
    expect_scope: str | None = None
    """To which calls ``--expect`` was applied, in words."""
    left_out: dict[str, int] = field(default_factory=dict)
    points: tuple[CapturePoint, ...] = ()
    show_digits: bool = False
    """Whether messages show the digits that somebody pressed."""
    configuration: Configuration | None = None
    """The files of ``--context``, as they were read; None where none were given."""
    streams: tuple[StreamResult, ...] = ()
    """The RTP streams that belong to no call."""
    related: tuple[RelatedFiles, ...] = ()
    """Which of several files belong together."""
    exchanges: tuple[ExchangeResult, ...] = ()
    """Registrations, OPTIONS and other requests outside of calls; those without a finding up to a bound."""
    us: tuple[str, ...] = ()
    """Whose report it is: names, addresses, networks; where these have to act, the report lists what to do
    instead of a message to send."""

    audio: Clip | None = None
    """The audio of one of the calls, where it was asked for."""

    def __repr__(self) -> str:
        about = f", {self.headline[1].rule} in {self.headline[0]}" if self.headline is not None else ""
        files, calls = len(self.files), len(self.calls)
        counts = f"{files} file{'s' * (files != 1)}: {calls} call{'s' * (calls != 1)}"
        return f"<{type(self).__name__} of {counts}{about}>"

    @property
    def details(self) -> list[CallDetail]:
        """The calls that are shown in full: all, unless there are very many."""
        return [call for call in self.calls if isinstance(call, CallDetail)]

    @property
    def every_finding(self) -> list[Finding]:
        """Those on the capture, then those of each call."""
        return [*self.findings, *(finding for call in self.calls for finding in call.findings)]
