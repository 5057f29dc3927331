"""The two ends of a leg, each with the provider that was recognised there."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from sipdiag.knowledge.provider import AdviceStep, Provider, Recognition
from sipdiag.messages.captured import Host

NOWHERE = Host("", 0)
"""Not known yet."""


class Side(Struct, frozen=True):
    """One end of a leg: carrier, platform, PBX, or nobody proven."""

    host: Host
    recognition: Recognition | None
    provider: Provider | None

    @property
    def id(self) -> str | None:
        """The provider's id; None if nothing proves one."""
        return self.provider.id if self.provider else None

    @property
    def kind(self) -> str | None:
        """``carrier``, ``platform``, ``pbx``, ``proxy`` …; None if nothing proves a provider."""
        return self.provider.kind if self.provider else None

    @property
    def product(self) -> str | None:
        """Which of the provider's products, where that is known."""
        return self.recognition.product if self.recognition is not None else None

    def advice(self, name: str) -> Sequence[AdviceStep]:
        """What the provider's file advises under this name; nothing where none is proven."""
        if self.provider is None:
            return ()
        return self.provider.advice_of(name, self.product)

    @property
    def voice_ai(self) -> bool:
        """It is a voice-AI platform."""
        return self.provider is not None and self.provider.voice_ai


class Sides(Struct, frozen=True):
    """Both ends of a leg."""

    caller: Side
    callee: Side
    """Behind proxies, the last that was captured."""
    proxies: tuple[Side, ...] = ()
    """Whoever passed the INVITE on, as far as captured."""

    def of(self, from_caller: bool) -> Side:
        """The side that sent a request, given its ``from_caller``."""
        return self.caller if from_caller else self.callee

    def proxy(self, address: str) -> Side | None:
        """The proxy at an address."""
        return next((side for side in self.proxies if side.host.address == address), None)

    @property
    def carrier(self) -> Side | None:
        """The end that is a carrier, if exactly one is; else the end opposite a platform that faces carriers."""
        carriers = [side for side in (self.caller, self.callee) if side.kind == "carrier"]
        if len(carriers) == 1:
            return carriers[0]
        if carriers:
            return None
        platform = self.platform
        if platform is None or (platform.provider is not None and platform.provider.faces_sbc):
            return None
        return self.callee if platform is self.caller else self.caller

    @property
    def callee_is_no_carrier(self) -> bool:
        """A platform, or whom a carrier or a platform that faces SBCs calls."""
        caller, callee = self.caller, self.callee
        if callee.kind in ("carrier", "platform"):
            return callee.kind == "platform"
        return caller.kind == "carrier" or (caller.provider is not None and caller.provider.faces_sbc)

    @property
    def platform(self) -> Side | None:
        """The end that is a voice platform, if exactly one is."""
        platforms = [side for side in (self.caller, self.callee) if side.kind == "platform"]
        return platforms[0] if len(platforms) == 1 else None

    @property
    def facing(self) -> bool:
        """A platform and a carrier face each other."""
        return self.platform is not None and self.carrier is not None


UNKNOWN = Sides(Side(NOWHERE, None, None), Side(NOWHERE, None, None))
"""The ends of a leg before recognition."""
