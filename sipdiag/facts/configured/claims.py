"""Records and files compared with the call: what a record claims, what a carrier's alert says, what changed later."""

from __future__ import annotations

from sipdiag.facts.configuration.check import CitedValue, cite
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.configured.events import Statement
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.once import once
from sipdiag.position import Place

_FAILED = frozenset({TransferOutcome.failed, TransferOutcome.rejected})


class Claims(BesideFiles):
    """What records say about a leg, and whether the files date from its time."""

    @once
    def _alert(self) -> Statement | None:
        codes = self.held.said.codes(self.view.leg.id) if self.held is not None else iter(())
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
        untouched = not outcomes and self.view.ended
        return held.said.claims[0] if untouched or (outcomes and outcomes <= _FAILED) else None

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
    def _changed(self) -> CitedValue | None:
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
