"""What supersedes, explains and fallback leave of what fired."""

from __future__ import annotations

from sipdiag.rules.evaluate import evaluate
from sipdiag.rules.subject import Subject
from tests.rules.rulefolder import Folder


def leg(number: int, call: str | None = "c1", **facts: object) -> Subject:
    return Subject("leg", f"{call or 'x'}.{number}", facts, call=call)


def told(folder: Folder, *subjects: Subject) -> dict[tuple[str, str], str | None]:
    """(rule, subject) → the rule it is a consequence of."""
    found = evaluate(folder.load(), subjects)
    assert all((one.role == "consequence") == (one.consequence_of is not None) for one in found)
    return {(one.rule, one.subject): one.consequence_of for one in found}


def test_supersedes_on_the_same_subject(folder: Folder) -> None:
    folder.rule("a/special", when="tries > 0", supersedes="[a/general]")
    folder.rule("a/general")
    assert told(folder, leg(1, answered=True, tries=1)) == {("a/special", "c1.1"): None}
    assert told(folder, leg(1, answered=True)) == {("a/general", "c1.1"): None}


def test_supersedes_spares_a_sibling(folder: Folder) -> None:
    folder.rule("a/special", when="tries > 0", supersedes="[a/general]")
    folder.rule("a/general")
    found = told(folder, leg(1, tries=1), leg(2, answered=True))
    assert found == {("a/special", "c1.1"): None, ("a/general", "c1.2"): None}


def test_supersedes_another_kind_of_the_same_call(folder: Folder) -> None:
    folder.rule("a/transfer", subject="transfer", when="refused", supersedes="[a/leg]")
    folder.rule("a/leg")
    transfer = Subject("transfer", "c1.t1", {"refused": True}, call="c1")
    assert told(folder, leg(1, answered=True), transfer, leg(1, "c2", answered=True)) == {
        ("a/transfer", "c1.t1"): None,
        ("a/leg", "c2.1"): None,
    }


def test_superseding_reaches_through(folder: Folder) -> None:
    folder.rule("a/one", supersedes="[a/two]")
    folder.rule("a/two", supersedes="[a/three]")
    folder.rule("a/three")
    assert told(folder, leg(1, answered=True)) == {("a/one", "c1.1"): None}
    [finding] = evaluate(folder.load(), [leg(1, answered=True)])
    assert finding.supersedes == {"a/two", "a/three"}


def test_explains_across_the_legs_of_a_call(folder: Folder) -> None:
    folder.rule("a/cause", when="tries > 0", explains="[a/effect]")
    folder.rule("a/effect")
    assert told(folder, leg(1, answered=True), leg(2, tries=1), leg(1, "c2", answered=True)) == {
        ("a/effect", "c1.1"): "a/cause",
        ("a/cause", "c1.2"): None,
        ("a/effect", "c2.1"): None,
    }


def test_what_is_superseded_explains_nothing(folder: Folder) -> None:
    folder.rule("a/best", supersedes="[a/cause]")
    folder.rule("a/cause", explains="[a/effect]")
    folder.rule("a/effect")
    assert told(folder, leg(1, answered=True)) == {("a/best", "c1.1"): None, ("a/effect", "c1.1"): None}


def test_the_strongest_explanation(folder: Folder) -> None:
    folder.rule("a/guess", confidence="possible", explains="[a/effect]")
    folder.rule("a/sure", confidence="certain", explains="[a/effect]")
    folder.rule("a/hint", severity="info", explains="[a/effect]")
    folder.rule("a/effect")
    assert told(folder, leg(1, answered=True))[("a/effect", "c1.1")] == "a/sure"


def test_subjects_without_a_call_stand_alone(folder: Folder) -> None:
    folder.rule("a/cause", explains="[a/effect]", when="tries > 0")
    folder.rule("a/effect")
    found = told(folder, leg(1, None, answered=True), leg(2, None, tries=1))
    assert found == {("a/effect", "x.1"): None, ("a/cause", "x.2"): None}


def test_fallback_drops_beside_a_warning_on_its_subject_only(folder: Folder) -> None:
    folder.rule("a/fallback", fallback="true", when="ended")
    folder.rule("a/warning", severity="warning")
    assert told(folder, leg(1, ended=True, answered=True), leg(2, ended=True)) == {
        ("a/warning", "c1.1"): None,
        ("a/fallback", "c1.2"): None,
    }


def test_fallback_stays_beside_information_and_other_fallbacks(folder: Folder) -> None:
    folder.rule("a/fallback", fallback="true")
    folder.rule("a/other", fallback="true", severity="warning")
    folder.rule("a/note", severity="info")
    assert len(told(folder, leg(1, answered=True))) == 3


def test_fallback_drops_beside_what_is_superseded_itself(folder: Folder) -> None:
    folder.rule("a/transfer", subject="transfer", when="refused", supersedes="[a/leg]")
    folder.rule("a/leg")
    folder.rule("a/fallback", fallback="true")
    transfer = Subject("transfer", "c1.t1", {"refused": True}, call="c1")
    assert told(folder, leg(1, answered=True), transfer) == {("a/transfer", "c1.t1"): None}


def test_a_dropped_fallback_supersedes_nothing(folder: Folder) -> None:
    folder.rule("a/fallback", fallback="true", supersedes="[a/note]")
    folder.rule("a/note", severity="info")
    folder.rule("a/warning", severity="warning")
    assert set(told(folder, leg(1, answered=True))) == {("a/note", "c1.1"), ("a/warning", "c1.1")}


def test_what_follows_from_information_is_information(folder: Folder) -> None:
    folder.rule("a/left", severity="info", when="tries > 0", explains="[a/effect]")
    folder.rule("a/effect", severity="error")
    found = evaluate(folder.load(), [leg(1, answered=True), leg(2, tries=1), leg(1, "c2", answered=True)])
    assert {(one.rule, one.subject): one.severity.name for one in found} == {
        ("a/effect", "c1.1"): "info",
        ("a/left", "c1.2"): "info",
        ("a/effect", "c2.1"): "error",
    }
