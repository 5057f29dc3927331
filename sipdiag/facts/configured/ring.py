"""How long the files let a leg ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.facts.configuration.check import CitedValue
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.position import Place

if TYPE_CHECKING:
    from sipdiag.context.documents import Document

RING_TOLERANCE_S = 1.0
"""A timer as it is seen on the wire."""
RING_OTHER_S = 2.0
"""Apart by more: another timer."""


class RingTime(BesideFiles):
    """The ring time that applies to a leg."""

    @once
    def found(self) -> tuple[CitedValue, float, bool] | None:
        """The ring time that applies to this leg, seconds, where it stands, and whether a field says it."""
        held = self.held
        if held is None or not self.view.sides.caller.voice_ai:
            return None
        for bound in held.bindings:
            if bound.leg == self.view.leg.id and "call.ring_s" in bound.document.settings:
                return _setting(bound.document, "call.ring_s")
        tool = held.tool
        if tool is None or tool.method.value != "invite":
            return None
        own = _setting(tool.document, "transfer.ring_s")
        took = held.said.agents(tool.document.kind.provider)
        agents = [
            one
            for one in held.files.of("retell.agent")
            if "agent.ring_s" in one.settings and (not took or one.value("agent.id") in (None, *took))
        ]
        return _setting(agents[0], "agent.ring_s") if agents and (own is None or not own[2]) else own

    @fact
    def cfg_ring_s(self) -> float | None:
        """How long the files let this leg ring."""
        return self.found[1] if self.found is not None else None

    @fact
    def cfg_ring_set(self) -> bool:
        """A field says how long; otherwise it is the default."""
        return self.found is not None and self.found[2]

    @fact
    def cfg_ring_matches(self) -> bool:
        """The leg was cancelled at that age."""
        if self.found is None or self.view.cancel is None:
            return False
        return self.off_by(self.found[1]) <= RING_TOLERANCE_S

    def off_by(self, wanted: float) -> float:
        """How far the age of the CANCEL is from it, seconds."""
        ages = [one for one in (self.view.trying_s, self.view.ring_s) if one is not None]
        return min((abs(age - wanted) for age in ages), default=float("inf"))

    @evidence("file_ring")
    def ring_places(self) -> list[Place]:
        """Where the ring time stands."""
        return self.cited(self.found[0]) if self.found is not None and self.found[2] else []


def _setting(document: Document, name: str) -> tuple[CitedValue, float, bool] | None:
    setting = document.settings.get(name)
    if setting is None or not isinstance(setting.value, float):
        return None
    return CitedValue(document, setting.node), setting.value, setting.explicit
