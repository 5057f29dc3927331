"""The configuration file: options that need not be typed every time.

The nearest ``sipdiag.toml``, or ``pyproject.toml`` with ``[tool.sipdiag]``, in the current folder or above it
goes before ``sipdiag/config.toml`` in the user's configuration folder; the command line goes before both.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

PROJECT, PYPROJECT, USER = "sipdiag.toml", "pyproject.toml", "config.toml"
_SECTION = "[tool.sipdiag"
_LARGEST = 1_000_000
"""Bytes of a configuration file."""

_ANYWHERE = {
    "alias": "aliases",
    "context": "context",
    "engine": "engine",
    "expect": "expect",
    "fail-on": "fail_on",
    "jobs": "jobs",
    "keylog": "keylog",
    "lane": "lane",
    "log-format": "log_format",
    "no-builtin-rules": "no_builtin_rules",
    "redact": "redact",
    "rules": "rule_dirs",
    "show-digits": "show_digits",
    "tz": "zone",
    "us": "us",
}
"""Key → the parameter it is the default of, in every command that has it."""
_HERE = {**_ANYWHERE, "overwrite": "overwrite"}
"""The same within the table of a command; ``format`` goes by the command's own."""
_PATHS = frozenset({"alias", "context", "keylog", "rules"})
"""Keys whose values are relative to the file's own folder."""
_REPEATABLE = frozenset({"alias", "context", "rules", "us"})


def read(commands: Mapping[str, object]) -> tuple[dict[str, Any], list[Path]]:
    """Defaults by command and parameter, as click takes them, and the files they are from.

    :raises click.ClickException: a file cannot be read, or has a key that means nothing.
    """
    defaults: dict[str, dict[str, Any]] = {}
    files = []
    for path in (_user_file(), _project_file(Path.cwd())):
        if path is None:
            continue
        files.append(path)
        settings = _settings(path)
        tables = {name: value for name, value in settings.items() if isinstance(value, dict)}
        for name in tables:
            if name not in commands:
                raise _unknown(path, f"table [{name}]", name, commands)
        shared = {key: value for key, value in settings.items() if key not in tables}
        for command in commands:
            found = defaults.setdefault(command, {})
            found.update(_parameters(path, shared, _ANYWHERE))
            found.update(_parameters(path, tables.get(command, {}), _own_keys(command)))
    defaults["rules"] = dict.fromkeys(("list", "show"), defaults.get("rules", {}))
    return defaults, files


def _own_keys(command: str) -> dict[str, str]:
    return {**_HERE, "format": "formats" if command == "analyze" else "format_"}


def _parameters(path: Path, given: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    for key, value in given.items():
        if key not in known:
            raise _unknown(path, f"key {key!r}", key, known)
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str | bool | int) for one in values):
            raise click.ClickException(
                f"{path}: {key} expects a text, a number, true or false, or a list of texts"
            )
        if key in _PATHS:
            values = [_beside(path, str(one)) for one in values]
        repeated = known[key] == "formats" or key in _REPEATABLE
        yield known[key], values if repeated else values[0] if values else None


def _beside(path: Path, value: str) -> str:
    """A path, also one with a role before it, as seen from the file's own folder."""
    role, equals, name = value.rpartition("=")
    return f"{role}{equals}{path.parent / Path(name).expanduser()}"


def _unknown(path: Path, what: str, name: str, known: Mapping[str, object]) -> click.ClickException:
    from sipdiag.knowledge.spelling import did_you_mean

    return click.ClickException(f"{path}: {what} means nothing; {did_you_mean(name, sorted(known))}")


def _user_file() -> Path | None:
    folder = os.environ.get("APPDATA" if os.name == "nt" else "XDG_CONFIG_HOME") or ""
    base = Path(folder) if folder and Path(folder).is_absolute() else _home_folder()
    path = base / "sipdiag" / USER if base is not None else None
    return path if path is not None and path.is_file() else None


def _home_folder() -> Path | None:
    try:
        return Path.home() / ".config"
    except RuntimeError:
        return None


def _project_file(folder: Path) -> Path | None:
    for place in (folder, *folder.parents):
        own = place / PROJECT
        if own.is_file():
            return own
        shared = place / PYPROJECT
        if shared.is_file() and _SECTION in _text(shared):
            return shared
    return None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be read ({error.strerror})") from None
    if len(data) > _LARGEST:
        raise click.ClickException(
            f"{path}: is larger than {_LARGEST:,} bytes; that is no configuration file"
        )
    return data.decode("utf-8-sig", "replace")


def _settings(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        whole = tomllib.loads(_text(path))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise click.ClickException(f"{path}: is no TOML: {error}") from None
    if path.name != PYPROJECT:
        return whole
    tool = whole.get("tool")
    settings = tool.get("sipdiag") if isinstance(tool, dict) else None
    return settings if isinstance(settings, dict) else {}
