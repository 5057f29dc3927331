"""The line of a file that a fix step changes: as it is, and as it should be.

A step shows what to set; where the finding's proof cites that very setting, both stand side by side.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.position import Place
from sipdiag.rules.finding import Change, Evidence, FixStep

NOT_SET = "(not set)"
_FORMS = (
    ('"{key}": {value}', re.compile(r'"(?P<key>[A-Za-z_]\w{0,60})"\s*:\s*(?P<value>"[^"]*"|[\w.+-]+)')),
    ("{key}={value}", re.compile(r'(?<![\w"-])(?P<key>[A-Za-z_]\w{0,60})=(?P<value>"[^"]*"|[\w.+-]+)')),
    ("{key} = {value}", re.compile(r"--(?P<key>[a-z][a-z-]{0,60}) (?P<value>[\w.+-]+)")),
)
"""How commands set something: a member of JSON, an attribute or argument, an option of a command line."""
_LAST = re.compile(r"[^/@\]]+$")


class _Wanted(Struct, frozen=True):
    form: str
    value: str


def changes(steps: Iterable[FixStep], evidence: Sequence[Evidence]) -> tuple[FixStep, ...]:
    """The steps, each with the line that it changes, where the evidence has it."""
    places = [one.source for one in evidence if isinstance(one.source, Place)]
    return tuple(replace(step, change=_change(step, places)) for step in steps)


def _change(step: FixStep, places: Sequence[Place]) -> Change | None:
    wanted = dict(_settings(step.command or "")) if places else {}
    for place in places:
        last = _LAST.search(place.pointer)
        key = last[0] if last is not None else ""
        found = wanted.get(_plain(key))
        if found is None:
            continue
        old = found.form.format(key=key, value=place.value) if place.value is not None else NOT_SET
        new = found.form.format(key=key, value=found.value)
        if old != new and found.value.strip('"') != (place.value or "").strip('"'):
            return Change(place.file, place.line, old, new)
    return None


def _settings(command: str) -> Iterator[tuple[str, _Wanted]]:
    for form, pattern in _FORMS:
        for match in pattern.finditer(command[:500]):
            yield _plain(match["key"]), _Wanted(form, match["value"])


def _plain(key: str) -> str:
    """A key normalised for comparison: some products spell one key in two ways."""
    return key.replace("_", "").replace("-", "").lower()
