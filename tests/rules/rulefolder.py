"""Small tables of facts, and rule files written for one test."""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from textwrap import dedent

import pytest

from sipdiag.facts.declare import Fact
from sipdiag.rules.catalogue import Catalogue
from sipdiag.rules.load import load
from sipdiag.rules.problem import RuleError


class Outcome(IntEnum):
    busy = 1
    no_answer = 2


class Cause(IntEnum):
    geo = 1
    caller_id = 2

    @property
    def label(self) -> str:
        return {"geo": "geographic permission", "caller_id": "caller ID"}[self.name]


FACTS = {
    "leg": (
        Fact("answered", "bool", "", "answered"),
        Fact("ended", "bool", "", "ended"),
        Fact("outcome", "int", "", "how it ended", enum=Outcome),
        Fact("cause", "int", "", "why it was refused", enum=Cause),
        Fact("tries", "int", "", "number of tries"),
        Fact("status", "int", "", "final status"),
        Fact("ring_s", "double", "s", "ringing"),
        Fact("platform", "string", "", "platform", absent="the platform"),
        Fact("reason", "string", "", "reason phrase"),
        Fact("codecs", "list_string", "", "codecs"),
        Fact("final_headers", "map_string", "", "headers of the final response"),
    ),
    "transfer": (
        Fact("refused", "bool", "", "refused"),
        Fact("tries", "int", "", "number of tries"),
    ),
    "registration": (Fact("refused", "bool", "", "refused"),),
}
EVIDENCE = {"leg": ("invite", "final"), "transfer": ("refer",)}

RULE = {
    "title": "A title",
    "subject": "leg",
    "severity": "error",
    "confidence": "certain",
    "responsible": "carrier",
    "when": "answered",
    "sentence": "It happened.",
    "why": "Because.",
}


class Folder:
    """A folder of rules of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, rule_id: str, text: str) -> Path:
        """A rule file with exactly this text."""
        path = self.root / f"{rule_id}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
        return path

    def rule(self, rule_id: str, **keys: str) -> Path:
        """A sound rule, with these keys (YAML after the colon) in place of the usual ones."""
        merged = RULE | keys
        return self.write(rule_id, "".join(f"{key}: {value}\n" for key, value in merged.items()))

    def load(self) -> Catalogue:
        return load([self.root], FACTS, EVIDENCE, builtin=False)

    def complaint(self) -> str:
        """What loading complains of, with file names relative to the folder."""
        with pytest.raises(RuleError) as caught:
            self.load()
        return str(caught.value).replace(f"{self.root}/", "")
