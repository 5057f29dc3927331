"""YAML as nodes that know their line, read as text: no value changes its type (``+1555…``, ``NO``, ``12:30``)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml


class ScenarioError(ValueError):
    """A scenario that cannot be compiled: ``file:line: what is wrong, what was expected``."""

    def __init__(self, path: Path, line: int, text: str) -> None:
        super().__init__(f"{path}:{line}: {text}")


@dataclass(frozen=True, slots=True)
class Node:
    """A YAML node with typed access; every complaint names the file and the line."""

    raw: yaml.Node
    path: Path

    @property
    def line(self) -> int:
        """Line in the file, from 1."""
        return int(self.raw.start_mark.line) + 1

    def error(self, text: str) -> ScenarioError:
        return ScenarioError(self.path, self.line, text)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.raw, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        return isinstance(self.raw, yaml.SequenceNode)

    @property
    def text(self) -> str:
        if not isinstance(self.raw, yaml.ScalarNode):
            raise self.error("expected a single value")
        return str(self.raw.value)

    @property
    def number(self) -> float:
        try:
            return float(self.text)
        except ValueError:
            raise self.error(f"expected a number, found {self.text!r}") from None

    @property
    def flag(self) -> bool:
        if self.text not in ("true", "false"):
            raise self.error(f"expected true or false, found {self.text!r}")
        return self.text == "true"

    @property
    def is_null(self) -> bool:
        return isinstance(self.raw, yaml.ScalarNode) and self.raw.tag == "tag:yaml.org,2002:null"

    def items(self) -> Iterator[Node]:
        if not isinstance(self.raw, yaml.SequenceNode):
            raise self.error("expected a list")
        for child in self.raw.value:
            yield Node(child, self.path)

    def texts(self) -> list[str]:
        """A list of values, or one value as a list of one."""
        return [item.text for item in self.items()] if self.is_list else [self.text]

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        if not isinstance(self.raw, yaml.MappingNode):
            raise self.error("expected a mapping (key: value)")
        seen: set[str] = set()
        for key, value in self.raw.value:
            node = Node(key, self.path)
            if node.text in seen:
                raise node.error(f"{node.text!r} is given twice")
            seen.add(node.text)
            yield node, Node(value, self.path)

    def mapping(self, allowed: Iterable[str]) -> dict[str, Node]:
        """The mapping's values; a key outside ``allowed`` is an error."""
        names = tuple(allowed)
        result = {}
        for key, value in self.pairs():
            if key.text not in names:
                raise key.error(f"unknown key {key.text!r}; known are {', '.join(sorted(names))}")
            result[key.text] = value
        return result


def read_document(path: Path) -> Node:
    """The root node of a YAML file."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except OSError as error:
        raise ScenarioError(path, 1, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(path, 1, "is not UTF-8 text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise ScenarioError(path, mark.line + 1 if mark else 1, f"is no YAML: {error.problem}") from None
    if root is None:
        raise ScenarioError(path, 1, "is empty")
    return Node(root, path)
