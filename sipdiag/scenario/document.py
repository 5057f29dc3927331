"""Checked access to a YAML file's values: every complaint names the file and the line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.knowledge.yamlfile import YamlError, YamlFile
from sipdiag.knowledge.yamltext import load


class ScenarioError(ValueError):
    """A scenario that cannot be compiled: ``file:line: what is wrong, what was expected``."""

    def __init__(self, path: str | Path, line: int, text: str) -> None:
        super().__init__(f"{path}:{line}: {text}")


class Node(Struct, frozen=True):
    """A value of the file, or a key of it."""

    document: YamlFile
    place: tuple[str | int, ...]
    """Keys and list indexes that lead to it."""
    value: Any

    @property
    def line(self) -> int:
        """Line in the file, from 1."""
        return self.document.line(self.place)

    def error(self, text: str) -> ScenarioError:
        return ScenarioError(self.document.path, self.line, text)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, dict)

    @property
    def text(self) -> str:
        """A single value as text; numbers as they are normally written (quote what must stay as it is)."""
        if self.value is None or isinstance(self.value, dict | list | bool):
            raise self.error("expected a single value")
        return str(self.value)

    @property
    def number(self) -> float:
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.error(f"expected a number, found {self.value!r}")
        return self.value

    @property
    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self.error(f"expected true or false, found {self.value!r}")
        return self.value

    def items(self) -> Iterator[Node]:
        if not isinstance(self.value, list):
            raise self.error("expected a list")
        for index, item in enumerate(self.value):
            yield Node(self.document, (*self.place, index), item)

    def texts(self) -> list[str]:
        """A list of values, or one value as a list of one."""
        return [item.text for item in self.items()] if isinstance(self.value, list) else [self.text]

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Keys and values of a mapping."""
        if not isinstance(self.value, dict):
            raise self.error("expected a mapping (key: value)")
        for key, value in self.value.items():
            place = (*self.place, key)
            yield Node(self.document, place, key), Node(self.document, place, value)

    def mapping(self, allowed: Iterable[str]) -> dict[str, Node]:
        """The mapping's values; a key outside ``allowed`` is an error."""
        names = tuple(allowed)
        result = {}
        for key, value in self.pairs():
            if key.value not in names:
                raise key.error(f"unknown key {key.value!r}; {did_you_mean(key.value, sorted(names))}")
            result[key.text] = value
        return result


def read_document(path: Path) -> Node:
    """The root of a YAML file."""
    try:
        document = load(path)
    except YamlError as error:
        raise ScenarioError(
            error.path, error.line, f"{error.text}{f' ({error.hint})' if error.hint else ''}"
        ) from error
    return Node(document, (), document.data)
