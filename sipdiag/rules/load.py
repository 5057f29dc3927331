"""Rule files → catalogue.

Built-in files are trusted to be well formed (their tests check them in full); files of users are
checked in full, key by key, expression by expression, text by text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from sipdiag.facts.declare import EvidenceTable, FactTable
from sipdiag.knowledge.parsed import Parsed
from sipdiag.knowledge.yamlfile import YamlError
from sipdiag.rules.catalogue import PROVIDERS, Catalogue, catalogue_root, rule_files
from sipdiag.rules.place import yaml_problem
from sipdiag.rules.problem import Problem, RuleError
from sipdiag.rules.schema import Rule, rule_from

Read = Callable[[Path], bytes]
"""Gives the bytes of a file, which may have been read before."""


def load(
    roots: Sequence[Path], facts: FactTable, evidence_names: EvidenceTable, builtin: bool = True
) -> Catalogue:
    """Read the built-in rules (unless ``builtin`` is false) and those below ``roots``.

    A rule of a later root replaces one of the same id.

    :raises RuleError: with every fault of every file.
    """
    read = cache(Path.read_bytes)
    rules = load_trusted(catalogue_root(), read) if builtin else {}
    if roots:
        from sipdiag.rules.check import check_relations, check_roots

        checked, problems = check_roots(roots, facts, evidence_names)
        rules.update(checked)
        if not problems:
            problems = check_relations(rules, checked, complete=builtin)
        if problems:
            raise RuleError(problems)
    rules = dict(sorted(rules.items()))
    hashed = digest(rules.values(), [catalogue_root(), *roots], read)
    return Catalogue(rules, facts, evidence_names, hashed, builtin=builtin and not roots)


def digest(rules: Iterable[Rule], roots: Iterable[Path], read: Read) -> str:
    """SHA-256, hex, of what decides a diagnosis: the rules in use and the provider tables below ``roots``.

    Independent of where the files lie and of their line ends.
    """
    named = [(rule.id, rule.file) for rule in rules]
    named += [
        (f"{PROVIDERS}/{path.stem}", path)
        for root in roots
        for path in sorted(root.glob(f"{PROVIDERS}/*.yaml"))
    ]
    sha = hashlib.sha256()
    for name, path in named:
        content = read(path).replace(b"\r\n", b"\n")
        sha.update(f"{name}\0{len(content)}\0".encode())
        sha.update(content)
    return sha.hexdigest()


def load_trusted(root: Path, read: Read = Path.read_bytes) -> dict[str, Rule]:
    """Read the rules below a root without examining them.

    :raises RuleError: a file is no rule at all.
    """
    rules: dict[str, Rule] = {}
    parsed = Parsed(root, read)
    for rule_id, path in rule_files(root):
        try:
            rules[rule_id] = rule_from(rule_id, path, parsed.load(path).data)
        except YamlError as error:
            raise RuleError([yaml_problem(error)]) from error
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            problem = Problem(
                str(path), 0, 0, f"is no rule: {error!r}", hint="'sipdiag rules check' says more"
            )
            raise RuleError([problem]) from error
    return rules
