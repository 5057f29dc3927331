"""Who is at either end of a leg, as rules and sentences name them."""

from __future__ import annotations

from sipdiag.calls.model import Request
from sipdiag.facts.declare import fact
from sipdiag.facts.legview import LegView
from sipdiag.facts.private import address_of
from sipdiag.facts.wording import side_label, spoken_name
from sipdiag.sip.address import parse_uri


class LegEnds:
    """Both ends of one leg."""

    def __init__(self, view: LegView) -> None:
        self._view = view
        self._sides = view.sides

    @fact(for_expectations=True)
    def caller_id(self) -> str:
        """Id of the provider at the calling end; empty if nothing names one."""
        # Empty rather than absent, so that `callee_id != "twilio"` is true for an unknown provider.
        return self._sides.caller.id or ""

    @fact(for_expectations=True)
    def callee_id(self) -> str:
        """Id of the provider at the called end; empty if nothing names one."""
        return self._sides.callee.id or ""

    @fact
    def caller_answers_challenge(self) -> bool | None:
        """Whether the calling provider answers a 401 or 407 to its INVITEs; absent where its file does not say."""
        caller = self._sides.caller
        return caller.provider.answers_challenge(caller.product) if caller.provider is not None else None

    @fact
    def uri_port(self) -> int | None:
        """The port in the INVITE's Request-URI; absent if the INVITE was sent to this port, to another host or along a Route."""
        opening = self._view.opening
        sent = opening.own.request if opening is not None else None
        uri = parse_uri(sent.message.uri or "") if sent is not None else None
        if sent is None or uri is None or sent.message.header("Route") is not None:
            return None
        named = address_of(uri.host)
        elsewhere = named is not None and named != address_of(sent.dst.address)
        return None if elsewhere or uri.port in (None, sent.dst.port) else uri.port

    @fact(absent="the calling side")
    def caller_name(self) -> str:
        """Name of the calling end."""
        return side_label(self._sides, True)

    @fact(absent="the called side")
    def callee_name(self) -> str:
        """Name of the called end."""
        return self._answerer(self._view.invite)

    @fact(absent="the called side")
    def redirected_by(self) -> str | None:
        """Who sent the 3xx."""
        return self._answerer(self._view.redirected_invite) if self._view.redirect is not None else None

    def _answerer(self, invite: Request | None) -> str:
        """A name for whoever answered the INVITE: a proxy only relays answers."""
        hop = self._view.answering_hop(invite)
        proxy = (
            self._sides.proxy(hop.final.src.address) if hop is not None and hop.final is not None else None
        )
        if proxy is None:
            return side_label(self._sides, False)
        return spoken_name(proxy) or f"the proxy ({proxy.host.address})"

    @fact
    def callee_is_carrier(self) -> bool:
        """The called end is a carrier."""
        return self._sides.callee.kind == "carrier"

    @fact
    def callee_is_platform(self) -> bool:
        """The called end is a voice platform."""
        return self._sides.callee.kind == "platform"

    @fact
    def ends_unknown(self) -> bool:
        """Neither end is known to be a carrier or a platform."""
        return {self._sides.caller.kind, self._sides.callee.kind}.isdisjoint(("carrier", "platform"))

    @fact
    def callee_is_device(self) -> bool:
        """The called end is neither a carrier nor a platform: a phone or PBX."""
        return self._sides.callee.kind not in ("carrier", "platform")

    @fact
    def callee_is_no_carrier(self) -> bool:
        """The called end is proven to be no carrier: a voice platform, or whom a carrier or Teams calls."""
        return self._sides.callee_is_no_carrier

    @fact
    def callee_voice_ai(self) -> bool:
        """The called end is a voice-AI platform."""
        return self._sides.callee.voice_ai

    @fact
    def voice_ai(self) -> bool:
        """One end is a voice-AI platform."""
        return self._sides.caller.voice_ai or self._sides.callee.voice_ai

    @fact
    def carrier_wants_e164(self) -> bool:
        """The called end wants +E.164 calling numbers."""
        provider = self._sides.callee.provider
        return provider is not None and provider.wants_e164

    @fact
    def callee_drops_unknown(self) -> bool:
        """The called end leaves INVITEs that fit no trunk there without any answer."""
        provider = self._sides.callee.provider
        return provider is not None and provider.drops_unknown

    @fact
    def callee_srtp_only(self) -> bool:
        """The called end takes audio as SRTP only."""
        provider = self._sides.callee.provider
        return provider is not None and provider.srtp_only

    @fact
    def faces_carrier(self) -> bool:
        """One end is a carrier, or the end opposite a platform."""
        return self._sides.carrier is not None

    @fact(for_expectations=True)
    def carrier(self) -> str | None:
        """Id of the carrier at one end."""
        return self._sides.carrier.id if self._sides.carrier is not None else None

    @fact(absent="the carrier", for_expectations=True)
    def carrier_name(self) -> str | None:
        """Name of the carrier at one end."""
        return spoken_name(self._sides.carrier) if self._sides.carrier is not None else None

    @fact
    def platform_known(self) -> bool:
        """One end is a voice platform."""
        return self._sides.platform is not None

    @fact
    def platform(self) -> str | None:
        """Id of the voice platform at one end."""
        return self._sides.platform.id if self._sides.platform is not None else None

    @fact(absent="the platform")
    def platform_name(self) -> str | None:
        """Name of the voice platform; LiveKit-based where only that is proven."""
        return spoken_name(self._sides.platform) if self._sides.platform is not None else None

    @fact(for_expectations=True)
    def platform_family(self) -> str | None:
        """Whose software the voice platform runs (livekit for Retell)."""
        provider = self._sides.platform.provider if self._sides.platform is not None else None
        return provider.family if provider is not None else None

    @fact(for_expectations=True)
    def platform_proven(self) -> bool | None:
        """The platform itself is proven, not only its software."""
        recognition = self._sides.platform.recognition if self._sides.platform is not None else None
        return recognition.proven if recognition is not None else None
