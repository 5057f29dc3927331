"""What a refusal means, judging by its text and codes.

Order of evidence: (1) the provider's own code, (2) a text it is known for, (3) a Reason header that
says more than the status does, (4) a status to which the provider gives a meaning of its own.  Where
none of these speaks, the status, ringing and time must; that is for the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal

from msgspec import Struct

from sipdiag.knowledge.codes import (
    Q850_CAUSES,
    SIP_CAUSES,
    SIP_STATUSES,
    UNINFORMATIVE_CAUSES,
    is_default_phrase,
    rfc3398_image,
)
from sipdiag.knowledge.provider import (
    REASON_PHRASE,
    CodePlace,
    Provider,
    ProviderResponse,
    pattern,
)
from sipdiag.sip.headers import Reason, Warning_

Source = Literal["code", "text", "q850", "status", "record"]
GetHeader = Callable[[str], str | None]
TEXT_LIMIT = 512
"""Characters of a text that are looked at."""


class Classified(Struct, frozen=True):
    """What a refusal means, and how that is known."""

    cause: str
    """Name of a :class:`~sipdiag.knowledge.causes.Cause`."""
    source: Source
    """The provider's code, a known text, a Reason header, or a status with a meaning of its own there."""
    code: str | None
    meaning: str
    act: str
    fix: str | None
    url: str | None
    provider: str | None
    """Whose table said so; None for a Reason header."""
    unconfirmed: bool = False


class Classifier:
    """The tables of all providers, ready to be asked."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = providers

    def classify(
        self,
        provider: str | None,
        *,
        status: int,
        reason: str,
        header: GetHeader,
        reasons: Sequence[Reason] = (),
        warnings: Sequence[Warning_] = (),
        remarks: Sequence[str] = (),
    ) -> Classified | None:
        """What a final response (or the status line in a sipfrag) means; None where nothing tells.

        Args:
            provider: id of who sent it; None where unknown, then only header codes and texts count
                that are distinctive whoever sent them.
            status: its SIP status.
            reason: its reason phrase.
            header: looks up a header field's first value.
            reasons: its Reason headers.
            warnings: its Warning headers.
            remarks: what headers outside the standard say of it.
        """
        phrase = reason[:TEXT_LIMIT]
        own = list(self._own(provider))
        code = self._code(own, phrase, header)
        if code is not None and code.cause is not None:
            return _said(code.cause, "code", code.text)
        texts = [phrase, *(_cut(header(name)) for name in self._code_headers)]
        texts += [_cut(warning.text) for warning in warnings]
        texts += [_cut(one.text) for one in reasons]
        texts += map(_cut, remarks)
        # Some write words_like_this; the tables have them as they are spoken.
        texts += [text.replace("_", " ") for text in texts if "_" in text]
        return (
            self._by_text(own, status, texts)
            or _by_reasons(status, reasons)
            or _by_status(own, status)
            or (code.unlisted() if code is not None else None)
        )

    def _own(self, provider: str | None) -> Iterator[Provider]:
        """The sender's table, and that of the family it is built on."""
        sender = self._providers.get(provider or "")
        if sender is None:
            return
        yield sender
        family = self._providers.get(sender.family)
        if family is not None and family is not sender:
            yield family

    def _code(self, own: list[Provider], phrase: str, header: GetHeader) -> _Code | None:
        """The first code that a table lists; else the first that stands in a code's place."""
        unlisted = None
        for provider, place in self._places(own):
            text = phrase if place.place == REASON_PHRASE else _cut(header(place.place))
            match = pattern(place.pattern).search(text) if text else None
            if match is None:
                continue
            found = _Code(provider, match[1].upper())
            if found.cause is not None:
                return found
            if provider.unknown_code_url is not None:
                unlisted = unlisted or found
        return unlisted

    def _places(self, own: list[Provider]) -> Iterator[tuple[Provider, CodePlace]]:
        for provider in own:
            for place in provider.code_places:
                yield provider, place
        for provider, place in self._header_places:
            if provider not in own:
                yield provider, place

    @cached_property
    def _header_places(self) -> list[tuple[Provider, CodePlace]]:
        """Code headers name their provider, so they count whoever passed them on."""
        return [
            (provider, place)
            for provider in self._providers.values()
            for place in provider.code_places
            if place.place != REASON_PHRASE
        ]

    @cached_property
    def _code_headers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(place.place for _, place in self._header_places))

    @cached_property
    def _anywhere(self) -> list[ProviderResponse]:
        """Texts that count for any sender; a provider's own come first."""
        tables = sorted(self._providers.values(), key=lambda provider: provider.kind == "any")
        return [entry for table in tables for entry in table.by_text if entry.anywhere]

    def _by_text(self, own: list[Provider], status: int, texts: list[str]) -> Classified | None:
        known = SIP_STATUSES.get(status)
        default = known.name.casefold() if known is not None else ""
        # A provider may give its own meaning to a phrase that is the default of another status.
        specific = "\n".join(t for t in texts if t and t.strip().casefold() != default)
        for provider in own:
            for entry in provider.by_text:
                if _fits(entry, status, specific):
                    return _said(entry, "text", _code_in(provider, texts[0]))
        distinctive = "\n".join(t for t in texts if t and not is_default_phrase(t))
        for entry in self._anywhere if distinctive else ():
            if _fits(entry, status, distinctive):
                return _said(entry, "text", _code_in(self._providers[entry.provider], texts[0]))
        return None


class _Code:
    """A provider's code found in a response."""

    def __init__(self, provider: Provider, text: str) -> None:
        self.provider = provider
        self.text = text
        self.cause = provider.by_code.get(text)

    def unlisted(self) -> Classified:
        """A code we have no entry for: worth naming, and its documentation can be linked."""
        url = self.provider.unknown_code_url or ""
        return Classified(
            cause="other",
            source="code",
            code=self.text,
            meaning=f"{self.provider.name} code {self.text}",
            act="carrier-account",
            fix=None,
            url=url.replace("{code}", self.text),
            provider=self.provider.id,
        )


def _cut(text: str | None) -> str:
    return (text or "")[:TEXT_LIMIT]


def _fits(entry: ProviderResponse, status: int, text: str) -> bool:
    if entry.text is None or not text or (entry.statuses and status not in entry.statuses):
        return False
    return pattern(entry.text).search(text) is not None


def _code_in(provider: Provider, phrase: str) -> str | None:
    """The provider's code in a reason phrase that a text already identified as its own."""
    for place in provider.code_places:
        match = pattern(place.pattern).search(phrase) if place.place == REASON_PHRASE else None
        if match is not None:
            return match[1].upper()
    return None


def _by_reasons(status: int, reasons: Sequence[Reason]) -> Classified | None:
    """What a Reason header adds to the status (RFC 3326, RFC 6432)."""
    for one in reasons:
        if one.cause is None:
            continue
        if one.protocol == "Q.850":
            known = Q850_CAUSES.get(one.cause)
            if known is None or known.means is None or one.cause in UNINFORMATIVE_CAUSES:
                continue
            if not rfc3398_image(status, one.cause):
                return _by_reason(known.means.name, f"Q.850 {one.cause}", f"{known.name}: {known.reading}")
        elif one.protocol == "SIP" and one.cause != status and one.cause in SIP_CAUSES:
            said = SIP_STATUSES[one.cause]
            meaning = f"{said.name}: {said.meaning}"
            return _by_reason(SIP_CAUSES[one.cause].name, f"SIP {one.cause}", meaning)
    return None


_WHO_ACTS = {
    "busy": "callee",
    "no_answer": "callee",
    "unavailable": "callee",
    "declined": "callee",
    "unknown_number": "configuration",
    "codec": "configuration",
    "account_setup": "carrier-account",
    "anonymous": "configuration",
}


def _by_reason(cause: str, code: str, meaning: str) -> Classified:
    act = _WHO_ACTS.get(cause, "carrier")
    return Classified(cause, "q850", code, meaning, act, None, None, None)


def _by_status(own: list[Provider], status: int) -> Classified | None:
    for provider in own:
        for entry in provider.by_status:
            if status in entry.statuses:
                return _said(entry, "status", None)
    return None


def _said(entry: ProviderResponse, source: Source, code: str | None) -> Classified:
    return Classified(
        cause=entry.cause,
        source=source,
        code=code,
        meaning=entry.meaning,
        act=entry.act,
        fix=entry.fix,
        url=entry.source,
        provider=entry.provider,
        unconfirmed=entry.unconfirmed,
    )
