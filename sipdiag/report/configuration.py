"""The files beside a capture, as JSON and as text: what each was taken for, and what was read."""

from __future__ import annotations

from pathlib import PurePath
from typing import NamedTuple

from sipdiag.pipeline.configuration import Configuration, FileRead, SettingRead
from sipdiag.pipeline.results import Analysis
from sipdiag.position import Place
from sipdiag.report.text import plural, visible
from sipdiag.rules.finding import Finding, Severity

SHOWN_SETTINGS = 40
"""Settings of a file that the page lists."""
SHOWN_FILES = 4
"""Files that the terminal names."""

Object = dict[str, object]


def as_json(configuration: Configuration) -> Object:
    """``context`` of the JSON output."""
    return {
        "files": [_file(file) for file in configuration.files],
        "settings": [_setting(one) for one in configuration.settings],
        "skipped": configuration.skipped,
    }


def _file(file: FileRead) -> Object:
    return {
        "name": file.name,
        "sha256": file.sha256,
        "kind": file.kind,
        "title": file.title,
        "role": file.role,
        "changed_at": file.changed_at,
        "repairs": [{"line": one.line, "column": one.column, "text": one.text} for one in file.repairs],
        "bound": [{"call": one.call, "by": one.by} for one in file.bound],
        "unused_because": file.unused_because,
    }


def _setting(one: SettingRead) -> Object:
    return {
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "pointer": one.pointer,
        "name": one.name,
        "value": one.value,
        "means": one.means,
        "explicit": one.explicit,
        "source": one.source or None,
    }


def text(configuration: Configuration) -> str:
    """One paragraph per file: what it is, its settings with their lines, its repairs."""
    lines: list[str] = []
    for file in configuration.files:
        role = f", as {file.role}" if file.role else ""
        lines.append(f"{visible(file.name)}: {file.title}{role}")
        if file.unused_because:
            lines.append(f"    {visible(file.unused_because)}")
        lines += dict.fromkeys(_line(one) for one in configuration.settings if one.file == file.name)
        lines += [f"    repaired {one.line}:{one.column}: {visible(one.text)}" for one in file.repairs[:20]]
        lines.append("")
    if configuration.skipped:
        lines.append(
            f"{plural(configuration.skipped, 'file')} of folders not read (hidden, binary or too large)."
        )
    return "\n".join(lines).rstrip("\n") + "\n"


def _line(one: SettingRead) -> str:
    if not one.explicit:
        return f"    line {one.line}  {one.name}: {visible(one.means)} (not set: the default)"
    return visible(f"    line {one.line}  {one.pointer} = {one.value}")


class FileView(NamedTuple):
    """A file, as the page shows it."""

    name: str
    title: str
    bound: str
    """The calls it is about, and by what."""
    changed: str
    remark: str
    """Why it was not used, or what was repaired."""
    settings: tuple[tuple[str, str, str], ...]
    """Line, setting as it stands in the file, and whether it is a default."""


class ConfigurationView(NamedTuple):
    """The section on the files beside the capture."""

    files: tuple[FileView, ...]
    agreement: str
    """Whether files and wire agree, in one sentence."""


def view(analysis: Analysis) -> ConfigurationView | None:
    """What the section shows; None where no files were given."""
    configuration = analysis.configuration
    if configuration is None or not configuration.files:
        return None
    return ConfigurationView(
        tuple(_file_view(file, configuration) for file in configuration.files), agreement(analysis)
    )


def agreement(analysis: Analysis) -> str:
    """Whether files and wire agree."""
    told = contradiction(analysis)
    if told is not None:
        return told
    cited = any(isinstance(item.position, Place) for one in _all_findings(analysis) for item in one.evidence)
    return (
        "Files and wire agree."
        if cited
        else "Nothing in the files speaks for or against what the capture shows."
    )


def contradiction(analysis: Analysis) -> str | None:
    """Which rules found files that contradict each other or the wire; None where none did."""
    bad = {
        one.rule
        for one in _all_findings(analysis)
        if one.rule.startswith("config/") and one.severity > Severity.info
    }
    return f"The files contradict each other or the wire: {', '.join(sorted(bad))}." if bad else None


def _all_findings(analysis: Analysis) -> list[Finding]:
    return [*analysis.findings, *(one for call in analysis.calls for one in call.findings)]


def _file_view(file: FileRead, configuration: Configuration) -> FileView:
    settings = dict.fromkeys(_row(one) for one in configuration.settings if one.file == file.name)
    repairs = f"{plural(len(file.repairs), 'repair')} while reading" if file.repairs else ""
    return FileView(
        name=file.name,
        title=file.title + (f" ({file.role})" if file.role else ""),
        bound=", ".join(f"{one.call} by {one.by}" for one in file.bound),
        changed=(file.changed_at or "").replace("T", " ")[:16],
        remark=" ".join(text for text in (file.unused_because or "", repairs) if text),
        settings=tuple(settings)[:SHOWN_SETTINGS],
    )


def _row(one: SettingRead) -> tuple[str, str, str]:
    if one.explicit:
        return str(one.line), f"{one.pointer} = {one.value}", ""
    return str(one.line), f"{one.name}: {one.means}", "default"


def one_line(configuration: Configuration) -> str:
    """The files in a line, for the terminal."""
    named = [PurePath(file.name).name for file in configuration.files if file.kind is not None]
    unused = [PurePath(file.name).name for file in configuration.files if file.unused_because]
    more = f", and {len(named) - SHOWN_FILES} more" if len(named) > SHOWN_FILES else ""
    text = ", ".join(named[:SHOWN_FILES]) + more
    return f"{text or 'none recognised'}{'; not used: ' + ', '.join(unused[:SHOWN_FILES]) if unused else ''}"
