"""What a document sets, in our own terms: read by the ``settings`` of the provider files, with defaults by date.

A setting is a list of readings, the first that applies counts: a field of the document, or a constant for
where no field says anything.  Each may be bounded by dates, so that a vendor's changed default is a line of data.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from sipdiag.context.node import Node

Value = str | float | bool | tuple[str, ...]
Unit = Literal["", "ms", "s"]

_DURATION = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(ms|s|m|h)?")
_SCALE = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


class SettingSource(Struct, frozen=True):
    """One way to know a setting."""

    field: tuple[str, ...] = ()
    """Keys from the document's root; empty where ``constant`` says it."""
    constant: Value | None = None
    values: Mapping[str, str] | None = None
    """The field's words → ours; a word that is not in it is not read."""
    unit: Unit = ""
    """Of a duration; it is read as seconds."""
    since: datetime.date | None = None
    until: datetime.date | None = None
    """The first day on which it no longer applies."""
    implied: bool = False
    """The field was not made to say this; it only decided it."""
    unconfirmed: bool = False
    source: str = ""


class Setting(Struct, frozen=True, eq=False):
    """A setting of one document."""

    name: str
    """``transfer.method``."""
    value: Value
    node: Node
    """Where it is said; for a default the part of the document in which it is missing."""
    explicit: bool
    """A field says it; otherwise it is the default of that day."""
    since: datetime.date | None = None
    unconfirmed: bool = False
    source: str = ""
    until: datetime.date | None = None
    """The first day on which another default applies."""


Specs = Mapping[str, Sequence[SettingSource]]
"""Name of a setting → its readings."""


def specs(data: Mapping[str, Any]) -> dict[str, Specs]:
    """The ``settings`` of a provider file: kind without its provider → setting → readings."""
    return {
        kind: {
            name: tuple(map(_reading, readings if isinstance(readings, list) else [readings]))
            for name, readings in settings.items()
        }
        for kind, settings in data.items()
    }


def _reading(data: Any) -> SettingSource:
    if not isinstance(data, dict):
        return SettingSource(_path(data))
    field = data.get("field", "")
    values = data.get("values")
    return SettingSource(
        field=_path(field),
        constant=data.get("is"),
        values={_word(key): value for key, value in values.items()} if values is not None else None,
        unit=data.get("unit", ""),
        since=_date(data.get("since")),
        until=_date(data.get("until")),
        implied=data.get("implied", False),
        unconfirmed=data.get("unconfirmed", False),
        source=data.get("source", ""),
    )


def _path(field: str | list[str]) -> tuple[str, ...]:
    """``a.b``, or a list where a key has a dot in it."""
    if isinstance(field, list):
        return tuple(field)
    return tuple(field.split(".")) if field else ()


def _date(value: Any) -> datetime.date | None:
    return datetime.date.fromisoformat(str(value)) if value is not None else None


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip().lower()


def read_settings(node: Node, wanted: Specs, day: datetime.date) -> dict[str, Setting]:
    """Every setting that this document has on this day, by name."""
    found = {}
    for name, readings in wanted.items():
        setting = _first(name, node, readings, day)
        if setting is not None:
            found[name] = setting
    return found


def _first(name: str, node: Node, readings: Sequence[SettingSource], day: datetime.date) -> Setting | None:
    missing = node
    for reading in readings:
        if (reading.since and day < reading.since) or (reading.until and day >= reading.until):
            continue
        explicit = bool(reading.field) and not reading.implied
        if not reading.field:
            if reading.constant is not None:
                return _setting(name, reading.constant, missing, reading, explicit)
            continue
        missing = node.deepest(*reading.field)
        held = node.get(*reading.field)
        value = _value(held, reading) if held is not None else None
        if held is not None and value is not None:
            return _setting(name, value, held, reading, explicit)
    return None


def _setting(name: str, value: Value, node: Node, reading: SettingSource, explicit: bool) -> Setting:
    return Setting(
        name, value, node, explicit, reading.since, reading.unconfirmed, reading.source, reading.until
    )


def _value(node: Node, reading: SettingSource) -> Value | None:
    raw = node.value
    if raw is None or isinstance(raw, dict) or raw == "":
        return None
    if isinstance(raw, list):
        return tuple(str(item.value) for item in raw if not isinstance(item.value, dict | list | None))
    if reading.values is not None:
        return reading.values.get(_word(raw))
    if reading.unit:
        return seconds(raw, reading.unit)
    return raw if isinstance(raw, bool | str) else str(raw) if isinstance(raw, int) else raw


def seconds(raw: str | float | bool, unit: Unit) -> float | None:
    """A duration: a number in ``unit``, or a text such as ``30s`` (protobuf's JSON)."""
    match = _DURATION.fullmatch(str(raw).strip())
    if match is None or isinstance(raw, bool):
        return None
    return float(match[1]) * _SCALE[match[2] or unit]
