"""Why something was refused: the provider's tables asked about a final response or a sipfrag."""

from __future__ import annotations

from sipdiag.calls.model import Notify
from sipdiag.calls.sides import Side
from sipdiag.facts.codenames import Q850
from sipdiag.facts.declare import fact
from sipdiag.facts.enums import CauseSource
from sipdiag.facts.wording import fully_worded, spoken_name, wording_of
from sipdiag.knowledge.causes import Cause
from sipdiag.knowledge.classify import Classified
from sipdiag.knowledge.provider import AdviceStep
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage


class Refusal:
    """A refusal and what it means; of what was not refused, only that no cause is known."""

    def __init__(
        self, refuser: Side | None, known: Classified | None, wording: str | None, q850: int | None
    ) -> None:
        self._refuser = refuser
        """Who refused; None if nobody did."""
        self.known = known
        self._wording = wording
        self._q850 = q850

    @fact
    def cause(self) -> Cause:
        """Why it was refused, by a provider's code, a known text or a telling Reason header; else ``unknown``."""
        return Cause[self.known.cause] if self.known is not None else Cause.unknown

    @fact
    def cause_source(self) -> CauseSource:
        """What revealed the cause; `unknown` where nothing did."""
        return CauseSource[self.known.source] if self.known is not None else CauseSource.unknown

    @fact
    def cause_unconfirmed(self) -> bool | None:
        """The table entry that revealed the cause rests on a single report."""
        return self.known.unconfirmed if self.known is not None else None

    @fact(for_expectations=True)
    def cause_code(self) -> str | None:
        """The provider's own code, such as 32204 or D35."""
        return self.known.code if self.known is not None else None

    @fact(absent="the reason it gave is not known")
    def cause_meaning(self) -> str | None:
        """What the refusal means, one clause."""
        return self.known.meaning if self.known is not None else None

    @fact
    def cause_act(self) -> str | None:
        """Who has to act, by the provider's table."""
        return self.known.act if self.known is not None else None

    @fact(for_expectations=True)
    def cause_fix(self) -> str | None:
        """What the provider's table says to do."""
        return self.known.fix if self.known is not None else None

    @fact(for_expectations=True)
    def cause_url(self) -> str | None:
        """Where the provider documents the cause."""
        return self.known.url if self.known is not None else None

    @fact
    def q850_known(self) -> bool | None:
        """The final response carries a Q.850 cause."""
        return self._q850 is not None if self._refuser is not None else None

    @fact(named=Q850)
    def q850(self) -> int | None:
        """Q.850 cause in the Reason header of the final response."""
        return self._q850

    @fact(for_expectations=True)
    def refuser(self) -> str | None:
        """Id of the provider that refused; absent if nothing proves one."""
        return self._refuser.id if self._refuser is not None else None

    @fact(absent="the called side", for_expectations=True)
    def refuser_name(self) -> str | None:
        """Name of the provider that refused."""
        return spoken_name(self._refuser) if self._refuser is not None else None

    @fact(for_expectations=True)
    def refused_by_carrier(self) -> bool | None:
        """The refusing side is a carrier."""
        return self._refuser.kind == "carrier" if self._refuser is not None else None

    @fact
    def refused_by_platform(self) -> bool | None:
        """The refusing side is a voice platform."""
        return self._refuser.kind == "platform" if self._refuser is not None else None

    @fact
    def refuser_wording(self) -> str | None:
        """Status and reason phrase of the refusal, as sent."""
        return self._wording

    @property
    def advice(self) -> tuple[AdviceStep, ...]:
        """The table's own remedy, as a step."""
        known = self.known
        return (AdviceStep(known.fix, None, known.url),) if known is not None and known.fix else ()


NOT_REFUSED = Refusal(None, None, None, None)


def of_response(final: CapturedMessage, refuser: Side, known: Classified | None) -> Refusal:
    """The refusal by a final response, whose meaning is ``known``."""
    return Refusal(refuser, known, fully_worded(final), q850_of(final))


def of_notify(notify: Notify, notifier: Side, providers: Providers) -> Refusal:
    """The refusal that a sipfrag reports."""
    return Refusal(
        notifier, by_notify(notify, notifier, providers), wording_of(notify.status, notify.reason), None
    )


def by_response(final: CapturedMessage, refuser: Side, providers: Providers) -> Classified | None:
    """What a final response means, by its sender's provider file."""
    message = final.message
    return providers.classify(
        refuser.id,
        status=message.status or 0,
        reason=message.reason,
        header=message.header,
        reasons=message.reasons,
        warnings=message.warnings,
        remarks=message.remarks,
    )


def by_notify(notify: Notify, notifier: Side, providers: Providers) -> Classified | None:
    """What the final status in a sipfrag means, by the provider file of the NOTIFY's sender."""
    fragment = notify.captured.message.sipfrag
    if fragment is None or fragment.status is None:
        return None

    def header(name: str) -> str | None:
        return fragment.header(name) or notify.captured.message.header(name)

    return providers.classify(
        notifier.id,
        status=fragment.status,
        reason=fragment.reason,
        header=header,
        reasons=fragment.reasons or notify.captured.message.reasons,
        warnings=(),
    )


def q850_of(final: CapturedMessage) -> int | None:
    """The first Q.850 cause of a response."""
    for reason in final.message.reasons:
        if reason.protocol == "Q.850" and reason.cause is not None:
            return reason.cause
    return None
