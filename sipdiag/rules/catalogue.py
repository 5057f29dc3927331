"""All rules of a run, and where the built-in ones are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from sipdiag.facts.declare import EvidenceTable, FactTable
from sipdiag.rules.schema import Rule

PROVIDERS = "providers"
"""The folder of provider tables beside the rules' families."""


class Catalogue(Struct, frozen=True):
    """The rules to evaluate, with the tables they were checked against."""

    rules: Mapping[str, Rule]
    """By id, in the order of their ids."""
    facts: FactTable
    evidence: EvidenceTable
    digest: str
    """SHA-256, hex, over the contents of all rule and provider files."""
    builtin: bool = True
    """No rule or provider file of a user is among them."""

    def on(self, kind: str) -> list[Rule]:
        """The rules about one kind of subject."""
        return [rule for rule in self.rules.values() if rule.subject == kind]

    def superseded_by(self, rule_id: str) -> frozenset[str]:
        """Every rule that ``rule_id`` supersedes, directly or through another."""
        return _reach(self.rules, rule_id, "supersedes")


def _reach(rules: Mapping[str, Rule], start: str, relation: str) -> frozenset[str]:
    reached: set[str] = set()
    open_ids = [start]
    while open_ids:
        rule = rules.get(open_ids.pop())
        new = [] if rule is None else [other for other in getattr(rule, relation) if other not in reached]
        reached.update(new)
        open_ids += new
    return frozenset(reached)


def catalogue_root() -> Path:
    """The folder of the built-in rules: inside the package when installed, else that of the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_rules"
    return installed if installed.is_dir() else package.parent / "rules"


def rule_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Id and file of every rule below a root, by id."""
    files = [path for path in root.glob("*/*.yaml") if path.parent.name != PROVIDERS]
    yield from sorted((f"{path.parent.name}/{path.stem}", path) for path in files)
