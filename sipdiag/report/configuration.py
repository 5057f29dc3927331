"""The files beside a capture, as JSON and as text: what each was recognised as, and what was read from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.pipeline.results import Analysis, CallDetail
from sipdiag.position import Place
from sipdiag.report.jsonparts import Object
from sipdiag.report.text import plural, visible
from sipdiag.rules.finding import Finding, Severity

if TYPE_CHECKING:
    from sipdiag.pipeline.configuration import Configuration, FileRead, SettingRead

SHOWN_SETTINGS = 40
"""Settings of a file that the page lists."""
SHOWN_FILES = 4
"""Files that the terminal names."""


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


_NUMBERED = frozenset({"trunk.numbers", "number", "rule.numbers", "transfer.target", "call.to"})
"""Settings whose numbers tie a file to a call."""


class FileView(Struct, frozen=True):
    """A file, as the page shows it."""

    name: str
    title: str
    bound: str
    """The calls it is about, and by what."""
    changed: str
    standing: str
    """Its relation to the capture: contradicts, proves something, agrees, or unused and why."""
    settings: tuple[tuple[str, str, str], ...]
    """Line, setting as it stands in the file, and whether it is a default."""


class UsedSetting(Struct, frozen=True):
    """A value of a file that a finding cites."""

    file: str
    line: str
    text: str
    rules: str


class ConfigurationView(Struct, frozen=True):
    """The section on the files beside the capture."""

    files: tuple[FileView, ...]
    agreement: str
    """Whether files and wire agree, in one sentence."""
    used: tuple[UsedSetting, ...] = ()
    """The settings that findings cite, in the order of the files."""


def view(analysis: Analysis) -> ConfigurationView | None:
    """What the section shows; None where no files were given."""
    configuration = analysis.configuration
    if configuration is None or not configuration.files:
        return None
    cited = _cited(analysis)
    unused = {file.name for file in configuration.files if file.unused_because is not None}
    used = [_used(place, some) for place, some in cited.items() if place.file not in unused]
    numbers = _numbers(analysis)
    return ConfigurationView(
        tuple(_file_view(file, configuration, cited, numbers) for file in configuration.files),
        agreement(analysis),
        tuple(used)[:SHOWN_SETTINGS],
    )


def _numbers(analysis: Analysis) -> dict[str, str]:
    """The numbers of the calls, by their digits → the call."""
    found: dict[str, str] = {}
    for call in analysis.calls:
        transfers = call.transfers if isinstance(call, CallDetail) else ()
        for party in (call.from_, call.to, *(one.target for one in transfers)):
            if party.number:
                found.setdefault(_digits(party.number), call.id)
    return found


def _digits(text: str) -> str:
    return "".join(one for one in text if one.isdecimal())


Cited = Mapping[Place, Sequence[Finding]]
"""Each place in a file that is cited, in the files' order → the findings that cite it."""


def _cited(analysis: Analysis) -> Cited:
    found: dict[Place, list[Finding]] = {}
    for finding in analysis.every_finding:
        for item in finding.evidence:
            if isinstance(item.position, Place) and finding not in found.setdefault(item.position, []):
                found[item.position].append(finding)
    return dict(sorted(found.items(), key=lambda one: (one[0].file, one[0].line, one[0].column)))


def _used(place: Place, findings: Sequence[Finding]) -> UsedSetting:
    text = (
        f"{place.pointer}: not set"
        if place.value is None
        else f"{place.pointer} = {place.value}".lstrip(" =")
    )
    rules = ", ".join(dict.fromkeys(one.rule for one in findings))
    return UsedSetting(place.file, str(place.line), text, rules)


def agreement(analysis: Analysis) -> str:
    """Whether files and wire agree."""
    told = contradiction(analysis)
    if told is not None:
        return told
    cited = any(isinstance(item.position, Place) for one in analysis.every_finding for item in one.evidence)
    return (
        "Files and wire agree."
        if cited
        else "Nothing in the files speaks for or against what the capture shows."
    )


def contradiction(analysis: Analysis) -> str | None:
    """Which rules found files that contradict each other or the wire; None where none did."""
    bad = {one.rule for one in analysis.every_finding if _contradicts(one)}
    return f"The files contradict each other or the wire: {', '.join(sorted(bad))}." if bad else None


def _contradicts(finding: Finding) -> bool:
    return finding.rule.startswith("config/") and finding.severity > Severity.info


def _file_view(
    file: FileRead, configuration: Configuration, cited: Cited, numbers: Mapping[str, str]
) -> FileView:
    settings = dict.fromkeys(_row(one) for one in configuration.settings if one.file == file.name)
    findings = [one for place, some in cited.items() if place.file == file.name for one in some]
    about = [
        f"{call} by {number}"
        for one in configuration.settings
        if one.file == file.name and one.name in _NUMBERED
        for number in one.means.split(", ")
        if (call := numbers.get(_digits(number)))
    ]
    bound = _belongs(file, findings, about)
    repairs = f" {plural(len(file.repairs), 'repair')} while reading." if file.repairs else ""
    return FileView(
        name=file.name,
        title=file.title + (f" ({file.role})" if file.role else ""),
        bound=bound,
        changed=(file.changed_at or "").replace("T", " ")[:16],
        standing=_standing(file, findings, about) + repairs,
        settings=tuple(settings)[:SHOWN_SETTINGS],
    )


def _standing(file: FileRead, findings: Sequence[Finding], about: Sequence[str]) -> str:
    """How a file stands to the capture."""
    rules = list(dict.fromkeys(one.rule for one in findings))
    bad = [one.rule for one in findings if _contradicts(one)]
    if file.unused_because is not None:
        return f"Not used. {file.unused_because}"
    other = [rule for rule in rules if rule not in bad]
    proof = f"Proof of: {', '.join(other)}." if other else ""
    if bad:
        return f"Contradicts another file or the capture: {', '.join(dict.fromkeys(bad))}. {proof}".strip()
    if proof:
        return proof
    if file.bound or about:
        return "Agrees: nothing in it speaks against what was captured."
    return "Not used: nothing of what was captured turns on it."


def _belongs(file: FileRead, findings: Sequence[Finding], about: Sequence[str]) -> str:
    """The calls it is about: by ids or numbers, or by a setting of it that a finding of the call cites."""
    bound = [f"{one.call} by {one.by}" for one in file.bound] or list(dict.fromkeys(about))[:SHOWN_FILES]
    known = {one.partition(" ")[0] for one in bound}
    calls = {
        one.subject.partition(".")[0]
        for one in findings
        if one.subject[:1] == "c" and one.subject[1:2].isdigit()
    }
    return ", ".join([*bound, *(f"{call} by its settings" for call in sorted(calls - known))])


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
