"""Several files: one analysis where they belong together, one each where they do not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from msgspec import Struct

from sipdiag.capture.inputs import STDIN
from sipdiag.capture.payload import CaptureError
from sipdiag.pipeline.related import RelatedFiles
from sipdiag.pipeline.results import Analysis

Taken = Literal["as-related", "together", "apart"]
Analyse = Callable[[Sequence[str]], tuple[Analysis, list[CaptureError]]]


class FileGroup(Struct, frozen=True):
    """Some of the files, and their analysis."""

    analysis: Analysis
    paths: tuple[str, ...]
    how: str
    """Why they are one: see :class:`~sipdiag.pipeline.related.RelatedFiles`; ``told``: it was asked for."""


def analyze_several(
    paths: Sequence[str], taken: Taken, analyse: Analyse, *, final: Analyse | None = None
) -> tuple[list[FileGroup], list[CaptureError]]:
    """The analyses of files, taken as one capture or as several.

    ``analyse`` makes one.  ``final`` makes those that are kept, where finding out which files belong together
    must not be seen in them: a redaction can be used once.

    :raises CaptureError: nothing could be read.
    """
    alone = len(paths) < 2
    if alone or taken == "together" or (taken == "as-related" and any(map(_read_once, paths))):
        analysis, errors = (final or analyse)(paths)
        return [FileGroup(analysis, tuple(paths), "one" if alone else "told")], errors
    if taken == "apart":
        return _each([(path,) for path in paths], ["one"] * len(paths), final or analyse)
    analysis, errors = analyse(paths)
    groups = analysis.related or (RelatedFiles(tuple(range(len(paths))), "one"),)
    if len(groups) > 1:
        parts, _ = _each(
            [tuple(paths[file] for file in group.files) for group in groups],
            [group.how for group in groups],
            final or analyse,
        )
        return parts, errors
    if final is not None:
        analysis, errors = final(paths)
    return [FileGroup(analysis, tuple(paths), groups[0].how)], errors


def _read_once(path: str) -> bool:
    """A pipe cannot be read twice."""
    return path == STDIN or Path(path).is_fifo()


def _each(
    groups: Sequence[tuple[str, ...]], hows: Sequence[str], analyse: Analyse
) -> tuple[list[FileGroup], list[CaptureError]]:
    parts: list[FileGroup] = []
    errors: list[CaptureError] = []
    for group, how in zip(groups, hows, strict=True):
        try:
            analysis, trouble = analyse(group)
        except CaptureError as error:
            errors.append(error)
            continue
        parts.append(FileGroup(analysis, group, how))
        errors += trouble
    if not parts and errors:
        raise errors[0]
    return parts, errors
