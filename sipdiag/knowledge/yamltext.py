"""The one YAML loader: strict where YAML 1.1 surprises, and able to say on which line something stands.

PyYAML follows YAML 1.1, where ``NO`` is false, ``12:30`` is 750 and ``+1555`` loses its plus sign.
In files full of country codes, times and telephone numbers that is a trap, so only what YAML 1.2's core
schema calls true, false, null and plain decimal numbers changes type here; a number with a leading
plus sign or zero stays text.  A key that stands twice in a mapping is an error.

The C parser composes the node tree once; values are built from it directly, and the tree is kept to
answer where a value stands.  Time is linear in the size of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from sipdiag.knowledge.yamlfile import YamlError, YamlFile, place

MAX_DEPTH = 60
"""Nesting beyond this is refused; no file of ours has more than eight levels."""

_TOO_DEEP = f"is nested more than {MAX_DEPTH} levels deep"
_TAG = "tag:yaml.org,2002:"
_PLAIN = "plain"
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)")
_SAFE_DEPTH = 4000
"""Depth that the C composer, which recurses without limit, handles safely."""
_NESTING = re.compile(r"[\[{]|[-?][ \n]")
"""All that can open a level without a column of indentation more."""


class _Loader(yaml.CSafeLoader):
    """The C parser with YAML 1.1's type guessing replaced: it only notes which text stands unquoted."""

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _TAG + "str"
        return _TAG + ("map" if kind is yaml.MappingNode else "seq")


def load(path: str | Path) -> YamlFile:
    """Read a YAML file.

    Raises:
        YamlError: not readable, not UTF-8, not one YAML document, a key twice.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise YamlError(path, line, 1, "is not UTF-8 text", "save the file as UTF-8") from error
    except OSError as error:
        raise YamlError(path, 1, 1, f"cannot be read: {error.strerror or error}") from error
    return parse(text, path)


def parse(text: str, path: str | Path = "<text>") -> YamlFile:
    """Read YAML text as if it stood in the file ``path``; raises as :func:`load` does."""
    if len(_NESTING.findall(text)) > _SAFE_DEPTH or any(len(x) > _SAFE_DEPTH for x in text.splitlines()):
        _check_depth(text, path)
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
        finally:
            loader.dispose()
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
        raise _syntax_error(error, text, path) from error
    return YamlFile(str(path), None if root is None else _Builder(path).value(root, 0), root)


def compose(text: str, path: str | Path = "<text>") -> Iterator[yaml.Node]:
    """The trees of all documents of a YAML text, for whoever needs the place of every value.

    Raises:
        YamlError: as :func:`parse`, but for keys that stand twice.
    """
    if len(_NESTING.findall(text)) > _SAFE_DEPTH or any(len(x) > _SAFE_DEPTH for x in text.splitlines()):
        _check_depth(text, path)
    loader = None
    try:
        loader = _Loader(text)
        while loader.check_node():
            root = loader.get_node()
            if root is not None:
                yield root
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
        raise _syntax_error(error, text, path) from error
    finally:
        if loader is not None:
            loader.dispose()


def plain_value(node: yaml.Node) -> str | int | float | bool | None:
    """The value of a scalar of :func:`compose`; a tag of its own is ignored, and the text stays text."""
    text: str = node.value
    return _plain(text) if node.tag == _PLAIN else text


def _check_depth(text: str, path: str | Path) -> None:
    """Refuse what is nested too deep for the recursive composer, by a walk that does not recurse."""
    depth = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > MAX_DEPTH:
                raise YamlError(path, *place(event.start_mark), _TOO_DEEP)
    except (yaml.MarkedYAMLError, yaml.reader.ReaderError) as error:
        raise _syntax_error(error, text, path) from error


def _syntax_error(error: yaml.YAMLError, text: str, path: str | Path) -> YamlError:
    """The parser's complaint as one line of ours."""
    if isinstance(error, yaml.MarkedYAMLError):
        line, column = place(error.problem_mark or error.context_mark)
        said = " ".join(part for part in (error.context, error.problem) if part)
        return YamlError(path, line, column, said or "is not valid YAML", _syntax_hint(said))
    position = getattr(error, "position", 0)
    return YamlError(path, text[:position].count("\n") + 1, 1, "contains a control character", "remove it")


class _Builder:
    """Turns nodes into values; a node used twice through an alias is built once."""

    def __init__(self, path: str | Path) -> None:
        self._path = path
        self._built: dict[yaml.Node, Any] = {}

    def value(self, node: yaml.Node, depth: int) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if node in self._built:
            if self._built[node] is _UNFINISHED:
                raise self._error(node, "an alias refers to what contains it", "write it out")
            return self._built[node]
        if depth > MAX_DEPTH:
            raise self._error(node, _TOO_DEEP)
        self._built[node] = _UNFINISHED
        if isinstance(node, yaml.MappingNode):
            built: Any = self._mapping(node, depth)
        else:
            self._expect_tag(node, "seq")
            built = [self.value(item, depth + 1) for item in node.value]
        self._built[node] = built
        return built

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[Any, Any]:
        self._expect_tag(node, "map")
        out: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise self._error(key_node, "a key must be plain text", "quote it")
            key = self._scalar(key_node)
            if key in out:
                raise self._error(key_node, f"the key {key!r} stands twice", "keep one of them")
            out[key] = self.value(value_node, depth + 1)
        return out

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        if node.tag == _PLAIN:
            return _plain(node.value)
        if node.tag == _TAG + "str":
            return node.value
        raise self._error(node, f"the tag {node.tag!r} is not supported", "remove it, quotes make text")

    def _expect_tag(self, node: yaml.Node, kind: str) -> None:
        if node.tag != _TAG + kind:
            raise self._error(node, f"the tag {node.tag!r} is not supported", "remove it")

    def _error(self, node: yaml.Node, text: str, hint: str = "") -> YamlError:
        return YamlError(self._path, *place(node.start_mark), text, hint)


_UNFINISHED = object()


def _plain(text: str) -> str | int | float | bool | None:
    """The value of text that stands without quotes."""
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    first = text[0]
    if first in "-0123456789":
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
    return text


_HINTS = (
    ("tab character", "indent with spaces"),
    ("found undefined alias", "quote text that starts with *"),
    ("mapping values are not allowed", "quote text that contains ': '"),
    ("found unexpected ':'", "quote text that contains ':'"),
    ("could not find expected ':'", "a key needs ': ' behind it, and the same indentation as its neighbours"),
    ("cannot start any token", "quote text that starts with @, ` or %"),
    ("found unknown escape", "in double quotes write \\\\ for one backslash, or use single quotes"),
    ("but found another document", "one file holds one document: remove the second ---"),
    ("did not find expected", "look for a missing quote, comma, bracket or for wrong indentation above"),
)


def _syntax_hint(said: str) -> str:
    return next((hint for part, hint in _HINTS if part in said), "")
