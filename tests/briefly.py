"""Calls written in short: families of them in one YAML file, in the scenario language.

The hosts and dialogs of a file are common to its calls.  ``a up`` is a call that is set up by ``a``, ``a down bob +9`` its
end by Bob after nine seconds; ``a insists 11 BYE`` repeats what was sent as RFC 3261 §17.1 does until it was sent so often.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

import sipdiag
from sipdiag.pipeline.results import CallSummary
from sipdiag.scenario import compile_scenario

UP = ("INVITE", "100", "180", "200 +2", "ACK")
COMMON = ("hosts", "dialogs")
T2 = 4.0


class Call(NamedTuple):
    """A call, and what is expected of its diagnosis."""

    name: str
    scenario: dict[str, Any]
    expected: dict[str, Any]

    def diagnosed(self, folder: Path) -> list[CallSummary]:
        """What the program says of it."""
        scenario, capture = folder / f"{self.name}.scenario.yaml", folder / "call.pcap"
        scenario.write_text(yaml.safe_dump(self.scenario, sort_keys=False), encoding="utf-8")
        capture.write_bytes(compile_scenario(scenario))
        return sipdiag.analyze(capture).calls


def calls(folder: Path) -> Iterator[Call]:
    """All calls of a folder's files."""
    for path in sorted(folder.glob("*.yaml")):
        family = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, call in family["calls"].items():
            scenario = {"title": name, "copies": call.pop("copies", False)}
            scenario |= {key: family[key] | call.pop(key, {}) for key in COMMON}
            scenario["ladder"] = [line for given in call.pop("ladder") for line in _lines(given)]
            yield Call(f"{path.stem}-{name}", scenario, call)


def _lines(given: Any) -> Iterator[Any]:
    """The lines that a line of such a file stands for."""
    match given.split() if isinstance(given, str) else []:
        case [dialog, "up"]:
            yield from (f"{dialog} {line}" for line in UP)
        case [dialog, "down", *rest]:
            yield " ".join([dialog, rest[0], "BYE", *rest[1:]])
            yield f"{dialog} 200"
        case [dialog, "insists", times, *message]:
            pause = 0.5
            for _ in range(int(times) - 1):
                yield f"{dialog} {' '.join(message)} again +{pause}"
                pause = pause * 2 if message[0] == "INVITE" else min(2 * pause, T2)
        case _:
            yield given
