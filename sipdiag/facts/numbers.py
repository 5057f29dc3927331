"""The numbers of a leg, and what the whole capture shows about them: countries reached, callers on the line."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.calls.parties import last_try
from sipdiag.facts.declare import fact
from sipdiag.facts.identity import Identity, region_of, shown
from sipdiag.facts.legview import LegView
from sipdiag.facts.notes import JoinKeys, parties
from sipdiag.facts.once import once
from sipdiag.facts.wide import Wide
from sipdiag.knowledge.countries import COUNTRIES
from sipdiag.knowledge.number import Number, NumberForm
from sipdiag.sip.message import Message


class LegNumbers:
    """The numbers that a leg's INVITE carries."""

    def __init__(self, view: LegView, identity: Identity) -> None:
        self._view = view
        self._identity = identity

    @once
    def _invite(self) -> Message | None:
        return last_try(self._view.leg)

    @once
    def _region(self) -> str | None:
        return region_of(self._identity.callee)

    @fact(absent="the calling number")
    def from_number(self) -> str | None:
        """Calling number, E.164 where it can be told."""
        return shown(self._identity.caller)

    @fact(absent="the called number")
    def to_number(self) -> str | None:
        """Called number, E.164 where it can be told."""
        return shown(self._identity.callee)

    @fact(absent="another country")
    def to_country(self) -> str | None:
        """Country of the called number."""
        callee = self._identity.callee
        return callee.country if callee is not None and self._region is not None else None

    @fact
    def home_country(self) -> str | None:
        """Country of the trunk's own number."""
        return COUNTRIES.get(self._identity.home or "")

    @fact
    def to_country_known(self) -> bool:
        """The called number has a country: no global service, nothing unparsable."""
        return self._region is not None

    @fact
    def international(self) -> bool | None:
        """The called number's country is not the home country."""
        home = self._identity.home
        return home is not None and self._region != home if self._region is not None else None

    @fact
    def exit_code(self) -> bool | None:
        """The number was dialled with an exit code (011, 00)."""
        callee = self._identity.callee
        return callee.form == "exit_code" if callee is not None and self._region is not None else None

    @fact
    def from_lacks_plus(self) -> bool:
        """The calling number is written as country code and number without +, the called one with it."""
        return self._forms == (NumberForm.e164_without_plus, NumberForm.e164)

    @fact
    def from_extension(self) -> bool:
        """The calling number is an extension of a PBX, the called one in E.164 form with +."""
        return self._forms == (NumberForm.extension, NumberForm.e164)

    @once
    def _forms(self) -> tuple[NumberForm, NumberForm] | None:
        caller, callee = self._identity.caller, self._identity.callee
        return (caller.form, callee.form) if caller is not None and callee is not None else None

    @fact
    def from_anonymous(self) -> bool:
        """The calling number is withheld."""
        return self._identity.anonymous

    @fact
    def diverted(self) -> bool | None:
        """Diversion, History-Info or Referred-By is present."""
        invite = self._invite
        if invite is None:
            return None
        return bool(invite.diversion or invite.history_info or invite.referred_by)

    @fact
    def diversion_present(self) -> bool | None:
        """A Diversion header is present."""
        return bool(self._invite.diversion) if self._invite is not None else None


class Checked(Struct, frozen=True):
    """The identity that the called end checks: that of a caller on the line, where one is shown."""

    header: str
    number: Number
    leg: str | None
    """The leg of that caller."""


class InCapture:
    """A leg among all legs of the capture."""

    def __init__(self, leg: JoinKeys, wide: Wide) -> None:
        self._leg = leg
        self._wide = wide

    @fact
    def country_reached(self) -> bool | None:
        """A number of the called country rang or was answered over the same trunk."""
        region = self._leg.region
        return self._wide.reached(self._leg.trunk, region) if region is not None else None

    @fact(unit="legs")
    def country_tries(self) -> int | None:
        """Legs to the called country over the same trunk that were refused without ringing."""
        region = self._leg.region
        return self._wide.refused_tries(self._leg.trunk, region) if region is not None else None

    @fact
    def home_refused(self) -> bool | None:
        """A number of the home country was refused over the same trunk with the same status, without ringing and without a reason."""
        leg = self._leg
        if leg.home is None or leg.status is None or leg.home == leg.region:
            return None
        return self._wide.refused_with(leg.trunk, leg.home, leg.status)

    @fact
    def trunk_works(self) -> bool | None:
        """A number of another country rang or was answered over the same trunk."""
        region = self._leg.region
        return self._wide.works_elsewhere(self._leg.trunk, region) if region is not None else None

    @once
    def _checked(self) -> Checked | None:
        checked = self._leg.checked
        if not checked:
            return None
        for header, number in checked:
            other = self._wide.caller_on_line(self._leg, number)
            if other is not None and not self._leg.to_platform:
                return Checked(header, number, other.leg)
        return Checked(*checked[0], None)

    @fact(absent="the calling number")
    def judged_number(self) -> str | None:
        """The calling number that this carrier checks."""
        return shown(self._checked.number) if self._checked is not None else None

    @fact(absent="the calling number")
    def judged_written(self) -> str | None:
        """That number as written in the message."""
        return self._checked.number.raw if self._checked is not None else None

    @fact(absent="From")
    def judged_header(self) -> str | None:
        """The header that carries the number this carrier checks."""
        return self._checked.header if self._checked is not None else None

    @fact
    def from_e164(self) -> bool | None:
        """The number this carrier checks is in E.164 form with +."""
        return self._checked.number.form == "e164" if self._checked is not None else None

    @fact
    def from_named(self) -> bool:
        """The number this carrier checks is a name without any digit, and the called one is a telephone number."""
        written = self._checked.number.raw if self._checked is not None else ""
        return bool(written) and not any(one.isdigit() for one in written) and self._leg.region is not None

    @fact
    def passthrough(self) -> bool | None:
        """The number shown is that of another leg's caller, who was on the line when this INVITE was sent.

        That leg was up, or waiting on the same trunk.
        """
        return self.passthrough_leg is not None

    @fact
    def passthrough_leg(self) -> str | None:
        """The leg whose caller's number is shown."""
        return self._checked.leg if self._checked is not None else None

    @fact
    def sibling_transferred(self) -> bool | None:
        """Another call between the same parties was transferred by REFER."""
        return self._wide.transferred(parties(self._leg.sender, self._leg.trunk))

    @fact
    def sibling_moved(self) -> bool | None:
        """Another caller of the same agent was transferred, by REFER or by an INVITE of the platform."""
        return self.sibling_moved_to is not None

    @fact(absent="another number")
    def sibling_moved_to(self) -> str | None:
        """The number or name he was to be transferred to."""
        return self._wide.moved_to(self._leg.agent) if self._leg.agent is not None else None

    @fact
    def placed_meanwhile(self) -> bool | None:
        """While the leg was up, its platform (or PBX) placed a call that nothing ties to one caller or another.

        That call came to nothing or ended with the leg.
        """
        up = self._leg.up
        return up is not None and self._wide.placed_within(self._leg.served_by, *up)
