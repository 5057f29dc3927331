"""Full examination of rule files, as for ``--rules`` and ``rules check``.

Every fault is reported, not just the first, except that a file whose shape is wrong is not looked
into any further.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from sipdiag.facts.declare import ADVISED, EvidenceTable, Fact, FactTable, makers
from sipdiag.knowledge.providers import Providers
from sipdiag.knowledge.references import FILE as REFERENCES
from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.knowledge.yamlfile import YamlError
from sipdiag.knowledge.yamltext import load as load_yaml
from sipdiag.rules.catalogue import PROVIDERS, catalogue_root, rule_files
from sipdiag.rules.expression import ExpressionError
from sipdiag.rules.language import Language, Recent
from sipdiag.rules.let import expanded
from sipdiag.rules.models import misshapes
from sipdiag.rules.place import RuleFile, yaml_problem
from sipdiag.rules.problem import Problem
from sipdiag.rules.relations import cycles
from sipdiag.rules.schema import Rule, rule_from
from sipdiag.rules.template import Sentences, TemplateError

LANGUAGES = 16
"""Languages kept at a time: that of a rule with ``let`` is of no use to the next."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*")


class _Checker:
    """Checks files against one pair of tables; languages are built once per kind and names given."""

    def __init__(self, facts: FactTable, evidence: EvidenceTable, advice: frozenset[str]) -> None:
        self._facts = facts
        self._evidence = evidence
        self._advice = advice
        """Every name under which some provider file advises something."""
        self._languages: Recent[Language] = Recent(LANGUAGES)
        """By kind of subject and the names that a rule gives."""
        self._texts: dict[str, Sentences] = {}

    def file(self, rule_id: str, path: Path) -> tuple[Rule | None, list[Problem]]:
        try:
            document = load_yaml(path)
        except YamlError as error:
            return None, [yaml_problem(error)]
        source = RuleFile(document)
        if not _ID.fullmatch(rule_id):
            text = f"'{rule_id}' is no rule id: lower-case letters, digits and hyphens only"
            return None, [Problem(source.name, 0, 0, text, hint="rename the file or its folder")]
        found = [source.problem(bad.path, bad.text, bad.hint) for bad in misshapes(document.data)]
        if found:
            return None, sorted(found, key=lambda problem: (problem.line, problem.column))
        rule = rule_from(rule_id, path, document.data)
        problems = [
            *self._expressions(rule, source),
            *self._templates(rule, source),
            *self._names(rule, source),
        ]
        return (None if problems else rule), problems

    def _expressions(self, rule: Rule, source: RuleFile) -> Iterator[Problem]:
        names = [fact.name for fact in self._facts.get(rule.subject, ())]
        for name in rule.let:
            if name in names:
                yield source.problem(("let", name), f"'{name}' is a fact already", "choose another name")
                return
        for path, expression in rule.expressions():
            try:
                self._language(rule, path).compile(expression)
                if rule.let:
                    self._language_of(rule.subject).compile(expanded(expression, rule.let))
            except ExpressionError as error:
                yield source.expression(path, expression, error)
                continue
            if any(row.strip() and source.find(path, row) is None for row in expression.split("\n")):
                text = "an expression stands on one line, or line by line under '|'"
                yield source.problem(path, text, "folded or escaped, its faults could not be located")

    def _language(self, rule: Rule, path: tuple[str | int, ...]) -> Language:
        """What an expression at ``path`` may name: the facts, and the names of ``let`` that were given before."""
        names = tuple(rule.let)
        if path[0] == "let":
            names = names[: names.index(str(path[1]))]
        return self._language_of(rule.subject, names)

    def _language_of(self, subject: str, names: tuple[str, ...] = ()) -> Language:
        key = (subject, names)
        language = self._languages.get(key)
        if language is None:
            given = [Fact(name, "bool", "", "a name of this rule") for name in names]
            language = self._languages[key] = Language([*self._facts.get(subject, ()), *given])
        return language

    def _templates(self, rule: Rule, source: RuleFile) -> Iterator[Problem]:
        texts = self._texts.get(rule.subject)
        if texts is None:
            texts = self._texts[rule.subject] = Sentences(self._facts.get(rule.subject, ()))
        for path, template in rule.templates():
            try:
                texts.check(template)
            except TemplateError as error:
                yield source.template(path, template, error)

    def _names(self, rule: Rule, source: RuleFile) -> Iterator[Problem]:
        known = self._evidence.get(rule.subject, ())
        for i, name in enumerate(rule.evidence):
            if name not in known:
                hint = did_you_mean(name, known)
                yield source.problem(("evidence", i), f"a {rule.subject} has no evidence '{name}'", hint)
        for path, fix in rule.steps():
            if fix.advice is not None and (fault := self._advice_fault(rule.subject, fix.advice)):
                yield source.problem(path, *fault)

    def _advice_fault(self, subject: str, name: str) -> tuple[str, str] | None:
        """What is wrong with the name of advice, and what to do about it."""
        parties = ADVISED.get(subject, ())
        party, dot, wanted = name.partition(".")
        if name == "cause":
            return None
        if not dot or party not in (*parties, *makers(subject, self._evidence.get(subject, ()))):
            known = ", ".join(f"{party}.NAME" for party in parties)
            hint = f"advice is 'cause'{known and ' or '}{known}; put a step of your own in quotes with a full stop"
            return f"'{name}' is no advice that a {subject} has", hint
        if wanted not in self._advice:
            hint = did_you_mean(wanted, sorted(self._advice))
            return f"no provider file has advice named '{wanted}'", hint
        return None


def check_roots(
    roots: Sequence[Path], facts: FactTable, evidence_names: EvidenceTable
) -> tuple[dict[str, Rule], list[Problem]]:
    """The sound rules below ``roots``, later ones replacing those of the same id, and every fault."""
    checker = _Checker(facts, evidence_names, _advised(roots))
    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    for root in roots:
        if not root.is_dir():
            problems.append(Problem(str(root), 0, 0, "there is no such folder"))
            continue
        for rule_id, path in rule_files(root):
            rule, found = checker.file(rule_id, path)
            problems += found
            if rule is not None:
                rules[rule_id] = rule
        problems += _misplaced(root)
    return rules, problems


def _advised(roots: Sequence[Path]) -> frozenset[str]:
    """Every name under which a provider file advises something; broken files are reported elsewhere."""
    try:
        providers = Providers.load([catalogue_root(), *roots])
    except YamlError:
        providers = Providers.load([catalogue_root()])
    return frozenset().union(*(provider.advises for provider in providers))


def _misplaced(root: Path) -> Iterator[Problem]:
    """Files that look like rules but lie where no rule is read."""
    patterns = ("*.yaml", "*.yml", "*/*.yml", "*/*/*.yaml", "*/*/*.yml")
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        if path == root / REFERENCES:
            continue
        if not any(part.startswith(".") for part in path.relative_to(root).parts):
            hint = f"rules are {root}/FAMILY/NAME.yaml, provider tables {root}/{PROVIDERS}/NAME.yaml"
            yield Problem(str(path), 0, 0, "no rule is read from here", hint=hint)


def check_relations(rules: Mapping[str, Rule], checked: Iterable[str], *, complete: bool) -> list[Problem]:
    """Unknown ids and circles in ``supersedes`` and ``explains``.

    Unknown ids are looked for in the rules ``checked``, and only if the catalogue is ``complete``:
    without the built-in rules a user's rule may well name one that is not there.
    """
    problems: list[Problem] = []
    for rule_id in checked if complete else ():
        rule = rules[rule_id]
        if rule.reports_as is not None and rule.reports_as not in rules:
            text = f"there is no rule '{rule.reports_as}'"
            problems.append(_at(rule, ("reports_as",), text, did_you_mean(rule.reports_as, rules, "")))
        for key, named in (("supersedes", rule.supersedes), ("explains", rule.explains)):
            problems += [
                _at(rule, (key, i), f"there is no rule '{name}'", did_you_mean(name, rules, ""))
                for i, name in enumerate(named)
                if name not in rules
            ]
    for relation in ("supersedes", "explains"):
        for circle in cycles(rules, relation):
            text = f"'{relation}' goes in a circle: {' → '.join([*circle, circle[0]])}"
            problems.append(_at(rules[circle[0]], (relation,), text, "remove one of the steps"))
    return problems


def _at(rule: Rule, path: tuple[str | int, ...], text: str, hint: str) -> Problem:
    return RuleFile(load_yaml(rule.file)).problem(path, text, hint)
