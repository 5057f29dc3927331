"""What the files beside a capture were taken for, and what was read of them: as outputs show it, masked."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from sipdiag.context.documents import ContextFile, ContextSet, Document, Reader, collect
from sipdiag.context.mask import Mask
from sipdiag.context.settings import Setting, Value
from sipdiag.context.when import moment
from sipdiag.knowledge.providers import Providers

MAX_SETTINGS = 2_000
"""Settings that an output lists."""


class Repair(Struct, frozen=True):
    """What was put right to read a file."""

    line: int
    column: int
    text: str


class Bound(Struct, frozen=True):
    """The call that a document belongs to."""

    call: str
    by: str
    """``the Twilio call SID``, ``both numbers and the time``."""


class FileRead(Struct, frozen=True):
    """A file, as it was understood."""

    name: str
    sha256: str
    kind: str | None
    """Kind of its first document; None if it holds none that is known."""
    title: str
    """``Retell transfer tool``, ``3 Twilio phone numbers``, or why it was not read."""
    role: str | None
    changed_at: str | None
    """RFC 3339, where the document says it."""
    repairs: tuple[Repair, ...] = ()
    bound: tuple[Bound, ...] = ()
    unused_because: str | None = None
    fetch: str = ""
    """How to get such a document anew."""


class SettingRead(Struct, frozen=True):
    """A setting that was read, or a default that applies."""

    file: str
    line: int
    column: int
    pointer: str
    name: str
    value: str
    """As it stands in the file, secrets masked; for a default what it comes to."""
    means: str
    """In our words: ``invite``, ``25 s``."""
    explicit: bool
    source: str = ""
    """Where a default is documented."""


class Configuration(Struct, frozen=True):
    """All files of a run."""

    files: tuple[FileRead, ...] = ()
    settings: tuple[SettingRead, ...] = ()
    skipped: int = 0


def read_context(arguments: Sequence[str], providers: Providers, day: datetime.date) -> ContextSet:
    """The documents of the files and folders that ``--context`` names, as of ``day``.

    :raises sipdiag.context.documents.ContextError: a file that cannot be read, or an unknown role.
    """
    given, skipped = collect(arguments)
    return Reader({provider.id: provider.settings for provider in providers}).load(given, day, skipped)


def beside(capture: str) -> str | None:
    """The folder ``call.context`` beside ``call.pcap``, which is read without being named; None if there is none."""
    if capture == "-":
        return None
    path = Path(capture)
    stem = path.name.split(".", 1)[0] if path.name[:1] != "." else path.name
    folder = path.with_name(f"{stem}.context")
    return str(folder) if folder.is_dir() else None


def describe(context: ContextSet) -> Configuration:
    """What was read, in the order of the files."""
    settings = [
        _setting(document, setting, context.mask)
        for document in context.documents
        for setting in document.settings.values()
    ]
    return Configuration(tuple(map(_file, context.files)), tuple(settings[:MAX_SETTINGS]), context.skipped)


def _file(file: ContextFile) -> FileRead:
    first = file.documents[0] if file.documents else None
    return FileRead(
        name=file.name,
        sha256=file.sha256,
        kind=first.kind.name if first is not None else None,
        title=_title(file),
        role=file.role,
        changed_at=_changed(file.documents),
        repairs=tuple(Repair(one.place.line, one.place.column, one.text) for one in file.repairs),
        unused_because=_unused(file),
        fetch=first.kind.fetch if first is not None else "",
    )


def _title(file: ContextFile) -> str:
    counts: dict[str, int] = {}
    for document in file.documents:
        counts[document.kind.title] = counts.get(document.kind.title, 0) + 1
    if counts:
        return ", ".join(title if count == 1 else f"{count} × {title}" for title, count in counts.items())
    return "not recognised"


def _unused(file: ContextFile) -> str | None:
    if file.unreadable is not None:
        return f"The file {file.unreadable}."
    return None if file.documents else "Its content is of no kind that sipdiag knows."


def _changed(documents: Sequence[Document]) -> str | None:
    moments = [moment(one.value("changed_at")) for one in documents]
    known = [one for one in moments if one is not None]
    return max(known).isoformat().replace("+00:00", "Z") if known else None


def _setting(document: Document, setting: Setting, mask: Mask) -> SettingRead:
    node = setting.node
    quoted = mask.quote(node) if setting.explicit else means(setting.value)
    return SettingRead(
        file=document.file.name,
        line=node.place.line,
        column=node.place.column,
        pointer=node.pointer,
        name=setting.name,
        value=quoted,
        means=quoted if mask.secret(node) else mask.text(means(setting.value)),
        explicit=setting.explicit,
        source=setting.source,
    )


def means(value: Value) -> str:
    """A setting's value in words."""
    if isinstance(value, tuple):
        return ", ".join(value) if value else "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g} s" if isinstance(value, float) else value
