"""How well the files could be read, and text of a guide that was left in them."""

from __future__ import annotations

from sipdiag.context.documents import ContextFile, Document
from sipdiag.context.mask import is_secret_key
from sipdiag.context.node import LineColumn, Node, Trouble
from sipdiag.facts.configuration.check import SHOWN, CitedValue, Spot, check, spot
from sipdiag.facts.configuration.files import Files, is_placeholder, is_variable
from sipdiag.position import Place as Position

_DECIDING = (
    "transfer.target",
    "trunk.id",
    "trunk.numbers",
    "trunk.host",
    "trunk.user",
    "trunk.password",
    "trunk.allowed_numbers",
    "trunk.allowed_addresses",
    "rule.trunks",
    "rule.numbers",
    "rule.callers",
    "number",
    "call.to",
    "call.from",
    "dial.refer_url",
    "dial.caller_id",
    "origination.url",
    "profile.id",
)
"""Settings that decide whether a call gets through; a description may well read like a placeholder."""


_IDENTIFYING = (
    "event.from",
    "call.from",
    "event.identity",
    "event.to",
    "call.to",
    "event.sid",
    "event.started",
)


def _deciding(document: Document) -> list[Node]:
    found: list[Node] = []
    for name in _DECIDING:
        setting = document.settings.get(name)
        if setting is not None and setting.explicit:
            found += setting.node.items() or [setting.node]
    if document.kind.name == "twilio.dial":
        for child in document.node.children:
            found += [child.members()[key] for key in ("username", "password") if key in child.members()]
            found += [child.text] if child.text is not None else []
    return found


@check
def placeholder(files: Files) -> Spot | None:
    """Text of a guide stands where a value is wanted."""
    cites = [
        CitedValue(document, node)
        for document in files.whole
        for node in _deciding(document)
        if is_placeholder(str(node.value))
    ]
    shown = next((one.node for one in cites if not is_secret_key(one.node.key)), None)
    return spot(files, cites, value=str(shown.value) if shown is not None else "")


@check
def secrets_in_file(files: Files) -> Spot | None:
    """A file holds a secret."""
    cites: list[CitedValue] = []
    seen: set[int] = set()
    for document in files.context.documents:
        if document.node is not document.block.root and cites and cites[-1].document.file is document.file:
            continue
        if id(document.block) in seen:
            continue
        seen.add(id(document.block))
        for node in document.block.root.walk():
            text = node.value if isinstance(node.value, str) else ""
            if (
                text
                and files.context.mask.secret(node)
                and not is_placeholder(text)
                and not is_variable(text)
            ):
                cites.append(CitedValue(document, node))
    return spot(files, list({one.node: one for one in cites}.values()))


def _file_place(file: ContextFile, text: str, at: LineColumn | None = None) -> Position:
    where = at or LineColumn(1, 1)
    return Position(file.name, where.line, where.column, "", text)


def _troubles(file: ContextFile) -> list[Trouble]:
    return [repair for repair in file.repairs if not repair.text.startswith("skipped text")]


@check
def read_with_repairs(files: Files) -> Spot | None:
    """A file had to be repaired to be read."""
    found = [(file, one) for file in files.context.files if file.documents for one in _troubles(file)]
    if not found:
        return None
    places = tuple(_file_place(file, one.text, one.place) for file, one in found[:SHOWN])
    return Spot(places, found[0][1].text, str(len(found)))


@check
def not_recognised(files: Files) -> Spot | None:
    """A file is of no kind that is known."""
    unknown = [file for file in files.context.files if not file.documents]
    if not unknown:
        return None
    empty = any(not block.root.value and not block.root.children for file in unknown for block in file.blocks)
    names = ", ".join(file.name for file in unknown[:4])
    places = tuple(_file_place(file, file.unreadable or "not recognised") for file in unknown[:SHOWN])
    return Spot(places, names, str(len(unknown)), grave=empty)


@check
def not_this_call(files: Files) -> Spot | None:
    """An event is about no call of the capture."""
    cites = []
    for document in files.strangers:
        name = next((name for name in _IDENTIFYING if name in document.settings), None)
        node = document.settings[name].node if name is not None else document.node
        cites.append(CitedValue(document, node))
    titles = ", ".join(dict.fromkeys(document.kind.title for document in files.strangers))
    return spot(files, cites, value=titles)


@check
def unreadable(files: Files) -> Spot | None:
    """A document was recognised by its beginning, and is cut off or broken."""
    for document in files.context.documents:
        trouble = document.block.trouble
        if trouble is not None and document.kind.name not in ("twilio.twiml", "twilio.dial"):
            place = _file_place(document.file, trouble.text, trouble.place)
            return Spot((place,), trouble.text, document.kind.title)
    return None
