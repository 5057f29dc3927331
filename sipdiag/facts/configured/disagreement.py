"""Where files and wire disagree: claims, settings that were not in effect, later changes."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.facts.configuration.check import Cite, cite
from sipdiag.facts.configuration.files import digits, host_of
from sipdiag.facts.configured.admission import Admission
from sipdiag.facts.configured.beside import Beside
from sipdiag.facts.configured.call import CallFiles
from sipdiag.facts.configured.credentials import Digest
from sipdiag.facts.configured.events import Statement
from sipdiag.facts.configured.ring import RING_OTHER_S, RingTime
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import GaveUp, Method, TransferOutcome
from sipdiag.facts.identity import shown
from sipdiag.facts.once import once
from sipdiag.position import Place


class Disagreement(Beside):
    """What the files say of a leg and the wire does not show."""

    @once
    def _alert(self) -> Statement | None:
        held = self.held
        codes = held.said.codes(self.view.leg.id) if held is not None else iter(())
        return next((statement for statement, _ in codes), None)

    @evidence("file_alert")
    def alert_places(self) -> list[Place]:
        """Where the carrier's alert stands."""
        return self.cited(self._alert.cite if self._alert is not None else None)

    @once
    def _claim(self) -> Statement | None:
        """A transfer is reported as done, and the wire says otherwise."""
        held = self.held
        if held is None or self.view is not held.call.transfer_leg or not held.said.claims:
            return None
        outcomes = {one.outcome for one in held.call.transfers}
        failed = {TransferOutcome.failed, TransferOutcome.rejected}
        untouched = not outcomes and self.view.ended
        return held.said.claims[0] if untouched or (outcomes and outcomes <= failed) else None

    @fact
    def cfg_claim_contradicted(self) -> bool:
        """A record reports the transfer as done or under way, and it failed or never began."""
        return self._claim is not None

    @fact(absent="A record")
    def cfg_claim_by(self) -> str | None:
        """What kind of record that is."""
        return self._claim.text if self._claim is not None else None

    @evidence("file_claim")
    def claim_places(self) -> list[Place]:
        """Where it stands."""
        return self.cited(self._claim.cite if self._claim is not None else None)

    @once
    def _unmet(self) -> tuple[str, list[Cite]] | None:
        """A setting that was not in effect: what the wire shows instead."""
        return next(self._unmet_settings(), None) if self.held is not None else None

    def _unmet_settings(self) -> Iterator[tuple[str, list[Cite]]]:
        held = self.held
        if held is None:
            return
        tool = held.tool
        if tool is not None and self.view is held.call.transfer_leg:
            cite = Cite(tool.document, tool.method.node)
            made = {one.method for one in held.call.transfers}
            if tool.refers and made == {Method.invite} and self._dialled(tool.target):
                yield "the tool is set to REFER, but the transfer was a new INVITE", [cite]
            if tool.method.value == "invite" and made == {Method.refer}:
                yield "the tool is set to INVITE, but the transfer was a REFER", [cite]
        yield from self._trunk_unmet()
        yield from self._ring_unmet()
        yield from self._user_unmet()
        yield from self._transport_unmet(held)

    def _trunk_unmet(self) -> Iterator[tuple[str, list[Cite]]]:
        admission, refusal = Admission(self.view, self.held), self.view.classified
        if self.held is None or refusal is None or refusal.cause != "no_trunk_or_rule" or not admission.fits:
            return
        trunks = self.held.files.of("livekit.inbound_trunk")
        yield (
            "trunk and dispatch rule fit this call, but the platform found none",
            [cite(one, "trunk.numbers") for one in trunks if "trunk.numbers" in one.settings],
        )

    def _ring_unmet(self) -> Iterator[tuple[str, list[Cite]]]:
        ring = RingTime(self.view, self.held)
        if ring.found is None or not self._gave_up_by_timer:
            return
        cite, seconds, explicit = ring.found
        if explicit and ring.off_by(seconds) > RING_OTHER_S:
            yield f"the ring time is set to {seconds:g} s, but the CANCEL came at another time", [cite]

    def _user_unmet(self) -> Iterator[tuple[str, list[Cite]]]:
        digest = Digest(self.view, self.held)
        written = self.noun.node.string("username") if self.noun is not None else None
        if digest.wanted is not None and digest.cfg_user_differs and written not in (None, digest.user):
            yield "the user name on the wire stands in neither file", [cite(digest.wanted, "trunk.user")]

    @once
    def _gave_up_by_timer(self) -> bool:
        held = self.held
        return (
            held is not None
            and self.view.cancel is not None
            and held.call.related(self.view).gave_up == GaveUp.timer
        )

    def _dialled(self, number: str) -> bool:
        held = self.held
        if held is None or not digits(number):
            return False
        called = [shown(held.call.related(view).identity.callee) or "" for view in held.call.legs]
        return any(digits(one) == digits(number) for one in called)

    def _transport_unmet(self, held: CallFiles) -> Iterator[tuple[str, list[Cite]]]:
        opening = self.view.opening
        host = host_of(opening.first.message.uri or "") if opening is not None else ""
        if not host or not self.view.sides.caller.voice_ai:
            return
        for trunk in held.files.of("livekit.outbound_trunk", "retell.number"):
            wanted = str(trunk.value("trunk.transport") or "").upper().rpartition("_")[2]
            same = host_of(str(trunk.value("trunk.host") or "")) == host
            if same and wanted in ("UDP", "TCP", "TLS") and wanted != self.view.transport.upper():
                yield (
                    f"the trunk is set to {wanted}, but the INVITE went over {self.view.transport}",
                    [cite(trunk, "trunk.transport")],
                )

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
        return self.held.places(*self._unmet[1]) if self._unmet is not None and self.held is not None else []

    @once
    def _changed(self) -> Cite | None:
        held = self.held
        if held is None or self.view is not (held.call.transfer_leg or held.call.primary):
            return None
        for document in held.files.whole:
            if document.kind.weight != "configuration" or not held.changed_after(document):
                continue
            for name in ("changed_at", "version"):
                if name in document.settings:
                    return cite(document, name)
        return None

    @fact
    def cfg_changed_after(self) -> bool:
        """A file was changed after this call, or is of another version than the call."""
        return self._changed is not None

    @evidence("file_changed")
    def changed_places(self) -> list[Place]:
        """Where the time or version stands."""
        return self.cited(self._changed)
