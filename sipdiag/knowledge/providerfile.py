"""From the data of a provider file to a :class:`~sipdiag.knowledge.provider.Provider`.

The data is taken to be sound: built-in files are checked by a test, users' files by
:func:`sipdiag.knowledge.providercheck.check_provider` before they come here.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from sipdiag.knowledge.provider import (
    AdviceStep,
    CodePlace,
    Fingerprint,
    ForeignCallerId,
    HeaderEvidence,
    Product,
    Provider,
    ProviderResponse,
    Refer,
    RingTimer,
)
from sipdiag.knowledge.yamlfile import YamlFile

_TRAITS = (
    "wants_e164",
    "judges_all",
    "private_contact_normal",
    "drops_unknown",
    "reports_on_202",
    "faces_sbc",
    "srtp_only",
)
_EVIDENCE_LISTS = ("domains", "networks", "server", "tags", "call_id", "sdp_session")


def provider_id(path: str) -> str:
    """The id of the provider a file describes: its name."""
    return PurePath(path).stem


def build(document: YamlFile) -> Provider:
    """Read a provider from a sound document."""
    data: dict[str, Any] = document.data
    ident = provider_id(document.path)
    origin = _Origin(data)
    traits = data.get("traits") or {}
    given = {name: traits[name] for name in _TRAITS if name in traits}
    if "judges" in traits:
        given["judges"] = _texts(traits["judges"])
    return Provider(
        id=ident,
        name=data["name"],
        kind=data["kind"],
        family=data.get("family", ident),
        voice_ai=data.get("voice_ai", False),
        refer=_refer(data.get("refer"), origin) or Refer(),
        foreign_caller_id=_foreign(data.get("foreign_caller_id"), origin),
        ring_timers=tuple(RingTimer(**origin.of(timer)) for timer in data.get("ring_timers") or ()),
        products={key: _product(key, value, origin) for key, value in (data.get("products") or {}).items()},
        call_id_headers=_texts(data.get("call_id_headers")),
        account_headers=_texts(data.get("account_headers")),
        evidence=tuple(_evidence(group, origin) for group in groups(data.get("recognise"))),
        code_places=tuple(CodePlace(place["in"], place["pattern"]) for place in data.get("codes") or ()),
        unknown_code_url=data.get("unknown_code_url"),
        responses=tuple(_response(ident, entry, origin) for entry in data.get("responses") or ()),
        advice=_advice(data.get("advice")),
        settings=data.get("settings") or {},
        file=document.path,
        **given,
    )


def groups(recognise: Any) -> list[dict[str, Any]]:
    """``recognise`` is one mapping, or a list of them where proof or source differ."""
    if recognise is None:
        return []
    return recognise if isinstance(recognise, list) else [recognise]


class _Origin:
    """Source and date of the whole file, for what names none of its own."""

    def __init__(self, data: dict[str, Any]) -> None:
        self._default = {"source": data.get("source", ""), "seen": str(data.get("seen", ""))}

    def of(self, entry: dict[str, Any]) -> dict[str, Any]:
        return {**self._default, **entry}


def _texts(value: Any) -> tuple[str, ...]:
    """One text or a list of them."""
    if value is None:
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def _evidence(group: dict[str, Any], origin: _Origin) -> Fingerprint:
    fields = origin.of(group)
    for name in _EVIDENCE_LISTS:
        fields[name] = _texts(fields.get(name))
    headers = fields.get("headers") or ()
    fields["headers"] = tuple(
        HeaderEvidence(h) if isinstance(h, str) else HeaderEvidence(h["name"], h.get("match"))
        for h in headers
    )
    return Fingerprint(**fields)


def _response(ident: str, entry: dict[str, Any], origin: _Origin) -> ProviderResponse:
    fields = origin.of(entry)
    status = fields.pop("status", None)
    fields["statuses"] = tuple(status) if isinstance(status, list) else (status,) if status else ()
    fields["codes"] = _texts(fields.pop("code", None))
    fields.setdefault("fix", None)
    return ProviderResponse(provider=ident, **fields)


def _refer(data: dict[str, Any] | None, origin: _Origin) -> Refer | None:
    if data is None:
        return None
    fields = origin.of(data)
    for name in ("enable", "send"):
        fields[name] = _steps(fields.get(name))
    return Refer(**fields)


def _steps(data: list[dict[str, Any]] | None) -> tuple[AdviceStep, ...]:
    return tuple(AdviceStep(**step) for step in data or ())


def _advice(data: dict[str, Any] | None) -> dict[str, tuple[AdviceStep, ...]]:
    return {name: _steps(steps) for name, steps in (data or {}).items()}


def _foreign(data: dict[str, Any] | None, origin: _Origin) -> ForeignCallerId | None:
    return None if data is None else ForeignCallerId(**origin.of(data))


def _product(ident: str, data: dict[str, Any], origin: _Origin) -> Product:
    return Product(
        ident,
        data["name"],
        _refer(data.get("refer"), origin),
        _foreign(data.get("foreign_caller_id"), origin),
        data.get("answers_challenge"),
        _advice(data.get("advice")),
    )
