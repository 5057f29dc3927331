"""The files beside a capture, as JSON and as text: what each was taken for, and what was read."""

from __future__ import annotations

from sipdiag.pipeline.configuration import Configuration, FileRead, SettingRead
from sipdiag.report.text import plural, visible

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
