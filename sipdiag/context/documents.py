"""Files → documents: read, recognised, each with what it sets on a given day."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import Struct

from sipdiag.context.error import ContextError
from sipdiag.context.kinds import DocumentKind, recognise
from sipdiag.context.mask import Mask
from sipdiag.context.node import Node, Trouble
from sipdiag.context.settings import Setting, Specs, read_settings, specs

if TYPE_CHECKING:
    from sipdiag.context.read import Block

Redact = Callable[["Block", Iterable[Node]], None]
"""Replaces names in a block and in the documents made from it."""
ROLES = ("refer-answer", "dial-answer")
"""The role of a file whose content does not show it: the answer to the REFER webhook, or to the first call."""
MAX_FILES = 500
"""Files of a folder that are read."""
_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "venv", "dist", "build"})


class Collected(NamedTuple):
    """What the arguments name."""

    given: list[Given]
    skipped: int
    """Files of folders that are left out."""
    errors: list[ContextError]
    """Arguments that name nothing."""


class Given(NamedTuple):
    """A file to read."""

    path: Path
    name: str
    """As outputs call it."""
    role: str | None = None


class ContextFile(Struct, eq=False, dict=True):
    """One file, with what it was taken for."""

    name: str
    """As given, without folders that only the user's machine has."""
    role: str | None = None
    """One of :data:`ROLES`, where the user said so."""
    sha256: str = ""
    blocks: Sequence[Block] = ()
    documents: tuple[Document, ...] = ()
    unreadable: str | None = None
    """Why nothing of it was read."""

    def __reduce__(self) -> tuple[type[ContextFile], tuple[object, ...]]:
        """Without its documents, each of which holds the file: their set puts them back."""
        return ContextFile, (self.name, self.role, self.sha256, self.blocks, (), self.unreadable)

    @property
    def repairs(self) -> list[Trouble]:
        """What was repaired to read it."""
        return [repair for block in self.blocks for repair in block.repairs]

    @cached_property
    def anonymous(self) -> list[Document]:
        """The documents that name no call by themselves."""
        return [one for one in self.documents if one.kind.anonymous]


class Document(Struct, eq=False):
    """A document of a known kind."""

    kind: DocumentKind
    node: Node
    file: ContextFile
    block: Block
    settings: Mapping[str, Setting]
    """By name: ``transfer.method``."""
    wrapper: str = ""

    def value(self, name: str) -> Any:
        """A setting's value; None if it is not known."""
        setting = self.settings.get(name)
        return setting.value if setting is not None else None

    def texts(self, name: str) -> tuple[str, ...]:
        """A setting that is a list of texts, or one text; empty if it is not known."""
        value = self.value(name)
        if isinstance(value, tuple):
            return value
        return () if value is None else (str(value),)

    def is_repaired(self, node: Node) -> bool:
        """The line on which it stands had to be repaired: what it says is not certain."""
        return node.place.line in self.block.repaired_lines


class ContextSet:
    """All files that were given, as of one day."""

    def __init__(
        self,
        files: Sequence[ContextFile],
        day: datetime.date,
        skipped: int = 0,
        errors: Sequence[ContextError] = (),
    ) -> None:
        self.files = files
        self.errors = errors
        """Files that could not be read while others could."""
        self.day = day
        """The defaults are those of this day."""
        self.skipped = skipped
        """Files of folders that were not read: hidden, binary or too large."""
        self.mask = Mask(block.root for file in files for block in file.blocks)
        self.documents = [document for file in files for document in file.documents]

    def __setstate__(self, state: dict[str, Any]) -> None:
        """As another process gets it."""
        self.__dict__.update(state)
        for file in self.files:
            file.documents = tuple(one for one in self.documents if one.file is file)


class Reader:
    """Reads files by the tables of the providers."""

    def __init__(self, tables: Mapping[str, Mapping[str, Any]]) -> None:
        """:param tables: provider id → the ``settings`` of its file."""
        self._tables = {provider: specs(data) for provider, data in tables.items() if data}

    def specs_of(self, kind: DocumentKind) -> Specs:
        """What is read of a kind."""
        return self._tables.get(kind.provider, {}).get(kind.name.partition(".")[2], {})

    def load(self, collected: Collected, day: datetime.date, redact: Redact | None = None) -> ContextSet:
        """The files' documents with the settings of ``day``; ``redact`` replaces what they name."""
        files: list[ContextFile] = []
        errors = list(collected.errors)
        for one in collected.given:
            try:
                files.append(self._file(one, day, redact))
            except ContextError as error:
                errors.append(error)
        return ContextSet(files, day, collected.skipped, errors)

    def _file(self, given: Given, day: datetime.date, redact: Redact | None) -> ContextFile:
        # Most analyses have no such files, and never need the readers of all notations.
        from sipdiag.context.read import MAX_BYTES, UnreadableError, read

        file = ContextFile(given.name, given.role)
        if not given.path.is_file():
            raise ContextError(f"{given.path}: is neither a file nor a folder")
        try:
            with given.path.open("rb") as stream:
                data = stream.read(MAX_BYTES + 1)
        except OSError as error:
            raise ContextError(f"{given.path}: cannot be read ({error.strerror})") from None
        file.sha256 = hashlib.sha256(data).hexdigest()
        try:
            file.blocks = read(data)
        except UnreadableError as error:
            file.unreadable = str(error)
        found_in = [(block, recognise(block)) for block in file.blocks]
        for block, found in found_in:
            if redact is not None:
                redact(block, [one.node for one in found])
        file.documents = tuple(
            Document(
                found.kind,
                found.node,
                file,
                block,
                read_settings(found.node, self.specs_of(found.kind), day),
                found.wrapper,
            )
            for block, documents in found_in
            for found in documents
        )
        return file


def collect(arguments: Iterable[str]) -> Collected:
    """``FILE``, ``FOLDER`` and ``ROLE=FILE`` → the files to read.

    A folder is read with its folders, but no deeper; in it a file that is named after a role has that role.

    :raises ContextError: an unknown role.
    """
    found: list[Given] = []
    errors: list[ContextError] = []
    skipped = 0
    for argument in arguments:
        role, path = _role_and_path(argument)
        if path.is_dir():
            try:
                inner, left_out = _folder(path, role)
            except OSError as error:
                errors.append(ContextError(f"{path}: cannot be read ({error.strerror})"))
                continue
            found += inner
            skipped += left_out
        elif path.exists():
            found.append(Given(path, path.name if path.is_absolute() else str(path), role))
        else:
            errors.append(ContextError(f"{path}: no such file or folder"))
    return Collected(_distinct(found), skipped, errors)


def _role_and_path(argument: str) -> tuple[str | None, Path]:
    role, equals, rest = argument.partition("=")
    if not equals or Path(argument).exists():
        return None, Path(argument)
    if role not in ROLES:
        if "/" in role or "." in role:
            return None, Path(argument)
        raise ContextError(
            f"the role {role!r} is not known; write {' or '.join(f'{one}=FILE' for one in ROLES)}"
        )
    return role, Path(rest)


def _folder(folder: Path, role: str | None) -> tuple[list[Given], int]:
    paths: list[Path] = []
    skipped = 0
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _SKIPPED_FOLDERS:
            skipped += 1
        elif path.is_dir():
            inner = [one for one in sorted(path.iterdir()) if one.is_file()]
            paths += [one for one in inner if not one.name.startswith(".")]
        elif path.is_file():
            paths.append(path)
    kept = [path for path in paths if _plausible(path)]
    skipped += len(paths) - len(kept[:MAX_FILES])
    base = folder.name if folder.is_absolute() else str(folder)
    found = [
        Given(path, f"{base}/{path.relative_to(folder)}", role or (path.stem if path.stem in ROLES else None))
        for path in kept[:MAX_FILES]
    ]
    return found, skipped


def _plausible(path: Path) -> bool:
    """Neither too large nor binary."""
    from sipdiag.context.read import MAX_BYTES

    try:
        if path.stat().st_size > MAX_BYTES:
            return False
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError:
        return False
    return b"\0" not in head or head.startswith((b"\xff\xfe", b"\xfe\xff"))


def _distinct(given: Sequence[Given]) -> list[Given]:
    """Without a file that is named twice."""
    seen: dict[tuple[Path, str | None], Given] = {}
    for one in given:
        seen.setdefault((one.path.resolve(), one.role), one)
    return list(seen.values())
