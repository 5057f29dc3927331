"""What is known about one provider: a carrier, a voice platform, or the software of a PBX or proxy.

All of it comes from ``rules/providers/<id>.yaml``; these are the shapes it is read into.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from typing import Any, Literal

from msgspec import Struct, field

Kind = Literal["carrier", "platform", "pbx", "proxy", "any"]

REASON_PHRASE = "reason-phrase"
"""The place of codes that stand in the status line (Telnyx's ``D35``)."""


TIMER_TOLERANCE_S = 0.6
"""Seconds by which a measured duration may differ from a timer's setting."""
ADVICE = ("refer_enable", "refer_send", "foreign_caller_id", "ring_timers")
"""Advice that every file may give elsewhere: ``refer.enable``, ``refer.send``, ``foreign_caller_id.text``, ``ring_timers``."""


@cache
def pattern(text: str) -> re.Pattern[str]:
    """A provider file's regular expression, compiled at first use: case ignored, ^ and $ per line."""
    return re.compile(text, re.IGNORECASE | re.MULTILINE)


class AdviceStep(Struct, frozen=True):
    """One thing to do in a provider's console or a platform's configuration."""

    text: str
    command: str | None = None
    """A command or setting to copy, verbatim."""
    url: str | None = None


class HeaderEvidence(Struct, frozen=True):
    """A header field that only this provider writes."""

    name: str
    match: str | None = None
    """Regular expression over its value; None: its mere presence is enough."""


class Fingerprint(Struct, frozen=True):
    """Ways to recognise a provider that prove the same thing and come from the same source."""

    proven: bool = True
    """False where others look the same (LiveKit's tags appear on everything built on LiveKit)."""
    product: str | None = None
    domains: tuple[str, ...] = ()
    """Domain names; subdomains count, and a label ``*`` stands for any one label."""
    networks: tuple[str, ...] = ()
    server: tuple[str, ...] = ()
    """Regular expressions over User-Agent and Server."""
    headers: tuple[HeaderEvidence, ...] = ()
    tags: tuple[str, ...] = ()
    """Regular expressions over the dialog tag that the sender of a message chose."""
    call_id: tuple[str, ...] = ()
    """Regular expressions over the Call-ID, counted for who opened the dialog."""
    sdp_session: tuple[str, ...] = ()
    """Regular expressions over the SDP's session name."""
    source: str = ""
    seen: str = ""
    unconfirmed: bool = False


class CodePlace(Struct, frozen=True):
    """Where a provider's own codes stand in a response."""

    place: str
    """A header's name, or :data:`REASON_PHRASE`."""
    pattern: str
    """Regular expression whose first group is the code."""


class ProviderResponse(Struct, frozen=True):
    """What one refusal of a provider means."""

    provider: str
    cause: str
    """Name of a :class:`~sipdiag.knowledge.causes.Cause`."""
    meaning: str
    act: str
    """Who has to act: the ``responsible`` vocabulary of findings."""
    fix: str | None
    source: str
    seen: str
    """When the source was read, year and month."""
    statuses: tuple[int, ...] = ()
    """SIP statuses the text goes with; a code counts with any status."""
    codes: tuple[str, ...] = ()
    text: str | None = None
    """Regular expression over reason phrase, code header, Warning and Reason texts."""
    anywhere: bool = False
    """Distinctive enough to count for any sender."""
    unconfirmed: bool = False
    """Rests on a single report or an inference."""
    product: str | None = None
    example: str | None = None
    """A status line, or ``Header: value``, that this entry must recognise."""


class Refer(Struct, frozen=True):
    """How a provider treats REFER."""

    accepts: bool | None = None
    """Whether it takes REFER at all; None where unknown."""
    switch_exists: bool = False
    """Call transfer can be switched off there, so that a bare refusal may mean just that."""
    enable: tuple[AdviceStep, ...] = ()
    """How to switch it on."""
    send: tuple[AdviceStep, ...] = ()
    """Platforms: how to make it send a REFER rather than an INVITE."""
    aborts_on_bye: bool = False
    """A BYE of the transferor before the final NOTIFY ends the transfer."""
    success_unproven: str | None = None
    """Why a reported success does not prove that the target answered, and what would."""
    by_webhook: bool = False
    """A webhook of the customer's decides whom to call: any target will do that it understands."""
    answers_challenge: bool | None = None
    """Whether it repeats a REFER that was challenged with 401 or 407."""
    release_wait_s: float | None = None
    """Seconds it waits for the transferor's BYE after success."""
    source: str = ""
    seen: str = ""
    unconfirmed: bool = False


class ForeignCallerId(Struct, frozen=True):
    """Whether a new INVITE may show a number that is not the customer's own."""

    allowed: Literal["no", "conditional", "yes"]
    text: str
    source: str = ""
    seen: str = ""


class RingTimer(Struct, frozen=True):
    """A time after which a platform itself gives up a call that rings, unless set otherwise."""

    seconds: float
    setting: str
    text: str
    command: str | None = None
    """A setting to copy, verbatim."""
    source: str = ""
    seen: str = ""


class Product(Struct, frozen=True):
    """One of several products of a provider that behave differently."""

    id: str
    name: str
    refer: Refer | None = None
    foreign_caller_id: ForeignCallerId | None = None
    answers_challenge: bool | None = None
    """Whether it answers a 401 or 407 to its own INVITEs; None where unknown."""
    advice: Mapping[str, tuple[AdviceStep, ...]] = {}
    """What to do on this product, in place of the provider's advice of the same name."""


class Provider(Struct, frozen=True, dict=True):
    """Everything known about one provider."""

    id: str
    name: str
    kind: Kind
    family: str
    """Whose fingerprints and answers it shares (``livekit`` for Retell); its own id otherwise."""
    voice_ai: bool = False
    """A platform whose bots talk to callers."""
    wants_e164: bool = False
    """Callers' and dialled numbers must be +E.164."""
    judges: tuple[str, ...] = ("P-Asserted-Identity", "From")
    """Headers that decide who the caller is, the first present one counts unless ``judges_all``."""
    judges_all: bool = False
    """Each of ``judges`` that is present must be acceptable (Twilio)."""
    call_id_headers: tuple[str, ...] = ()
    """Headers with an id that the provider itself gives a call: its support finds the call by it."""
    account_headers: tuple[str, ...] = ()
    """Headers with the id of the customer's account there."""
    reports_on_202: bool = False
    """A platform that reports a transfer as done once its REFER was accepted."""
    private_contact_normal: bool = False
    """Writes private addresses into Contact; no fault of NAT."""
    drops_unknown: bool = False
    """Leaves an INVITE that fits none of its customers' trunks without any answer."""
    srtp_only: bool = False
    """Takes audio as SRTP only."""
    faces_sbc: bool = False
    """A platform whose calls come and go over its customer's SBC, never over a carrier's trunk."""
    refer: Refer = field(default_factory=Refer)
    foreign_caller_id: ForeignCallerId | None = None
    ring_timers: tuple[RingTimer, ...] = ()
    products: dict[str, Product] = field(default_factory=dict)
    evidence: tuple[Fingerprint, ...] = ()
    code_places: tuple[CodePlace, ...] = ()
    unknown_code_url: str | None = None
    """Where a code that the file does not list is documented; ``{code}`` stands for it."""
    responses: tuple[ProviderResponse, ...] = ()
    advice: Mapping[str, tuple[AdviceStep, ...]] = {}
    """What to do there, by a name that rules call for: ``geo_permissions``, ``ring_longer``."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """What to read of its documents, as the file has it: kind → setting → readings (:mod:`sipdiag.context.settings`)."""
    file: str = ""

    @cached_property
    def by_code(self) -> dict[str, ProviderResponse]:
        """Codes in upper case to what they mean."""
        return {code.upper(): entry for entry in self.responses for code in entry.codes}

    @cached_property
    def by_text(self) -> tuple[ProviderResponse, ...]:
        """Entries that a text recognises, in the file's order."""
        return tuple(entry for entry in self.responses if entry.text is not None)

    @cached_property
    def by_status(self) -> tuple[ProviderResponse, ...]:
        """Entries that a status alone recognises."""
        return tuple(entry for entry in self.responses if entry.text is None and not entry.codes)

    def refer_of(self, product: str | None = None) -> Refer:
        """REFER on this product; the provider's general answer where the product is unknown."""
        known = self.products.get(product or "")
        return known.refer if known is not None and known.refer is not None else self.refer

    def foreign_caller_id_of(self, product: str | None = None) -> ForeignCallerId | None:
        """The rule on other people's numbers for this product."""
        known = self.products.get(product or "")
        own = known.foreign_caller_id if known is not None else None
        return own or self.foreign_caller_id

    def answers_challenge(self, product: str | None = None) -> bool | None:
        """Whether this product answers a 401 or 407 to its own INVITEs; where it is unknown, whether all do."""
        known = self.products.get(product or "")
        if known is not None:
            return known.answers_challenge
        answers = {one.answers_challenge for one in self.products.values()}
        return answers.pop() if len(answers) == 1 else None

    def advice_of(self, name: str, product: str | None = None) -> tuple[AdviceStep, ...]:
        """What to do there: an entry of ``advice``, or what else the file says under one of :data:`ADVICE`."""
        known = self.products.get(product or "")
        if known is not None and name in known.advice:
            return known.advice[name]
        if name in self.advice:
            return self.advice[name]
        if name == "refer_enable":
            return self.refer_of(product).enable
        if name == "refer_send":
            return self.refer_of(product).send
        rule = self.foreign_caller_id_of(product) if name == "foreign_caller_id" else None
        return (AdviceStep(rule.text, None, rule.source or None),) if rule is not None else ()

    def ring_timers_of(self, lasted: Sequence[float]) -> tuple[AdviceStep, ...]:
        """What limits how long a call rings: the timers that are as long as one of these, in seconds; else all."""
        fitting = [
            timer
            for timer in self.ring_timers
            if any(abs(timer.seconds - s) <= TIMER_TOLERANCE_S for s in lasted)
        ]
        return tuple(
            AdviceStep(timer.text, timer.command, timer.source or None)
            for timer in fitting or self.ring_timers
        )

    @cached_property
    def advises(self) -> frozenset[str]:
        """Every name under which this file advises anything."""
        own = [self.advice, *(product.advice for product in self.products.values())]
        return frozenset((*ADVICE, *(name for names in own for name in names)))


class Recognition(Struct, frozen=True):
    """A provider, and why we think so."""

    provider: str
    how: str
    """One phrase: ``address 54.172.60.1 is in 54.172.60.0/30``."""
    proven: bool
    product: str | None = None
    """Which of its products, where that shows (``elastic-sip-trunking``)."""
