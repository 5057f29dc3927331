"""What each file beside a capture was recognised as and which settings were read from it, masked, as outputs show them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.context.bind import events
from sipdiag.context.documents import ContextFile, ContextSet, Document, Reader, collect
from sipdiag.context.mask import Mask
from sipdiag.context.settings import Setting, Value
from sipdiag.context.when import moment
from sipdiag.knowledge.providers import Providers

if TYPE_CHECKING:
    from sipdiag.redaction.reading import Redaction

MAX_SETTINGS = 2_000
"""How many settings an output lists."""


class Repair(Struct, frozen=True):
    """What had to be repaired before a file could be read."""

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
    """As written in the file, secrets masked; for a default, the effective value."""
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
    errors: tuple[str, ...] = ()
    """Which files could not be read, and why: one line each."""


def read_context(
    arguments: Sequence[str], providers: Providers, day: datetime.date, redaction: Redaction | None = None
) -> ContextSet:
    """The documents of the files and folders that ``--context`` names, as of ``day``.

    With a ``redaction`` they are read under its pseudonyms, and are called ``context-1.json``.

    :raises sipdiag.context.error.ContextError: an unknown role.
    """
    collected = collect(arguments)
    if redaction is not None:
        named = [
            one._replace(name=f"context-{number}{one.path.suffix}")
            for number, one in enumerate(collected.given, 1)
        ]
        collected = collected._replace(given=named)
    reader = Reader({provider.id: provider.settings for provider in providers})
    return reader.load(collected, day, redaction.document if redaction is not None else None)


def read_alone(arguments: Sequence[str], providers: Providers, day: datetime.date) -> ContextSet:
    """As :func:`read_context`, where there is nothing else to judge.

    :raises sipdiag.context.error.ContextError: no file could be read, or an unknown role.
    """
    context = read_context(arguments, providers, day)
    if context.errors and not context.files:
        raise context.errors[0]
    return context


Calls = Mapping[int, Sequence[tuple[str, str]]]
"""Index of an event → the calls it concerns, and what ties it to each."""


def describe(context: ContextSet, calls: Calls | None = None) -> Configuration:
    """What was read, in the order of the files; ``calls`` where there is a capture."""
    places = {one: place for place, one in enumerate(events(context))}
    settings = [
        _setting(document, setting, context.mask)
        for document in context.documents
        for setting in document.settings.values()
    ]
    files = [_file(file, _bound(file, places, calls), with_calls=calls is not None) for file in context.files]
    return Configuration(
        tuple(files), tuple(settings[:MAX_SETTINGS]), context.skipped, tuple(map(str, context.errors))
    )


def _bound(file: ContextFile, places: Mapping[Document, int], calls: Calls | None) -> tuple[Bound, ...]:
    found = [places[one] for one in file.documents if one in places]
    return tuple(dict.fromkeys(Bound(*pair) for place in found for pair in (calls or {}).get(place, ())))


def _file(file: ContextFile, bound: tuple[Bound, ...], *, with_calls: bool) -> FileRead:
    first = file.documents[0] if file.documents else None
    return FileRead(
        name=file.name,
        sha256=file.sha256,
        kind=first.kind.name if first is not None else None,
        title=_title(file),
        role=file.role,
        changed_at=_changed(file.documents),
        repairs=tuple(Repair(one.place.line, one.place.column, one.text) for one in file.repairs),
        bound=bound,
        unused_because=_unused(file) or (_stranger(file) if with_calls and not bound else None),
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


def _stranger(file: ContextFile) -> str | None:
    """Why an event was not used."""
    if all(one.kind.weight == "event" for one in file.documents):
        return "It is about no call of the capture."
    return None


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
