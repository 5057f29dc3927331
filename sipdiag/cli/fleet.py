"""``fleet run`` and ``fleet compact``: many captures become a dataset."""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sipdiag.cli.fleet_ask import DatasetFolder, query, report
from sipdiag.cli.options import rules_option
from sipdiag.cli.screen import cores
from sipdiag.cli.status import UNUSABLE
from sipdiag.cli.status import complain as complain_of
from sipdiag.cli.streams import complain, say

if TYPE_CHECKING:
    from sipdiag.fleet.run import Engine, Tally

SHOWN = 20
"""Reasons of failed inputs that are printed; a query lists all."""
_EVERY_S = 0.5


@click.group()
def fleet() -> None:
    """Analyse many captures into a dataset, and ask it what fails, since when, with whom."""
    # Looked for and not loaded: a process that leads others must not have Arrow's threads when it forks.
    missing = [name for name in ("duckdb", "pyarrow") if find_spec(name) is None]
    if missing:
        raise click.ClickException(f"'fleet' needs {' and '.join(missing)}: pip install 'sipdiag[fleet]'")


@fleet.command("run")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "-o",
    "--output",
    "dataset",
    required=True,
    type=DatasetFolder(),
    metavar="DATASET",
    help="The dataset's folder; one that is there is brought up to date.",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    metavar="N",
    help="Processes on this machine (default: one per core).",
)
@click.option(
    "--shard",
    metavar="I/N",
    help="Do only part I of N, from 0 (Slurm and Kubernetes arrays); then run 'fleet compact'.",
)
@click.option(
    "--dask",
    metavar="ADDRESS",
    help="Use the Dask cluster at ADDRESS; sources and dataset must be on storage that it shares.",
)
@click.option(
    "--expect",
    type=click.Choice(["transfer", "refer", "answer"]),
    help="What should have happened in every call.",
)
@click.option(
    "--context",
    multiple=True,
    metavar="FILE|FOLDER|ROLE=FILE",
    help="Configuration for all inputs (repeatable); a folder NAME.context beside a capture is read by itself.",
)
@rules_option
@click.option("--messages", is_flag=True, help="Also write the table of messages.")
@click.option(
    "--redact",
    "key_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="KEYFILE",
    help="Write pseudonyms, the same for the same KEYFILE on every day; it is made if it is not there, for your eyes alone.",
)
@click.option(
    "--no-rings",
    is_flag=True,
    help="Take files with numbers or times in their names for unrelated, not for a ring.",
)
def run_(
    sources: tuple[str, ...],
    dataset: Path,
    jobs: int | None,
    shard: str | None,
    dask: str | None,
    expect: str | None,
    context: tuple[str, ...],
    rule_dirs: tuple[Path, ...],
    messages: bool,
    key_file: Path | None,
    no_rings: bool,
) -> int:
    """Analyse what SOURCE... hold (folders, patterns, files, URLs) into a dataset.

    What was done before, with the same version, rules and options, is skipped.
    """
    from sipdiag.capture.payload import CaptureError
    from sipdiag.fleet.manifest import DatasetError
    from sipdiag.fleet.run import run
    from sipdiag.fleet.task import Options

    options = Options(
        dataset=str(dataset.absolute()),
        rule_dirs=tuple(str(folder.absolute()) for folder in rule_dirs),
        expect=expect,
        context=context,
        key=_key(key_file) if key_file is not None else None,
        messages=messages,
    )
    begin = time.monotonic()
    with ExitStack() as stack:
        engine = _cluster(dask, stack) if dask is not None else None
        try:
            tally = run(
                sources,
                options,
                engine=engine,
                jobs=jobs or cores(),
                shard=_shard(shard),
                rings=not no_rings,
                on_progress=_Progress(),
            )
        except (CaptureError, DatasetError) as error:
            raise click.ClickException(str(error)) from None
    _report_run(tally, dataset, time.monotonic() - begin, sharded=shard is not None)
    return UNUSABLE if tally.unread or not (tally.inputs or shard) else 0


def _report_run(tally: Tally, dataset: Path, seconds: float, *, sharded: bool) -> None:
    complain_of(tally.unread)
    for name, reason in tally.reasons[:SHOWN]:
        complain(f"Failed: {name}: {reason}")
    if len(tally.reasons) > SHOWN:
        complain(f"… and {len(tally.reasons) - SHOWN} more: sipdiag fleet query {dataset} failed-inputs")
    if not tally.inputs and not sharded:
        complain("Error: no capture or text log is there")
    say(
        f"{tally.inputs} inputs: {tally.done} analysed with {tally.calls} calls, {tally.skipped} done before, {tally.failed} failed; {seconds:.1f} s"
    )
    say(f"Dataset: {dataset}   Next: sipdiag fleet report {dataset} -o fleet.html")


class _Progress:
    """One line on a terminal: how many are done, how fast, what is left."""

    def __init__(self) -> None:
        self._begun = self._drawn = time.monotonic()
        self._shown = sys.stderr.isatty()

    def __call__(self, tally: Tally) -> None:
        now = time.monotonic()
        if not self._shown or (now - self._drawn < _EVERY_S and tally.left):
            return
        self._drawn = now
        ended = tally.done + tally.failed
        rate = ended / max(now - self._begun, 1e-3)
        left = f", {tally.left / rate:.0f} s left" if ended and tally.left else ""
        line = f"{ended + tally.skipped} of {tally.inputs}, {rate:.0f} a second, {tally.failed} failed{left}"
        sys.stderr.write(f"\r{line}\x1b[K" if tally.left else "\r\x1b[K")
        sys.stderr.flush()


def _shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    index, slash, count = text.partition("/")
    if not (slash and index.isdecimal() and count.isdecimal() and int(index) < int(count)):
        raise click.BadParameter(f"'{text}': --shard expects I/N with I from 0 to N-1, such as 0/8")
    return int(index), int(count)


def _key(file: Path) -> bytes:
    """The key of a redaction, from its file; a new one where there is none."""
    from sipdiag.files import write_file
    from sipdiag.redaction.reading import KEY_BYTES

    try:
        key = file.read_bytes()
    except FileNotFoundError:
        key = os.urandom(KEY_BYTES)
        write_file(file, [key], private=True)
    if len(key) < KEY_BYTES:
        raise click.ClickException(
            f"{file}: expected a key of at least {KEY_BYTES} bytes, found {len(key)}; name a new file, and it is made"
        )
    return key


def _cluster(address: str, stack: ExitStack) -> Engine:
    try:
        from distributed import Client
    except ImportError as error:
        raise click.ClickException(
            f"--dask needs another package ({error}): pip install 'sipdiag[cluster]'"
        ) from None
    from functools import partial

    from sipdiag.fleet.cluster import run

    try:
        client = stack.enter_context(Client(address, timeout=10))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{address}: no Dask scheduler answers there ({error})") from None
    return partial(run, client=client)


@fleet.command()
@click.argument("dataset", type=DatasetFolder())
def compact(dataset: Path) -> int:
    """Bring what shards have written into Parquet; nobody may be writing meanwhile."""
    from sipdiag.fleet import manifest
    from sipdiag.fleet.compact import compact as do

    try:
        manifest.check(dataset)
        number = do(dataset)
    except manifest.DatasetError as error:
        raise click.ClickException(str(error)) from None
    say(f"{number} inputs compacted: {dataset}")
    return 0


fleet.add_command(query)
fleet.add_command(report)
