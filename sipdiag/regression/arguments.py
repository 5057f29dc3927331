"""``args``: the options of ``sipdiag analyze`` that an expectation file may give."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from sipdiag.capture.engine import ENGINES
from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.knowledge.yamlfile import YamlFile
from sipdiag.regression.expectation import Arguments

_CHOICES = {"--expect": ("transfer", "refer", "answer"), "--engine": ENGINES}
_OPTIONS = (
    "--expect",
    "--call",
    "--rules",
    "--no-builtin-rules",
    "--engine",
    "--keylog",
    "--log-format",
    "--also",
)


def read_arguments(document: YamlFile, values: Sequence[str], given: Arguments) -> Arguments:
    """The options of a file on top of those ``given``; paths in it are relative to its own folder.

    Raises:
        YamlError: an option that is unknown, or lacks its value.
    """
    arguments = given
    rest = [(index, word) for index, text in enumerate(values) for word in text.split("=", 1)]
    while rest:
        index, option = rest.pop(0)
        place = ("args", index)
        if option not in _OPTIONS:
            raise document.error(place, f"unknown option {option!r}", did_you_mean(option, _OPTIONS))
        if option == "--no-builtin-rules":
            arguments = replace(arguments, builtin_rules=False)
            continue
        if not rest:
            raise document.error(place, f"{option} needs a value behind it")
        arguments = replace(arguments, **_change(document, arguments, option, *rest.pop(0)))
    return arguments


def read_context(document: YamlFile, values: Sequence[str], given: Arguments) -> Arguments:
    """``context``: files and folders with configuration and events, relative to the file's own folder.

    Raises:
        YamlError: one that does not exist.
    """
    found = []
    for index, value in enumerate(values):
        role, equals, name = value.rpartition("=")
        path = Path(document.path).parent / name
        if not path.exists():
            raise document.error(("context", index), f"there is no file or folder {path}")
        found.append(f"{role}{equals}{path}")
    return replace(given, context=(*given.context, *found))


def _change(document: YamlFile, arguments: Arguments, option: str, index: int, value: str) -> dict[str, Any]:
    place = ("args", index)
    if option == "--call":
        return {"call_filter": value}
    if option == "--rules":
        folder = Path(document.path).parent / value
        if not folder.is_dir():
            raise document.error(place, f"--rules expects a folder with rules, found none at {folder}")
        return {"rule_dirs": (*arguments.rule_dirs, folder)}
    if option == "--also":
        also = Path(document.path).parent / value
        if not also.is_file():
            raise document.error(place, f"--also expects another capture, found none at {also}")
        return {"also": (*arguments.also, also)}
    if option == "--log-format":
        return {"log_format": value}
    if option == "--keylog":
        return {"keylog": Path(document.path).parent / value}
    if value not in _CHOICES[option]:
        raise document.error(place, f"unknown {option} {value!r}", did_you_mean(str(value), _CHOICES[option]))
    return {option.removeprefix("--"): value}


def write_arguments(arguments: Arguments, folder: Path) -> list[str]:
    """The options as ``args`` of a file in ``folder``."""
    words = ["--expect", arguments.expect] if arguments.expect else []
    words += ["--call", arguments.call_filter] if arguments.call_filter else []
    for rules in arguments.rule_dirs:
        words += ["--rules", _relative(rules, folder)]
    words += [] if arguments.builtin_rules else ["--no-builtin-rules"]
    words += ["--engine", arguments.engine] if arguments.engine != "auto" else []
    words += ["--log-format", arguments.log_format] if arguments.log_format else []
    for also in arguments.also:
        words += ["--also", _relative(also, folder)]
    return words + (["--keylog", _relative(arguments.keylog, folder)] if arguments.keylog else [])


def write_context(arguments: Arguments, folder: Path) -> list[str]:
    """The files beside the capture as ``context`` of a file in ``folder``."""
    found = []
    for value in arguments.context:
        role, equals, name = value.rpartition("=")
        found.append(f"{role}{equals}{_relative(Path(name), folder)}")
    return found


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()
