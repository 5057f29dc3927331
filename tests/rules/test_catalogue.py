"""Loading folders over one another, the digest, and what list, show and check say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from sipdiag.rules import catalogue_text
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.load import load
from sipdiag.rules.problem import RuleError
from tests.rules.rulefolder import EVIDENCE, FACTS, Folder


def test_id_is_the_path_and_providers_are_no_rules(folder: Folder) -> None:
    folder.rule("b/two")
    folder.rule("a/one")
    folder.write("providers/acme", "name: Acme\n")
    assert list(folder.load().rules) == ["a/one", "b/two"]


def test_later_root_replaces(tmp_path: Path, folder: Folder) -> None:
    other = Folder(tmp_path / "other")
    folder.rule("a/one", title="First")
    folder.rule("a/two", title="Second")
    other.rule("a/one", title="Mine")
    catalogue = load([folder.root, other.root], FACTS, EVIDENCE, builtin=False)
    assert {rule.id: rule.title for rule in catalogue.rules.values()} == {"a/one": "Mine", "a/two": "Second"}


def test_users_rules_replace_built_in_ones(builtin: Folder, folder: Folder) -> None:
    builtin.rule("a/one", title="Built in")
    builtin.rule("a/two", title="Built in")
    folder.rule("a/one", title="Mine", supersedes="[a/two]")
    titles = {rule.id: rule.title for rule in load([folder.root], FACTS, EVIDENCE).rules.values()}
    assert titles == {"a/one": "Mine", "a/two": "Built in"}


def test_unknown_relation_is_a_fault_beside_the_built_in_rules(builtin: Folder, folder: Folder) -> None:
    builtin.rule("target/busy")
    folder.rule("a/one", supersedes="[target/busi]")
    with pytest.raises(RuleError) as caught:
        load([folder.root], FACTS, EVIDENCE)
    [problem] = caught.value.problems
    assert (problem.line, problem.column, problem.text) == (9, 14, "there is no rule 'target/busi'")
    assert problem.hint == "did you mean 'target/busy'?"
    assert list(load([folder.root], FACTS, EVIDENCE, builtin=False).rules) == ["a/one"]


def test_circle_through_a_built_in_rule(builtin: Folder, folder: Folder) -> None:
    builtin.rule("a/two", supersedes="[a/one]")
    folder.rule("a/one", supersedes="[a/two]")
    with pytest.raises(RuleError, match="goes in a circle"):
        load([folder.root], FACTS, EVIDENCE)


def test_broken_built_in_rule_is_named(builtin: Folder) -> None:
    builtin.write("a/one", "title: only\n")
    with pytest.raises(RuleError, match=r"a/one\.yaml: is no rule"):
        load([], FACTS, EVIDENCE)


def test_digest_follows_contents_alone(tmp_path: Path, builtin: Folder) -> None:
    folders = [Folder(tmp_path / name) for name in ("x", "y")]
    for folder in folders:
        folder.rule("a/one")
        folder.write("providers/acme", "name: Acme\n")
    first, second = (folder.load().digest for folder in folders)
    assert first == second
    assert len(first) == 64
    folders[1].write("providers/acme", "name: Acme Inc\n")
    assert folders[1].load().digest != first
    folders[0].rule("a/one", title="Other")
    assert folders[0].load().digest != first


def test_digest_sees_built_in_providers_without_built_in_rules(builtin: Folder, folder: Folder) -> None:
    folder.rule("a/one")
    before = folder.load().digest
    builtin.rule("a/two")
    assert folder.load().digest == before
    builtin.write("providers/acme", "name: Acme\n")
    assert folder.load().digest != before


def test_built_in_rules_load_without_heavy_imports(tmp_path: Path) -> None:
    Folder(tmp_path).rule("a/one")
    code = f"""
import sys
from pathlib import Path
import sipdiag.rules.load as load
load.catalogue_root = lambda: Path({str(tmp_path)!r})
from tests.rules.rulefolder import FACTS, EVIDENCE
assert list(load.load([], FACTS, EVIDENCE).rules) == ["a/one"]
import sipdiag.rules.evaluate
print(sorted({{"pydantic", "jinja2", "cel_expr_python", "phonenumbers", "rich"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.strip() == "[]"


def test_catalogue_root_holds_the_providers() -> None:
    assert catalogue_root().name in ("rules", "_rules")


def test_list(folder: Folder) -> None:
    folder.rule("b/two", cases="[{when: ended, severity: error}, {when: answered, severity: info}]")
    folder.rule("a/one", subject="transfer", when="refused", title="One")
    assert catalogue_text.rows(folder.load()) == [
        ("a/one", "error", "transfer", "One"),
        ("b/two", "error, info", "leg", "A title"),
    ]


def test_show(folder: Folder) -> None:
    path = folder.rule(
        "a/one",
        let="{over: ended}",
        cases="[{when: over, confidence: likely, sentence: It ended., also: So., fix: [{advice: cause, text: Ask.}, End it.]}]",
        evidence="[invite, final]",
        fix="[{text: Do it., when: over, command: do it, url: 'https://example.com'}]",
        references="[RFC 3515 §2.4]",
        fallback="true",
        captures="{fires: [a/bad], silent: [a/good]}",
    )
    assert (
        catalogue_text.show(folder.load().rules["a/one"])
        == f"""\
a/one: A title
File: {path}
Subject: leg
Severity: error
Confidence: certain
Who has to act: carrier
Names:
  - over: ended
Fires when:
  answered
Says: It happened.
Why:
  Because.
Cases:
  - when over
    likely
    Says: It ended.
    And: So.
    - the provider's advice: cause
          otherwise: Ask.
    - End it.
Proof:
  - invite
  - final
What to do:
  - Do it.
    when over
    do it
    https://example.com
References:
  - RFC 3515 §2.4
Only where nothing else above info fires on the subject.
Captures, fires:
  - a/bad
Captures, silent:
  - a/good
"""
    )


def test_check(builtin: Folder, folder: Folder) -> None:
    builtin.rule("b/two")
    folder.rule("a/one", when="answered && tries > 1", supersedes="[b/two]")
    folder.rule("a/two", when="ring_s > 1.0 && platform == 'x'")
    report = catalogue_text.check(folder.root, FACTS, EVIDENCE)
    assert (report.rules, report.problems) == (2, ())
    assert report.notes == (
        "a/two is computed anew for every leg: it names ring_s (double), platform (string)",
    )
    folder.rule("a/three", when="answred")
    report = catalogue_text.check(folder.root, FACTS, EVIDENCE)
    assert report.rules == 2
    assert [problem.text for problem in report.problems] == ["there is no fact 'answred' on this subject"]
