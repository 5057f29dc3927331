"""Checks of a YAML file, made of smaller ones: every fault is named with its line and what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.knowledge.yamlfile import KeyPath, YamlError, YamlFile

Check = Callable[[YamlFile, KeyPath, Any], Iterator[YamlError]]

_TYPE_NAMES = {str: "text", bool: "true or false", int: "a whole number", float: "a number like 30.0"}


def of_type(wanted: type) -> Check:
    """Text, a number, true or false."""

    def check(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
        # bool is an int to Python, but not to whoever writes a file.
        if not isinstance(value, wanted) or (wanted is not bool and isinstance(value, bool)):
            yield wrong(doc, path, _TYPE_NAMES[wanted], value)

    return check


def one_of(*allowed: str) -> Check:
    """One of these words."""

    def check(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
        if value not in allowed:
            yield doc.error(path, f"{path[-1]} is {value!r}", did_you_mean(str(value), allowed))

    return check


def list_of(item: Check, *, single: bool = False) -> Check:
    """A list; with ``single`` one item may stand without its list."""

    def check(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
        if isinstance(value, list):
            for index, one in enumerate(value):
                yield from item(doc, (*path, index), one)
        elif single:
            yield from item(doc, path, value)
        else:
            yield wrong(doc, path, "a list", value)

    return check


def mapping(keys: Mapping[str, Check], required: Iterable[str] = ()) -> Check:
    """Keys and values; no other keys than these, and none of the ``required`` ones missing."""

    def check(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
        if not isinstance(value, dict):
            yield wrong(doc, path, "keys and values", value)
            return
        for key in required:
            if value.get(key) in (None, ""):
                yield doc.error(path, f"the key {key!r} is missing", "add it")
        for key, inner in value.items():
            if key not in keys:
                yield doc.error(
                    (*path, key), f"the key {key!r} is not known here", did_you_mean(str(key), keys)
                )
            elif inner is not None or key in required:
                yield from keys[key](doc, (*path, key), inner)

    return check


def named(item: Check) -> Check:
    """A mapping whose keys are names of the writer's choice."""

    def check(doc: YamlFile, path: KeyPath, value: Any) -> Iterator[YamlError]:
        if not isinstance(value, dict):
            yield wrong(doc, path, "keys and values", value)
            return
        for key, inner in value.items():
            yield from item(doc, (*path, key), inner)

    return check


def wrong(doc: YamlFile, path: KeyPath, wanted: str, value: Any) -> YamlError:
    """The fault of a value that is of another type."""
    what = f"{path[-1]!r}" if path and isinstance(path[-1], str) else "this"
    return doc.error(path, f"{what} must be {wanted}, not {value!r:.60}")
