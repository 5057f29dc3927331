"""What all comparisons of a leg with the files share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.facts.configuration.check import CitedValue
from sipdiag.facts.configuration.files import Noun
from sipdiag.facts.identity import Identity, shown
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.position import Place

if TYPE_CHECKING:
    from sipdiag.facts.configured.call import CallFiles


class BesideFiles:
    """A leg compared with the files; ``held`` is None if none were given: then booleans are false and all else is absent."""

    def __init__(self, view: LegView, held: CallFiles | None) -> None:
        self.view = view
        self.held = held

    @once
    def identity(self) -> Identity | None:
        """Its numbers."""
        return self.held.call.related(self.view).identity if self.held is not None else None

    @property
    def caller(self) -> str:
        """The calling number; empty where it is unknown."""
        return shown(self.identity.caller) or "" if self.identity is not None else ""

    @property
    def called(self) -> str:
        """The called number; empty where it is unknown."""
        return shown(self.identity.callee) or "" if self.identity is not None else ""

    @property
    def uri(self) -> str:
        """The Request-URI of what opened it; empty where that was not captured."""
        opening = self.view.opening
        return opening.first.message.uri or "" if opening is not None else ""

    @once
    def to_livekit(self) -> bool:
        """It goes to a platform that is LiveKit or built on it."""
        provider = self.view.sides.callee.provider
        return provider is not None and provider.family == "livekit"

    @once
    def noun(self) -> Noun | None:
        """The Sip noun of the TwiML that placed it."""
        return self.held.dial_of(self.view) if self.held is not None else None

    def cited(self, *cites: CitedValue | None) -> list[Place]:
        """What a rule cites."""
        return self.held.places(*cites) if self.held is not None else []
