"""The manifest of a dataset: an entry for each input, which says that all of its rows are there.

It is a file of lines of JSON, written last when rows go into Parquet; the entries of what is not there yet stand in
the journals.  What the machine or the moment has a say in (seconds, memory, paths) stands here and never in a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from sipdiag.files import write_file

MANIFEST = "manifest.jsonl"
JOURNAL = "journal"
LEFT = ".sipdiag-*.tmp"
"""What a process that was killed while it wrote has left."""

Status = Literal["ok", "failed"]


class DatasetError(Exception):
    """A dataset cannot be used; the text says which, and what to do."""


class Provenance(Struct, frozen=True):
    """By what an input was judged: with the same again, its rows would be the same."""

    tool: str
    """Version of sipdiag."""
    rules: str
    """Digest of rules and provider tables."""
    options: str
    """Digest of what else has a say: options, schema, files with configuration."""


class Entry(Struct, frozen=True):
    """What the manifest says of an input."""

    input: str
    names: tuple[str, ...]
    """The files that were read for it, as they were named: of a ring also those that follow."""
    contents: tuple[str, ...]
    """Digests of all files that were looked at for it: at least those that were read."""
    judged: Provenance
    status: Status
    reason: str = ""
    """Why it failed; empty where it did not."""
    expect: str | None = None
    context: tuple[str, ...] = ()
    """What was expected of it, and the files that were held against it: with them its report is that of the rows."""
    open: bool = False
    """A call of it had not ended in any file that there was: one that comes later may tell how."""
    calls: int = 0
    seconds: float = 0.0
    """Wall time of the analysis."""
    rss_mb: int = 0
    """Most memory that the process had used by then."""
    at_ns: int = 0
    """When it was done, nanoseconds since the epoch."""


def is_dataset(folder: Path) -> bool:
    """Whether this is one."""
    return (folder / MANIFEST).is_file() or (folder / JOURNAL).is_dir()


def begin(dataset: Path) -> None:
    """Make a dataset's folder, or take one that is there.

    :raises DatasetError: the folder holds something else.
    """
    if not is_dataset(dataset) and dataset.exists() and any(dataset.iterdir()):
        raise DatasetError(f"{dataset}: expected a dataset or an empty folder, found other files")
    (dataset / JOURNAL).mkdir(parents=True, exist_ok=True)


def check(dataset: Path) -> None:
    """See that this is a dataset.

    :raises DatasetError: it is none.
    """
    if not is_dataset(dataset):
        raise DatasetError(f"{dataset}: no dataset; 'sipdiag fleet run SOURCE -o {dataset}' makes one")


def clean(dataset: Path) -> None:
    """Remove what killed processes have left; nobody may be writing."""
    for left in (*dataset.glob(f"*/day=*/{LEFT}"), *dataset.glob(LEFT)):
        left.unlink(missing_ok=True)


def compacted(dataset: Path) -> dict[str, Entry]:
    """The inputs whose rows are in Parquet.

    :raises DatasetError: the file is damaged.
    """
    try:
        lines = (dataset / MANIFEST).read_bytes().splitlines()
    except FileNotFoundError:
        return {}
    try:
        found = [msgspec.json.decode(line, type=Entry) for line in lines]
    except msgspec.DecodeError as error:
        raise DatasetError(
            f"{dataset / MANIFEST}: cannot be read ({error}); remove the dataset and run again"
        ) from None
    return {entry.input: entry for entry in found}


def write(dataset: Path, entries: Iterable[Entry]) -> None:
    """Write the manifest: the rows of all these are in Parquet."""
    ordered = sorted(entries, key=lambda entry: entry.input)
    write_file(dataset / MANIFEST, [msgspec.json.encode(entry) + b"\n" for entry in ordered])
