"""YAML 1.2: the tree of the one YAML loader, with the place of each value."""

from __future__ import annotations

from itertools import islice
from typing import Any

import yaml

from sipdiag.context.node import MAX_DEPTH, MAX_NODES, LineColumn, Node, Trouble, plain_key, pointer_to
from sipdiag.knowledge.yamlfile import YamlError
from sipdiag.knowledge.yamltext import compose, plain_value

MAX_DOCUMENTS = 100
"""Documents of one file that are read."""


def read_yaml(text: str, first_line: int = 1) -> tuple[list[Node], Trouble | None]:
    """The documents of a text, and what is wrong with it: then there are none."""
    try:
        return [
            _Builder(first_line).node(root, "", "", None, 0) for root in islice(compose(text), MAX_DOCUMENTS)
        ], None
    except YamlError as error:
        return [], Trouble(LineColumn(error.line + first_line - 1, error.column), error.text)


class _Builder:
    def __init__(self, first_line: int) -> None:
        self._first = first_line
        self._nodes = 0

    def node(self, node: yaml.Node, pointer: str, key: str, place: LineColumn | None, depth: int) -> Node:
        self._nodes += 1
        here = self._place(node.start_mark)
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise YamlError("", here.line - self._first + 1, here.column, "is too deep or too large")
        made = Node(None, place or here, pointer, key)
        if isinstance(node, yaml.MappingNode):
            made.value = {
                plain_key(name.value): self.node(
                    value,
                    pointer_to(pointer, name.value),
                    name.value,
                    self._place(name.start_mark),
                    depth + 1,
                )
                for name, value in node.value
                if isinstance(name, yaml.ScalarNode)
            }
        elif isinstance(node, yaml.SequenceNode):
            made.value = [
                self.node(item, pointer_to(pointer, index), "", None, depth + 1)
                for index, item in enumerate(node.value)
            ]
        else:
            made.value = plain_value(node)
        return made

    def _place(self, mark: Any) -> LineColumn:
        return LineColumn(mark.line + self._first, mark.column + 1)
