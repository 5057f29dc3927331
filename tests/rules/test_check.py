"""Every kind of fault names its file, line and column, points at the place, and says what to do."""

from __future__ import annotations

import pytest

from tests.rules.rulefolder import Folder

HEAD = """\
title: A title
subject: leg
severity: error
confidence: certain
responsible: carrier
sentence: It happened.
why: Because.
"""


def test_misspelt_fact(folder: Folder) -> None:
    folder.write("a/b", HEAD + "when: ended && answred\n")
    assert folder.complaint() == (
        "a/b.yaml:8:16: there is no fact 'answred' on this subject\n"
        "    when: ended && answred\n"
        "                   ^\n"
        "    did you mean 'answered'?"
    )


def test_line_of_a_block(folder: Folder) -> None:
    folder.write("a/b", HEAD + "when: |\n  ended &&\n    answred ||\n  tries > 0\n")
    assert folder.complaint() == (
        "a/b.yaml:10:5: there is no fact 'answred' on this subject\n"
        "        answred ||\n"
        "        ^\n"
        "    did you mean 'answered'?"
    )


def test_inside_a_case(folder: Folder) -> None:
    folder.write("a/b", HEAD + "when: ended\ncases:\n  - {when: ended && ring_s > 3, severity: info}\n")
    assert folder.complaint() == (
        "a/b.yaml:10:28: '>' does not go with double and int\n"
        "      - {when: ended && ring_s > 3, severity: info}\n"
        "                               ^\n"
        "    a double is compared with a double: write 3.0, not 3"
    )


@pytest.mark.parametrize(
    ("when", "column", "text", "hint"),
    [
        ("ring_s > 3", 14, "'>' does not go with double and int", "write 3.0, not 3"),
        ("outcome == Outcome.bussy", 18, "Outcome has no member 'bussy'", "did you mean 'Outcome.busy'?"),
        (
            "outcome == Outcome.xyzzy_xyzzy",
            18,
            "Outcome has no member",
            "known: Outcome.busy, Outcome.no_answer",
        ),
        ('outcome == "busy"', 15, "'==' does not go with int and string", "such as Outcome.busy"),
        ("outcome == Outcome", 18, "Outcome is a closed set, not a value", "such as Outcome.busy"),
        ("outcome == Cause.geo", 18, "'Cause.geo' is of the set Cause, not Outcome", "a member of Outcome"),
        ("Cause.geo == outcome", 20, "'outcome' is of the set Outcome, not Cause", "a member of Cause"),
        ("outcome in [Outcome.busy, Cause.geo]", 33, "'Cause.geo' is of the set Cause", "member of Outcome"),
        ("Outcom.busy == outcome", 7, "there is no fact 'Outcom'", "did you mean 'Outcome'?"),
        ("tries", 7, "must be true or false, but is int", "compare it"),
        ("answered && tries", 16, "'&&' does not go with bool and int", "n > 0"),
        ("ring_s == null", 14, "'==' does not go with double and null_type", "leave the test for null out"),
        ("platform.matches('a')", 16, "'matches' is not allowed in rules", "startsWith"),
        ("matches(platform, 'a')", 7, "'matches' is not allowed in rules", "startsWith"),
        ("lookup(tries)", 7, "there is no function 'lookup'", "CEL's own only"),
        ("answered &&", 18, "the expression ends too early", ""),
        ("(answered", 16, "missing ')'", ""),
    ],
)
def test_expression(folder: Folder, when: str, column: int, text: str, hint: str) -> None:
    folder.write("a/b", HEAD + f"when: {when}\n")
    first, source, caret, *hints = folder.complaint().split("\n")
    assert first.startswith(f"a/b.yaml:8:{column}: ")
    assert text in first
    assert source == f"    when: {when}"
    assert caret == " " * (4 + column - 1) + "^"
    assert hint in "\n".join(hints)


def test_matches_inside_a_text_is_no_call(folder: Folder) -> None:
    folder.write("a/b", HEAD + """when: platform == "x.matches('a')"\n""")
    assert list(folder.load().rules) == ["a/b"]


def test_different_sets_may_meet_in_one_condition(folder: Folder) -> None:
    folder.write("a/b", HEAD + "when: outcome in [Outcome.busy] && cause == Cause.geo\n")
    assert list(folder.load().rules) == ["a/b"]


def test_folded_expression(folder: Folder) -> None:
    folder.write("a/b", HEAD + "when: >-\n  ended &&\n  answered\n")
    assert folder.complaint() == (
        "a/b.yaml:8:1: an expression stands on one line, or line by line under '|'\n"
        "    when: >-\n"
        "    ^\n"
        "    folded or escaped, its faults could not be located"
    )


def test_unknown_key(folder: Folder) -> None:
    folder.write("a/b", HEAD + "when: ended\nevidnce: [final]\n")
    assert folder.complaint() == (
        "a/b.yaml:9:1: unknown key 'evidnce'\n    evidnce: [final]\n    ^\n    did you mean 'evidence'?"
    )


def test_unknown_key_of_a_fix(folder: Folder) -> None:
    folder.write("a/b", HEAD + "when: ended\nfix:\n  - text: Do it.\n    comand: do it\n")
    assert folder.complaint() == (
        "a/b.yaml:11:5: unknown key 'comand'\n        comand: do it\n        ^\n    did you mean 'command'?"
    )


def test_missing_key(folder: Folder) -> None:
    folder.write("a/b", HEAD)
    assert folder.complaint() == "a/b.yaml:1:1: the key 'when' is missing\n    title: A title\n    ^"


@pytest.mark.parametrize(
    ("key", "value", "place", "text", "hint"),
    [
        ("severity", "eror", "9:1", "'eror' is not one of 'info', 'warning' or 'error'", "'error'?"),
        ("confidence", "sure", "9:1", "'sure' is not one of 'possible', 'likely' or 'certain'", ""),
        ("responsible", "carrier_account", "9:1", "is not one of 'carrier'", "'carrier-account'?"),
        ("subject", "legs", "9:1", "'legs' is not one of 'leg'", "'leg'?"),
        ("cases", "[{severity: error}]", "9:9", "the key 'when' is missing", ""),
        ("cases", "[{when: ended}]", "9:9", "this case changes nothing", ""),
        ("cases", "[{when: ended, is: error}]", "9:23", "unknown key 'is'", "known: when, severity"),
        (
            "cases",
            "[{when: ended, fix: [{text: a, comand: b}]}]",
            "9:39",
            "unknown key 'comand'",
            "'command'?",
        ),
        ("let", "{Now: ended}", "9:7", "'Now' cannot be a name", "lower-case"),
        ("let", "{ended: answered}", "9:7", "'ended' is a fact already", "another name"),
        ("let", "{gone: tries}", "9:13", "must be true or false, but is int", "compare it"),
        ("let", "{first: second, second: ended}", "9:14", "there is no fact 'second'", ""),
        ("title", "12", "9:1", "expected text, found 12", "quotes"),
        ("title", "", "9:1", "expected text, found nothing", "quotes"),
        ("evidence", "final", "9:1", "expected a list, found 'final'", ""),
        ("fallback", "yes", "9:1", "expected true or false, found 'yes'", ""),
        ("evidence", "[finale]", "9:12", "a leg has no evidence 'finale'", "'final'?"),
        ("fix", "[{url: 'https://example.com'}]", "9:7", "needs a 'text', or 'advice'", ""),
        ("fix", "[[]]", "9:7", "expected a mapping, found a list", ""),
        ("fix", "[refer]", "9:7", "'refer' is no advice that a leg has", "advice is 'cause' or callee.NAME"),
        ("fix", "[file_final.refer_send]", "9:7", "is no advice that a leg has", "callee.NAME"),
        ("fix", "[{advice: callee.refer_send, text: '{{ nothing }}'}]", "9:45", "nothing", ""),
        ("fix", "[carrier.refer_send]", "9:7", "is no advice that a leg has", "callee.NAME, caller.NAME"),
        (
            "fix",
            "[callee.refer_sent]",
            "9:7",
            "no provider file has advice named 'refer_sent'",
            "'refer_send'?",
        ),
    ],
)
def test_value(folder: Folder, key: str, value: str, place: str, text: str, hint: str) -> None:
    kept = [line for line in (HEAD + "when: ended\n").splitlines() if not line.startswith(f"{key}:")]
    kept += ["# filler"] * (8 - len(kept))
    folder.write("a/b", "\n".join([*kept, f"{key}: {value}", ""]))
    message = folder.complaint()
    assert f"a/b.yaml:{place}: " in message
    assert text in message
    assert hint in message


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("severity: [{when: ended, is: error}, {is: info}]", "9:1", "{when: X, severity: Y}"),
        ("confidence: [{is: certain}]", "9:1", "what depends on facts stands in 'cases'"),
        ("responsible: [{is: carrier}]", "9:1", "{when: X, responsible: Y}"),
        ("sentence: [{when: ended, is: It did.}, {is: It happened.}]", "9:1", "{when: X, sentence: Y}"),
        ("fix: [{steps: cause}]", "9:8", "'steps' is called 'advice'"),
        ("fix: [{steps: cause}]", "9:8", "write '- cause' alone"),
        ("fix: [{text: a, setting: b}]", "9:17", "'setting' is called 'command'"),
        ("fix: [{text: a, source: b}]", "9:17", "'source' is called 'url'"),
        ("cases: [{when: ended, fix: [{steps: cause}]}]", "9:30", "'steps' is called 'advice'"),
    ],
)
def test_former_keys_name_what_takes_their_place(folder: Folder, text: str, place: str, said: str) -> None:
    key = text.split(":", 1)[0]
    kept = [line for line in (HEAD + "when: ended\n").splitlines() if not line.startswith(f"{key}:")]
    kept += ["# filler"] * (8 - len(kept))
    folder.write("a/b", "\n".join([*kept, text, ""]))
    complaint = folder.complaint()
    assert f"a/b.yaml:{place}: " in complaint
    assert said in complaint


def test_a_name_is_checked_where_it_stands(folder: Folder) -> None:
    folder.write("a/b", HEAD + "let: {long: ring_s > 3.0}\nwhen: ended && lonk\n")
    assert folder.complaint() == (
        "a/b.yaml:9:16: there is no fact 'lonk' on this subject\n"
        "    when: ended && lonk\n"
        "                   ^\n"
        "    did you mean 'long'?"
    )


def test_names_cannot_grow_without_bound(folder: Folder) -> None:
    names = "".join(f"  n{i}: n{i - 1} && n{i - 1}\n" for i in range(1, 60))
    folder.write("a/b", f"{HEAD}let:\n  n0: ended\n{names}when: n59\n")
    assert "with its names written out it is longer than 8,000 characters" in folder.complaint()


def test_yaml_fault(folder: Folder) -> None:
    folder.write("a/b", "title: A\ntitle: B\n")
    assert folder.complaint().startswith("a/b.yaml:2:1: the key 'title' stands twice\n    title: B\n    ^\n")


def test_not_a_mapping(folder: Folder) -> None:
    folder.write("a/b", "- title\n")
    assert folder.complaint().startswith("a/b.yaml:1:1: a rule file is a mapping")


def test_empty_file(folder: Folder) -> None:
    folder.write("a/b", "")
    assert folder.complaint().startswith("a/b.yaml:1:1: a rule file is a mapping")


def test_every_fault_of_every_file(folder: Folder) -> None:
    folder.write("a/b", HEAD + "when: answred\nevidence: [finale]\n")
    folder.write("a/c", "title: only\n")
    complaint = folder.complaint()
    assert "a/b.yaml:8:7" in complaint
    assert "a/b.yaml:9:12" in complaint
    assert complaint.count("a/c.yaml:1:1: the key") == 7


@pytest.mark.parametrize(
    ("sentence", "place", "text", "hint"),
    [
        ("It is {{ platfrom }}.", "6:21", "there is no fact 'platfrom'", "'platform'?"),
        ("It is {{ ring_s | secnds }}.", "6:30", "No filter named 'secnds'", "'seconds'?"),
        ("It is {{ ring_s .", "6:12", "expected name or number", ""),
    ],
)
def test_template(folder: Folder, sentence: str, place: str, text: str, hint: str) -> None:
    folder.write("a/b", HEAD.replace("It happened.", f'"{sentence}"') + "when: ended\n")
    complaint = folder.complaint()
    assert complaint.startswith(f"a/b.yaml:{place}: ")
    assert text in complaint
    assert hint in complaint


def test_template_in_folded_text(folder: Folder) -> None:
    folder.write("a/b", HEAD.replace("It happened.", ">-\n  It is\n  {{ platfrom }}.") + "when: ended\n")
    assert folder.complaint().startswith("a/b.yaml:8:6: there is no fact 'platfrom'")


def test_file_name(folder: Folder) -> None:
    folder.rule("a/Bad_Name")
    assert "a/Bad_Name.yaml: 'a/Bad_Name' is no rule id" in folder.complaint()


def test_misplaced_files(folder: Folder) -> None:
    folder.rule("a/b")
    folder.rule("top")
    folder.write("a/c.yml", "").rename(folder.root / "a" / "c.yml")
    folder.rule("a/deep/d")
    folder.rule(".git/x")
    complaint = folder.complaint()
    assert [line for line in complaint.split("\n") if "no rule is read from here" in line] == [
        "a/c.yml: no rule is read from here",
        "a/deep/d.yaml: no rule is read from here",
        "top.yaml: no rule is read from here",
    ]


def test_missing_folder(folder: Folder) -> None:
    assert folder.complaint().endswith("rules: there is no such folder")


@pytest.mark.parametrize("relation", ["supersedes", "explains"])
def test_circle(folder: Folder, relation: str) -> None:
    folder.rule("a/one", **{relation: "[a/two]"})
    folder.rule("a/two", **{relation: "[a/three]"})
    folder.rule("a/three", **{relation: "[a/one]"})
    complaint = folder.complaint()
    assert f"'{relation}' goes in a circle: a/one → a/two → a/three → a/one" in complaint
    assert complaint.startswith("a/one.yaml:9:1: ")
    assert complaint.count("circle") == 1


def test_a_rule_that_supersedes_itself(folder: Folder) -> None:
    folder.rule("a/one", supersedes="[a/one]")
    assert "circle: a/one → a/one" in folder.complaint()
