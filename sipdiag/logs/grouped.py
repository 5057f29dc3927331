"""Packets whose fields tshark groups by name: ``-T ek``, and the fields chosen with ``-e`` in ``-T json`` and ``-T ek``.

The values of a name stand in a list, so that the order of a description's lines is lost; it is known only from
``sip.msg_hdr``, behind whose header tshark prints the rest of the packet.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from sipdiag.logs.records import Numbered, Record

MOST_FIELDS = 20_000
"""Fields of one packet that are looked at."""


class ElasticLines:
    """``tshark -T ek``: each packet is an object on one line, between lines that name the index of Elasticsearch."""

    KNOWN = re.compile(rb'^\{"timestamp" ?: ?"\d{9,16}", ?"layers" ?: ?\{', re.MULTILINE)

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        try:
            packet = json.loads(text)
        except (ValueError, RecursionError):
            return
        layers = packet.get("layers") if isinstance(packet, dict) else None
        if not isinstance(layers, dict):
            return
        record = Record()
        record.take("timestamp", str(packet.get("timestamp", "")), number)
        for key, value in _leaves(layers):
            record.take(key, value, number)
        yield from list(_of(record, number)) or [(number, text)]

    def end(self) -> Iterator[Numbered]:
        return iter(())


class ChosenFields:
    """``tshark -T json -e FIELD``: every field is a list of texts, printed over lines."""

    KNOWN = re.compile(rb'"layers": \{\s*\n\s*"[\w.-]{1,64}": \[\s*\n')
    _NAME = re.compile(rb'\s*"([\w.-]{1,64})": \[\s*$')
    _VALUE = re.compile(rb'\s*("(?:[^"\\]|\\.)*"),?\s*$')

    def __init__(self) -> None:
        self._record = Record()
        self._name = ""
        """Of the list whose first value is still to come."""

    def line(self, number: int, text: bytes) -> Iterator[Numbered]:
        if b'"_source"' in text:
            yield from self.end()
            return
        name = self._NAME.match(text)
        if name is not None:
            self._name = name[1].decode()
            yield number, text
            return
        value = self._VALUE.match(text) if self._name else None
        if value is None:
            return
        try:
            held = str(json.loads(value[1]))
        except ValueError:
            return
        self._record.take(self._name, held, number)
        self._name = ""

    def end(self) -> Iterator[Numbered]:
        record, self._record = self._record, Record()
        self._name = ""
        yield from _of(record, record.line)


def _leaves(layers: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Fields by their names with a dot, and the first value of each, of all protocols."""
    within: list[tuple[str, object]] = [("", layers)]
    for _ in range(MOST_FIELDS):
        if not within:
            return
        name, value = within.pop()
        if isinstance(value, dict):
            # The name of a field repeats that of its protocol: ip_ip_src.
            within += [(key.removeprefix(f"{name}_"), one) for key, one in reversed(value.items())]
        elif isinstance(value, list):
            within += [(name, one) for one in value[:1]]
        elif isinstance(value, str):
            yield name.replace("_", ".", 1), value


def _of(record: Record, number: int) -> Iterator[Numbered]:
    for text in record.lines():
        yield number, text.encode("utf-8", "replace")
