"""Settings that were not in effect: the file says one thing, and the wire shows another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sipdiag.calls.parties import user_of
from sipdiag.facts.configuration.check import CitedValue, cite
from sipdiag.facts.configuration.files import Tool, digits, is_variable, same_trunk, trunk_host
from sipdiag.facts.configured.admission import Admission
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.configured.credentials import Digest
from sipdiag.facts.configured.numbers import NumberSettings
from sipdiag.facts.configured.ring import RING_OTHER_S, RingTime
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import GaveUp, Method
from sipdiag.facts.identity import shown
from sipdiag.facts.legview import LegView
from sipdiag.facts.offers import secure
from sipdiag.facts.once import once
from sipdiag.position import Place

if TYPE_CHECKING:
    from sipdiag.context.documents import Document
    from sipdiag.facts.configured.call import CallFiles

_TRUNKS = ("livekit.outbound_trunk", "retell.number", "vapi.gateway")
_TRANSPORTS = frozenset({"UDP", "TCP", "TLS"})

Unmet = tuple[str, list[CitedValue]]
"""What the wire shows instead, and where the setting stands."""


class NotInEffect(BesideFiles):
    """What the files configure for a leg but the wire does not show."""

    def __init__(
        self,
        view: LegView,
        held: CallFiles | None,
        admission: Admission,
        ring: RingTime,
        numbers: NumberSettings,
        digest: Digest,
    ) -> None:
        super().__init__(view, held)
        self._admission = admission
        self._ring = ring
        self._numbers = numbers
        self._digest = digest

    @once
    def _unmet(self) -> Unmet | None:
        return next(self._settings(self.held), None) if self.held is not None else None

    def _settings(self, held: CallFiles) -> Iterator[Unmet]:
        yield from self._method(held)
        yield from self._switch(held)
        yield from self._place(held)
        yield from self._ring_time(held)
        yield from self._user()
        yield from self._caller()
        yield from self._trunk(held)

    def _method(self, held: CallFiles) -> Iterator[Unmet]:
        tool = held.tool
        if tool is None or self.view is not held.call.transfer_leg:
            return
        made = {one.method for one in held.call.transfers}
        where = [CitedValue(tool.document, tool.method.node)]
        if tool.refers and made == {Method.invite} and _dialled(held, tool.target):
            yield "the tool is set to REFER, but the transfer was a new INVITE", where
        if tool.method.value == "invite" and made == {Method.refer} and _referred(held, tool):
            yield "the tool is set to INVITE, but the transfer was a REFER", where

    def _switch(self, held: CallFiles) -> Iterator[Unmet]:
        """A REFER was accepted by a trunk that is set to refuse all."""
        accepted = any(one.accepted and one.base is self.view for one in held.call.transfers)
        trunk = held.on_trunk(self.view) if accepted else None
        if trunk is not None and trunk.value("trunk.transfer_mode") == "disable-all":
            yield (
                "the trunk's call transfer is switched off, but the REFER was accepted",
                [cite(trunk, "trunk.transfer_mode")],
            )

    def _place(self, held: CallFiles) -> Iterator[Unmet]:
        refusal = self.view.classified
        if refusal is None or refusal.cause != "no_trunk_or_rule" or not self._admission.fits:
            return
        trunks = held.files.of("livekit.inbound_trunk")
        yield (
            self._admission.fits,
            [cite(one, "trunk.numbers") for one in trunks if "trunk.numbers" in one.settings],
        )

    def _ring_time(self, held: CallFiles) -> Iterator[Unmet]:
        gave_up = self.view.cancel is not None and held.call.related(self.view).gave_up == GaveUp.timer
        if self._ring.found is None or not gave_up:
            return
        where, seconds, explicit = self._ring.found
        if explicit and self._ring.off_by(seconds) > RING_OTHER_S:
            yield f"the ring time is set to {seconds:g} s, but the CANCEL came at another time", [where]

    def _user(self) -> Iterator[Unmet]:
        digest = self._digest
        written = self.noun.node.string("username") if self.noun is not None else None
        if digest.wanted is not None and digest.cfg_user_differs and written not in (None, digest.user):
            yield "the user name on the wire stands in neither file", [cite(digest.wanted, "trunk.user")]

    def _caller(self) -> Iterator[Unmet]:
        where = self._numbers.not_on_trunk
        refusal = self.view.classified
        if where is not None and refusal is not None and refusal.cause == "caller_id":
            yield f"the INVITE shows {self.caller}, which is not among the outbound trunk's numbers", [where]

    def _trunk(self, held: CallFiles) -> Iterator[Unmet]:
        """Transport and encryption of the trunk towards this host."""
        if not self.view.sides.caller.voice_ai:
            return
        used = self.view.transport.upper()
        for trunk in held.files.of(*_TRUNKS):
            if same_trunk(trunk_host(trunk), self.uri):
                yield from self._as_set(trunk, used)

    def _as_set(self, trunk: Document, used: str) -> Iterator[Unmet]:
        wanted = str(trunk.value("trunk.transport") or "").upper().rpartition("_")[2]
        if wanted in _TRANSPORTS - {used}:
            yield (
                f"the trunk is set to {wanted}, but the INVITE went over {used}",
                [cite(trunk, "trunk.transport")],
            )
        encryption = str(trunk.value("trunk.encryption") or "").upper().rpartition("_")[2]
        offered = self._encrypted
        if offered is not None and (encryption, offered) in {("REQUIRE", False), ("DISABLE", True)}:
            told = "without" if encryption == "REQUIRE" else "with"
            yield (
                f"the trunk's media encryption is set to {encryption}, but the INVITE offers audio {told} SRTP",
                [cite(trunk, "trunk.encryption")],
            )

    @once
    def _encrypted(self) -> bool | None:
        """The offered audio is SRTP (RFC 4568, RFC 5764); None without an offer."""
        sdp = self.view.opening.first.message.sdp if self.view.opening is not None else None
        audio = sdp.audio if sdp is not None else []
        return secure(audio[0]) if audio else None

    @fact
    def cfg_not_in_effect(self) -> bool:
        """A setting of the files was not in effect in this call."""
        return self._unmet is not None

    @fact(absent="a setting")
    def cfg_not_in_effect_text(self) -> str | None:
        """What the file says, and what the wire shows."""
        return self._unmet[0] if self._unmet is not None else None

    @evidence("file_unmet")
    def unmet_places(self) -> list[Place]:
        """Where the setting stands."""
        return self.cited(*self._unmet[1]) if self._unmet is not None else []


def _dialled(held: CallFiles, number: str) -> bool:
    """A leg of the call goes to this number."""
    if not digits(number):
        return False
    called = [shown(held.call.related(view).identity.callee) or "" for view in held.call.legs]
    return any(digits(one) == digits(number) for one in called)


def _referred(held: CallFiles, tool: Tool) -> bool:
    """A REFER named the tool's target, or the tool does not say whom it calls."""
    if not digits(tool.target) or is_variable(tool.target):
        return True
    targets = [refer.first.message.refer_to for one in held.call.transfers for refer in one.transfer.refers]
    return any(digits(user_of(target)) == digits(tool.target) for target in targets if target is not None)
