"""Is a provider file sound?  Every fault is named with its line and what to do about it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from sipdiag.knowledge.causes import NAMED
from sipdiag.knowledge.patterncost import burden
from sipdiag.knowledge.provider import Kind
from sipdiag.knowledge.yamlcheck import Check, list_of, mapping, named, of_type, one_of, wrong
from sipdiag.knowledge.yamlfile import KeyPath, YamlError, YamlFile
from sipdiag.knowledge.yamltext import load

ACTS = (
    "carrier",
    "carrier-account",
    "platform",
    "configuration",
    "callee",
    "caller",
    "network",
    "capture",
)
"""Who may have to act; the ``responsible`` vocabulary of findings."""


def provider_faults(folder: Path) -> tuple[int, list[YamlError]]:
    """How many provider files a catalogue's folder has, and everything that is wrong with them."""
    paths = sorted((folder / "providers").glob("*.yaml"))
    faults: list[YamlError] = []
    for path in paths:
        try:
            faults += check_provider(load(path))
        except YamlError as error:
            faults.append(error)
    return len(paths), faults


def check_provider(document: YamlFile) -> list[YamlError]:
    """All faults of a provider file, in the order of its lines; none if it can be used."""
    return sorted(_check(document), key=lambda error: (error.line, error.column))


def _check(doc: YamlFile) -> Iterator[YamlError]:
    yield from mapping(_FILE, required=("name", "kind"))(doc, (), doc.data)
    if isinstance(doc.data, dict):
        yield from _origins(doc)


def _regex(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if not isinstance(value, str):
        yield wrong(doc, path, "a regular expression", value)
        return
    try:
        re.compile(value, re.IGNORECASE | re.MULTILINE)
    except re.error as error:
        yield doc.error(path, f"the regular expression {value!r} is broken: {error}", "see Python's re")
        return
    why = burden(value)
    if why is not None:
        yield doc.error(
            path, f"the regular expression {value!r} {why}", "it could take too long; make it plainer"
        )


def _code_regex(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    faults = list(_regex(doc, path, value))
    yield from faults
    if not faults and re.compile(value).groups < 1:
        yield doc.error(path, "the pattern has no group", "put the code's part in ( )")


def _network(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    try:
        ipaddress.ip_network(value if isinstance(value, str) else "")
    except ValueError as error:
        yield doc.error(path, f"{value!r} is no network: {error}", "write it like 192.0.2.0/24")


def _domain(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    labels = value.split(".") if isinstance(value, str) else []
    if len(labels) < 2 or "*" in labels[-2:] or not all(labels):
        hint = "write it like sip.example.com, without a dot in front; subdomains count by themselves"
        yield doc.error(path, f"{value!r} is no domain name", hint)


def _status(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if not isinstance(value, int) or isinstance(value, bool) or not 300 <= value <= 699:
        yield doc.error(path, f"{value!r} is no status of a refusal", "300 to 699")


def _code(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        yield wrong(doc, path, "a code", value)


def _header(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if not isinstance(value, str):
        yield from mapping({"name": _TEXT, "match": _regex}, required=("name",))(doc, path, value)


def _example(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if not isinstance(value, str) or not re.match(r"SIP/2\.0 \d{3} |[\w-]+: ", value):
        yield doc.error(path, f"{value!r} is no example", "write 'SIP/2.0 403 Text' or 'Header: value'")


def _source(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if not isinstance(value, str) or not value.startswith(("https://", "http://")):
        yield doc.error(path, f"the source {value!r} is no URL", "start it with https://")


def _seen(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])(-\d\d)?", str(value)):
        yield doc.error(path, f"seen is {value!r}", "write year and month, like 2026-11")


def _recognise(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    yield from list_of(mapping(_EVIDENCE), single=True)(doc, path, value)


def _response(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    yield from mapping(_RESPONSE, required=("cause", "meaning", "act"))(doc, path, value)
    if isinstance(value, dict):
        if not any(value.get(key) for key in ("status", "code", "text")):
            yield doc.error(path, "nothing says when this entry applies", "give it status, code or text")
        if value.get("anywhere") and not value.get("text"):
            yield doc.error((*path, "anywhere"), "anywhere needs a text", "add text, or remove anywhere")


def _any(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    """Whatever stands there."""
    yield from ()


def _day(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", str(value)):
        yield doc.error(path, f"{path[-1]} is {value!r}", "write a day, like 2026-01-23")


def _readings(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    """A field, one reading, or a list of readings: the first that applies counts."""
    if isinstance(value, str):
        return
    yield from list_of(_one_reading, single=True)(doc, path, value)


def _one_reading(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
    if isinstance(value, str):
        return
    yield from _READING(doc, path, value)
    if isinstance(value, dict) and ("field" in value) == ("is" in value):
        yield doc.error(path, "a reading has a field or a constant", "write either 'field' or 'is'")


def _origins(doc: YamlFile) -> Iterator[YamlError]:
    """Every statement must say where it is from and when it was read, by itself or by the file's default."""
    data = doc.data
    places: list[tuple[KeyPath, Any]] = []
    for key in ("recognise", "responses", "ring_timers"):
        value = data.get(key)
        if isinstance(value, list):
            places += [((key, index), entry) for index, entry in enumerate(value)]
        elif value:
            places.append(((key,), value))
    places += [((key,), data[key]) for key in ("refer", "foreign_caller_id") if data.get(key)]
    for path, entry in places:
        for key in ("source", "seen"):
            if isinstance(entry, dict) and not entry.get(key) and not data.get(key):
                yield doc.error(path, f"no {key}", f"add {key} here, or at the top for the whole file")


_TEXT = of_type(str)
_YES_NO = of_type(bool)
_SECONDS = of_type(float)
_ORIGIN: dict[str, Check] = {"source": _source, "seen": _seen, "unconfirmed": _YES_NO}
_EVIDENCE: dict[str, Check] = {
    **_ORIGIN,
    "proven": _YES_NO,
    "product": _TEXT,
    "domains": list_of(_domain, single=True),
    "networks": list_of(_network, single=True),
    "server": list_of(_regex, single=True),
    "headers": list_of(_header),
    "tags": list_of(_regex, single=True),
    "call_id": list_of(_regex, single=True),
    "sdp_session": list_of(_regex, single=True),
}
_RESPONSE: dict[str, Check] = {
    **_ORIGIN,
    "status": list_of(_status, single=True),
    "code": list_of(_code, single=True),
    "text": _regex,
    "anywhere": _YES_NO,
    "cause": one_of(*sorted(NAMED)),
    "meaning": _TEXT,
    "act": one_of(*ACTS),
    "fix": _TEXT,
    "product": _TEXT,
    "example": _example,
}
_STEPS = list_of(mapping({"text": _TEXT, "command": _TEXT, "url": _source}, required=("text",)))
_REFER = mapping(
    {
        **_ORIGIN,
        "accepts": _YES_NO,
        "switch_exists": _YES_NO,
        "enable": _STEPS,
        "send": _STEPS,
        "aborts_on_bye": _YES_NO,
        "success_unproven": _TEXT,
        "by_webhook": _YES_NO,
        "answers_challenge": _YES_NO,
        "release_wait_s": _SECONDS,
    }
)
_FOREIGN = mapping(
    {"allowed": one_of("no", "conditional", "yes"), "text": _TEXT, "source": _source, "seen": _seen},
    required=("allowed", "text"),
)
_TIMER = mapping(
    {
        "seconds": _SECONDS,
        "setting": _TEXT,
        "text": _TEXT,
        "command": _TEXT,
        "source": _source,
        "seen": _seen,
    },
    required=("seconds", "setting", "text"),
)
_FIELD = list_of(_TEXT, single=True)
_READING = mapping(
    {
        "field": _FIELD,
        "is": _any,
        "values": named(_TEXT),
        "unit": one_of("ms", "s"),
        "since": _day,
        "until": _day,
        "implied": _YES_NO,
        "unconfirmed": _YES_NO,
        "source": _source,
    }
)
_FILE: dict[str, Check] = {
    "name": _TEXT,
    "kind": one_of(*get_args(Kind)),
    "family": _TEXT,
    "voice_ai": _YES_NO,
    "source": _source,
    "seen": _seen,
    "recognise": _recognise,
    "traits": mapping(
        {
            "wants_e164": _YES_NO,
            "judges": list_of(_TEXT),
            "judges_all": _YES_NO,
            "private_contact_normal": _YES_NO,
            "drops_unknown": _YES_NO,
            "reports_on_202": _YES_NO,
            "faces_sbc": _YES_NO,
            "srtp_only": _YES_NO,
        }
    ),
    "call_id_headers": list_of(_TEXT),
    "account_headers": list_of(_TEXT),
    "refer": _REFER,
    "foreign_caller_id": _FOREIGN,
    "ring_timers": list_of(_TIMER),
    "advice": named(_STEPS),
    "products": named(
        mapping(
            {
                "name": _TEXT,
                "refer": _REFER,
                "foreign_caller_id": _FOREIGN,
                "answers_challenge": _YES_NO,
                "advice": named(_STEPS),
            },
            required=("name",),
        )
    ),
    "codes": list_of(mapping({"in": _TEXT, "pattern": _code_regex}, required=("in", "pattern"))),
    "unknown_code_url": _source,
    "responses": list_of(_response),
    "settings": named(named(_readings)),
}
