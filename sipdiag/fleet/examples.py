"""The reports of single calls that the page on a dataset links to, as far as their inputs can still be read."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from sipdiag.capture.payload import CaptureError
from sipdiag.context.error import ContextError
from sipdiag.files import write_file
from sipdiag.fleet import manifest
from sipdiag.fleet.fetch import Files, is_remote
from sipdiag.fleet.report import Example
from sipdiag.fleet.task import rulebook_of
from sipdiag.pipeline.results import Analysis
from sipdiag.pipeline.run import analyze
from sipdiag.report import html


class Examples:
    """Writes ``FOLDER/INPUT-CALL.html``; each input is analysed once."""

    def __init__(self, dataset: Path, folder: Path, rule_dirs: tuple[str, ...] = ()) -> None:
        self._entries = manifest.compacted(dataset)
        self._folder = folder
        self._rule_dirs = rule_dirs
        self._analyses: dict[str, Analysis | None] = {}

    def link(self, example: Example) -> str | None:
        """Where the report of a call is, relative to the folder's own place; None where its input is gone."""
        if example.input not in self._analyses:
            self._analyses[example.input] = self._analysed(example.input)
        analysis = self._analyses[example.input]
        found = [call for call in analysis.details if call.id == example.call] if analysis else []
        if analysis is None or not found:
            return None
        name = f"{example.input[:12]}-{example.call}.html"
        self._folder.mkdir(parents=True, exist_ok=True)
        root = found[0].root_cause
        page = replace(
            analysis, calls=list(found), headline=(example.call, root) if root is not None else None
        )
        write_file(self._folder / name, [html.render(page)])
        return f"{self._folder.name}/{name}"

    def _analysed(self, name: str) -> Analysis | None:
        entry = self._entries.get(name)
        paths = entry.names if entry is not None else ()
        # What is elsewhere was fetched once; a report opens no connection.
        if (
            entry is None
            or not paths
            or any(map(is_remote, paths))
            or not all(Path(one).is_file() for one in paths)
        ):
            return None
        with Files(paths) as files:
            try:
                analysis, _ = analyze(
                    files.first(len(paths)),
                    expect=entry.expect,
                    context=entry.context,
                    rulebook=rulebook_of(self._rule_dirs),
                )
            except (CaptureError, ContextError):
                return None
            for file in analysis.files:
                file.path = files.as_named(file.path)
        return analysis
