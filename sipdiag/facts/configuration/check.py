"""One check of a set of documents: a function that finds the places that prove it, declared once.

A check called ``x`` gives the facts ``x`` (it was found), ``x_value`` and ``x_other`` (what its sentence
names), ``x_grave`` and ``x_repaired``, and the evidence ``x``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.context.node import Node, pointer_to
from sipdiag.facts.configuration.files import Files
from sipdiag.facts.declare import Fact
from sipdiag.position import Place

if TYPE_CHECKING:
    from sipdiag.context.documents import Document

SHOWN = 6
"""More places than this prove nothing more."""


class Spot(Struct, frozen=True):
    """What a check found."""

    places: tuple[Place, ...]
    value: str = ""
    other: str = ""
    grave: bool = False
    """Whether it is the graver of the check's two forms."""
    repaired: bool = False
    """A line that proves it had to be repaired to be read."""


class CitedValue(Struct, frozen=True, eq=False):
    """A value of a document, or a missing one."""

    document: Document
    node: Node
    missing: str = ""
    """The key below ``node`` that is not there."""


def cite(document: Document, name: str) -> CitedValue:
    """A setting that the document has, to be cited."""
    return CitedValue(document, document.settings[name].node)


def first_value(cites: Sequence[CitedValue]) -> str:
    """The value that is cited first; empty where nothing is."""
    return str(cites[0].node.value) if cites else ""


Check = Callable[[Files], Spot | None]

CHECKS: dict[str, Check] = {}
"""Every check by name; filled when its module is imported."""


def check(function: Check) -> Check:
    """Declare a check; the first line of its docstring is the meaning of its fact."""
    CHECKS[function.__name__] = function
    return function


def place(files: Files, cite: CitedValue) -> Place:
    """Where it stands, with the value as it may be shown."""
    at = cite.node.place
    pointer = cite.node.pointer
    shown: str | None = files.context.mask.quote(cite.node)
    if cite.missing:
        xml = cite.document.block.notation == "xml"
        pointer = f"{pointer}@{cite.missing}" if xml else pointer_to(pointer, cite.missing)
        shown = None
    return Place(cite.document.file.name, at.line, at.column, pointer, shown)


def spot(
    files: Files, cites: Sequence[CitedValue], *, value: str = "", other: str = "", grave: bool = False
) -> Spot | None:
    """What was found; None where nothing was."""
    if not cites:
        return None
    repaired = any(one.document.is_repaired(one.node) for one in cites)
    mask = files.context.mask
    places = tuple(dict.fromkeys(place(files, one) for one in cites[:SHOWN]))
    return Spot(places, mask.text(value), mask.text(other), grave, repaired)


def facts_of_checks(checks: Mapping[str, Check]) -> Iterator[Fact]:
    """The facts of every check."""
    for name, function in checks.items():
        meaning = (function.__doc__ or "").strip().split("\n")[0].rstrip(".")
        yield Fact(name, "bool", "", meaning)
        yield Fact(f"{name}_value", "string", "", f"what `{name}` is about")
        yield Fact(f"{name}_other", "string", "", f"what it stands against in `{name}`")
        yield Fact(f"{name}_grave", "bool", "", f"the worse form of `{name}`")
        yield Fact(
            f"{name}_repaired", "bool", "", f"a line that proves `{name}` had to be repaired to be read"
        )
