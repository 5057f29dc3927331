"""The kinds of document, one file for each: a new kind is a new file here.

A kind is recognised by the keys at the root of a document, strictly: a schema that merely describes such
keys, or a document that has one of them by chance, is taken for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache, partial
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from sipdiag.context.node import Node, plain_key

if TYPE_CHECKING:
    from sipdiag.context.read import Block, Notation

Weight = Literal["configuration", "event", "inventory"]
"""``configuration`` says what would happen, ``event`` what was asked for or reported in one call,
``inventory`` what belongs to an account."""


TABLES: frozenset[Notation] = frozenset({"json", "yaml", "csv"})
"""Of what a command line tool also lists as a table."""


class FoundDocument(Struct, frozen=True, eq=False):
    """A document inside a file."""

    kind: DocumentKind
    node: Node
    wrapper: str = ""
    """The key under which it stood, as compared; empty at the root."""


Matches = Callable[[Node, str], bool]
Parts = Callable[[Node], Iterable[tuple[str, Node]]]


def nothing_inside(node: Node) -> Iterable[tuple[str, Node]]:
    """A kind without documents in it."""
    return ()


Told = Callable[[Node, AbstractSet[str]], Iterable[Node]]
"""Where an event says something of a transfer, given the names of the transfer tools."""


def as_a_whole(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    """An event that as such says it."""
    return [node]


def nothing_told(node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    """An event that does not mention it."""
    return ()


def at(key: str) -> Told:
    """An event that as such says it: in this field, else as a whole."""
    return partial(_at, key)


def _at(key: str, node: Node, tools: AbstractSet[str]) -> Iterable[Node]:
    return [node.get(key) or node]


class DocumentKind(Struct, frozen=True, eq=False):
    """One kind of document."""

    name: str
    """``retell.transfer_tool``: the provider, then what it is."""
    title: str
    """``Retell transfer tool``."""
    weight: Weight
    matches: Matches
    """Whether a node, found under this wrapper, is such a document."""
    parts: Parts = nothing_inside
    """Documents inside it: the names of their kinds and their nodes."""
    fetch: str = ""
    """The command or request that shows it."""
    notations: frozenset[Notation] = frozenset({"json", "yaml"})
    order: int = 5
    """Kinds of a lower order are tried first: they have more to tell them by."""
    invoked: Told = nothing_told
    """The invocations of a transfer tool in it, each with the tool's ``name``."""
    asked: Told = nothing_told
    """Where it says that a transfer was asked for."""
    failed: Told = nothing_told
    """Where it says, in the platform's words, that one failed."""
    done: Told = nothing_told
    """Where it reports one as done, or as under way."""
    whole_call: bool = False
    """The platform's own record of a call: where it tells of no transfer, none was asked for."""
    later: bool = False
    """It is written while or after what it is about happens, not at the start of the call."""
    anonymous: bool = False
    """It names no call by itself, and goes with its file."""

    @property
    def provider(self) -> str:
        """Id of the provider."""
        return self.name.partition(".")[0]


def never(node: Node, wrapper: str) -> bool:
    """A kind that only occurs inside others."""
    return False


@cache
def kinds() -> Mapping[str, DocumentKind]:
    """All kinds by name, in the order in which they are tried."""
    found: list[DocumentKind] = []
    for module in iter_modules(__path__):
        found += import_module(f"{__name__}.{module.name}").KINDS
    return {kind.name: kind for kind in sorted(found, key=lambda kind: (kind.order, kind.name))}


_ENVELOPES = frozenset(
    map(
        plain_key,
        (
            "trunk",
            "items",
            "dispatch_rule",
            "trunks",
            "origination_urls",
            "credentials",
            "incoming_phone_numbers",
            "outgoing_caller_ids",
            "content",
            "alerts",
            "calls",
            "call",
            "data",
            "request",
            "response",
            "body",
            "message",
            "payload",
            "params",
            "phone_numbers",
            "participant",
            "participants",
            "assistant",
            "tool",
            "tools",
            "result",
            "json",
        ),
    )
)
"""Keys under which APIs and logs wrap a document."""
_SCHEMA_KEYS = ("$schema", "openapi", "swagger", "$defs", "definitions", "jsonrpc")
"""What has one of them at its root describes documents, and is none."""
MAX_ITEMS = 2_000
"""Items of a list that are looked at."""
_DEEPEST_ENVELOPE = 4


def recognise(block: Block) -> list[FoundDocument]:
    """The documents in a block of a file; none if it is nothing that is known."""
    if any(block.root.get(key) is not None for key in _SCHEMA_KEYS):
        return []
    return list(_found(block.root, "", block.notation, 0))


def _found(node: Node, wrapper: str, notation: Notation, depth: int) -> Iterator[FoundDocument]:
    for kind in kinds().values():
        if notation in kind.notations and kind.matches(node, wrapper):
            yield from _with_parts(kind, node, wrapper)
            return
    if depth > _DEEPEST_ENVELOPE:
        return
    for item in node.items()[:MAX_ITEMS]:
        if item.members():
            yield from _found(item, wrapper, notation, depth + 1)
    for key, inner in node.members().items():
        if key in _ENVELOPES and (inner.members() or inner.items()):
            yield from _found(inner, key, notation, depth + 1)


def _with_parts(kind: DocumentKind, node: Node, wrapper: str) -> Iterator[FoundDocument]:
    yield FoundDocument(kind, node, wrapper)
    for name, part in kind.parts(node):
        yield from _with_parts(kinds()[name], part, wrapper)
