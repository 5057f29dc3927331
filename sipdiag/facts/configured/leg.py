"""What the files beside a capture say about one leg."""

from __future__ import annotations

from sipdiag.facts.configured.account import AccountSettings
from sipdiag.facts.configured.admission import Admission
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.configured.claims import Claims
from sipdiag.facts.configured.credentials import Digest
from sipdiag.facts.configured.numbers import NumberSettings
from sipdiag.facts.configured.ring import RingTime
from sipdiag.facts.configured.transfers import AskedTransfer
from sipdiag.facts.configured.unmet import NotInEffect
from sipdiag.facts.declare import facts


class LegConfigured(BesideFiles):
    """A leg beside the files."""

    @facts()
    def asked(self) -> AskedTransfer:
        """The transfer that was asked for."""
        return AskedTransfer(self.view, self.held)

    @facts()
    def ring(self) -> RingTime:
        """How long it may ring."""
        return RingTime(self.view, self.held)

    @facts()
    def numbers(self) -> NumberSettings:
        """Its numbers."""
        return NumberSettings(self.view, self.held)

    @facts()
    def digest(self) -> Digest:
        """Its credentials."""
        return Digest(self.view, self.held)

    @facts()
    def admission(self) -> Admission:
        """Whether the platform has a place for it."""
        return Admission(self.view, self.held)

    @facts()
    def account(self) -> AccountSettings:
        """What is switched off at its carrier."""
        return AccountSettings(self.view, self.held)

    @facts()
    def claims(self) -> Claims:
        """What records say about it."""
        return Claims(self.view, self.held)

    @facts()
    def unmet(self) -> NotInEffect:
        """Where files and wire disagree."""
        return NotInEffect(self.view, self.held, self.admission, self.ring, self.numbers, self.digest)
