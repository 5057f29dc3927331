"""Three-valued logic, choices, evidence, and what happens when a rule fails on a subject."""

from __future__ import annotations

import pytest

from sipdiag.knowledge.provider import AdviceStep
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.position import Frame
from sipdiag.rules.evaluate import Evaluator, evaluate
from sipdiag.rules.evidence import MAX_WHAT, describe
from sipdiag.rules.finding import Confidence, Finding, FixStep, Severity
from sipdiag.rules.problem import RuleError
from sipdiag.rules.subject import Subject
from sipdiag.sip.message import Message
from tests.rules.rulefolder import EVIDENCE, FACTS, Cause, Folder, Outcome


def on(folder: Folder, **facts: object) -> list[Finding]:
    return evaluate(folder.load(), [Subject("leg", "c1.1", facts, call="c1")])


@pytest.mark.parametrize(
    ("when", "facts", "fires"),
    [
        ("answered", {}, False),
        ("answered", {"answered": True}, True),
        ("answered", {"answered": None}, False),
        ("!answered", {}, False),
        ("!answered", {"answered": False}, True),
        ("answered && ring_s > 3.0", {"answered": True}, False),
        ("answered || ring_s > 3.0", {"answered": True}, True),
        ("ring_s > 3.0 || answered", {"answered": True}, True),
        ("!(answered && ring_s > 3.0)", {"answered": False}, True),
        ("ring_s > 3.0", {"ring_s": 4}, True),
        ("outcome == Outcome.busy", {"outcome": Outcome.busy}, True),
        ("outcome == Outcome.busy", {"outcome": 1}, True),
        ("outcome != Outcome.busy", {"outcome": Outcome.no_answer}, True),
        ("outcome != Outcome.busy", {}, False),
        ("outcome in [Outcome.busy, Outcome.no_answer]", {"outcome": Outcome.no_answer}, True),
        ("'PCMA' in codecs", {"codecs": ("PCMU", "PCMA")}, True),
        ("tries > 5", {"tries": 2**70}, True),
        ("tries < 5", {"tries": -(2**70)}, True),
        ("platform == 'x' && answered", {"platform": "x", "answered": True, "not_in_table": object()}, True),
    ],
)
def test_fires_only_when_true(folder: Folder, when: str, facts: dict[str, object], fires: bool) -> None:
    folder.rule("a/b", when=f"|\n  {when}")
    assert [finding.rule for finding in on(folder, **facts)] == (["a/b"] if fires else [])


def test_failure_is_a_note_told_once(folder: Folder) -> None:
    folder.rule("a/b", when="|\n  final_headers['x-code'] == '1'")
    folder.rule("a/c", when="8 / tries > 1")
    folder.rule("a/d")
    evaluator = Evaluator(folder.load())
    facts = {"final_headers": {}, "tries": 0, "answered": True}
    for number in range(3):
        found = evaluator.evaluate([Subject("leg", f"c{number}.1", facts)])
        assert [finding.rule for finding in found] == ["a/d"]
    assert [note.code for note in evaluator.notes] == ["rule-error", "rule-error"]
    assert "Rule a/b failed on c0.1" in evaluator.notes[0].text
    assert "x-code" in evaluator.notes[0].text
    assert "Rule a/c failed on c0.1: the condition '8 / tries > 1'" in evaluator.notes[1].text
    assert "divide by zero" in evaluator.notes[1].text


def test_wrong_value_is_a_note(folder: Folder) -> None:
    folder.rule("a/b", when="ring_s > 1.0")
    evaluator = Evaluator(folder.load())
    assert evaluator.evaluate([Subject("leg", "c1.1", {"ring_s": "long"})]) == []
    assert [note.code for note in evaluator.notes] == ["rule-error"]


def test_remembered_combinations_do_not_mix(folder: Folder) -> None:
    folder.rule("a/discrete", when="answered && tries > 1")
    folder.rule("a/measured", when="answered && ring_s > 1.0")
    evaluator = Evaluator(folder.load())
    seen = []
    for tries, ring_s in [(1, 2.0), (2, 2.0), (2, 0.5), (1, 0.5), (2, None)]:
        facts = {"answered": True, "tries": tries, "ring_s": ring_s}
        seen.append([f.rule for f in evaluator.evaluate([Subject("leg", "c1.1", facts)])])
    assert seen == [["a/measured"], ["a/discrete", "a/measured"], ["a/discrete"], [], ["a/discrete"]]


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("ended && ring_s > 1.0 && platform == 'x'", {"ended": True, "ring_s": 2.0, "platform": "x"}),
        ("ring_s > 1.0 && (ended || answered) // and so on\n  && true", {"ended": True, "ring_s": 2.0}),
        ("ring_s > 1.0 && 8 / tries > 1", {"tries": 2, "ring_s": 2.0}),
        ("ended || ring_s > 1.0 && answered", {"ended": True}),
        ("ended ? ring_s > 1.0 && answered : ring_s > 1.0", {"ended": False, "ring_s": 2.0}),
    ],
)
def test_a_guard_never_decides_otherwise(folder: Folder, when: str, facts: dict[str, object]) -> None:
    """Whatever was remembered of other subjects: a rule fires where its whole condition holds."""
    folder.rule("a/b", when=f"|\n  {when}")
    evaluator = Evaluator(folder.load())
    some: list[dict[str, object]] = [{}, {"ended": False}, {"tries": 0}, {"answered": False, "ring_s": 0.5}]
    for other in (*some, facts, *some, facts):
        found = evaluator.evaluate([Subject("leg", "c1.1", other)])
        assert bool(found) == (other is facts)


def test_a_remembered_false_is_not_an_absent_fact(folder: Folder) -> None:
    folder.rule("a/b", when="|\n  !answered")
    evaluator = Evaluator(folder.load())
    assert evaluator.evaluate([Subject("leg", "c1.1", {})]) == []
    assert len(evaluator.evaluate([Subject("leg", "c1.1", {"answered": False})])) == 1


def test_cases(folder: Folder) -> None:
    folder.write(
        "a/b",
        """\
        title: A title
        subject: leg
        severity: info
        confidence: possible
        responsible: platform
        let: {often: tries > 1, very_often: often && tries > 5}
        when: answered
        sentence: One try.
        why: Because.
        cases:
          - when: very_often
            also: Very often.
            fix: [Try less.]
          - {when: ring_s > 10.0, severity: error}
          - when: often
            severity: warning
            sentence: "{{ tries | plural('try', 'tries') }}."
            why: Again.
            also: And again.
            fix: [Wait.]
          - {when: ended, confidence: certain, sentence: It ended.}
          - {when: cause == Cause.geo, responsible: carrier-account}
        fix: [Always this.]
        """,
    )
    [plain] = on(folder, answered=True)
    assert (plain.severity, plain.confidence) == (Severity.info, Confidence.possible)
    assert (plain.acts.as_, plain.sentence, plain.why) == ("platform", "One try.", "Because.")
    assert plain.fix == (FixStep("Always this."),)
    [other] = on(folder, answered=True, tries=2, ended=True, cause=Cause.geo)
    assert (other.severity, other.confidence) == (Severity.warning, Confidence.certain)
    assert (other.acts.as_, other.sentence) == ("carrier-account", "2 tries.")
    assert (other.why, other.fix) == ("Again. And again.", (FixStep("Wait."), FixStep("Always this.")))
    [worst] = on(folder, answered=True, tries=6, ring_s=11.0)
    assert (worst.severity, worst.sentence) == (Severity.error, "6 tries.")
    assert worst.why == "Again. Very often. And again."
    assert [step.text for step in worst.fix] == ["Try less.", "Wait.", "Always this."]


def test_a_name_in_the_condition(folder: Folder) -> None:
    folder.rule(
        "a/b", let="{long: 'ring_s > 3.0 // in seconds', both: long && ended}", when="answered && !both"
    )
    for facts, fires in (
        ({"ring_s": 5.0}, False),
        ({"ring_s": 5.0, "ended": False}, True),
        ({"ring_s": 1.0}, True),
    ):
        assert bool(on(folder, answered=True, **facts)) == fires


def test_advice_by_name(folder: Folder) -> None:
    folder.rule("a/b", fix="[cause, callee.refer_enable, caller.refer_send]")
    asked = {"cause": (AdviceStep("Pay."),), "callee.refer_enable": (AdviceStep("Switch it on.", "on"),)}
    subject = Subject("leg", "c1.1", {"answered": True}, advice=lambda name: asked.get(name, ()))
    [finding] = evaluate(folder.load(), [subject])
    assert finding.fix == (FixStep("Pay."), FixStep("Switch it on.", "on"))


@pytest.mark.parametrize("advised", [True, False])
def test_a_text_beside_advice_is_for_whom_no_file_advises(folder: Folder, advised: bool) -> None:
    folder.rule(
        "a/b", fix="[{advice: callee.refer_enable, text: 'Try {{ tries }} times.', command: 'x {{ tries }}'}]"
    )
    steps = (AdviceStep("Switch it on."),) if advised else ()
    subject = Subject("leg", "c1.1", {"answered": True, "tries": 2}, advice=lambda _: steps)
    [finding] = evaluate(folder.load(), [subject])
    assert finding.fix == (FixStep("Switch it on.") if advised else FixStep("Try 2 times.", "x 2"),)


def test_fix_steps(folder: Folder) -> None:
    folder.rule(
        "a/b",
        fix="""
  - text: On {{ platform }} do this.
    when: platform == "retell"
    command: mode = {{ reason }}
    url: https://example.com/a
  - text: Else that.
    command: fix --try {{ tries }} --on {{ platform }}
    url: https://example.com/b""",
    )
    [without] = on(folder, answered=True)
    assert without.fix == (
        FixStep("Else that.", "fix --try <tries> --on <platform>", "https://example.com/b"),
    )
    [given] = on(folder, answered=True, tries=2, platform="retell", reason="$(reboot)\n; x")
    assert given.fix == (
        FixStep("On retell do this.", "mode = '$(reboot) ; x'", "https://example.com/a"),
        FixStep("Else that.", "fix --try 2 --on retell", "https://example.com/b"),
    )


def test_failing_text_leaves_the_title_and_a_note(folder: Folder) -> None:
    folder.rule("a/b", sentence="\"{{ 'a' * 100000000 }}\"")
    evaluator = Evaluator(folder.load())
    [finding] = evaluator.evaluate([Subject("leg", "c1.1", {"answered": True})])
    assert finding.sentence == "A title"
    assert [note.code for note in evaluator.notes] == ["rule-error"]


def captured(raw: bytes, time_ns: int) -> CapturedMessage:
    host = Host("192.0.2.1", 5060)
    return CapturedMessage(Message(raw), time_ns, Frame(0, time_ns), host, host, "UDP")


INVITE = b"INVITE sip:+15550100@example.com SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n"
REFUSAL = b"SIP/2.0 403 Forbidden\r\nCSeq: 1 INVITE\r\n\r\n"
REFER = b"REFER sip:a@example.com SIP/2.0\r\nCSeq: 2 REFER\r\nRefer-To: <tel:+15550101>\r\n\r\n"
NOTIFY = (
    b"NOTIFY sip:a@example.com SIP/2.0\r\nCSeq: 3 NOTIFY\r\nEvent: refer\r\n"
    b"Content-Type: message/sipfrag\r\nContent-Length: 23\r\n\r\nSIP/2.0 486 Busy Here\r\n"
)


def test_evidence_in_order_of_time_and_once(folder: Folder) -> None:
    folder.rule("a/b", evidence="[final, invite]")
    invite, refusal = captured(INVITE, 1), captured(REFUSAL, 2)
    source = {"invite": [invite], "final": [refusal, invite]}
    for evidence in (source, lambda name: source[name]):
        subject = Subject("leg", "c1.1", {"answered": True}, evidence, decides=True)
        [finding] = evaluate(folder.load(), [subject])
        assert [one.captured for one in finding.evidence] == [invite, refusal]
        assert [one.what for one in finding.evidence] == [
            "INVITE sip:+15550100@example.com",
            "403 Forbidden (INVITE)",
        ]
        assert finding.decides


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (REFER, "REFER sip:a@example.com, Refer-To tel:+15550101"),
        (NOTIFY, "NOTIFY sip:a@example.com (486 Busy Here)"),
        (b"SIP/2.0 403 \r\n\r\n", "403"),
        (b"BYE sip:a SIP/2.0\r\n\r\n", "BYE sip:a"),
    ],
)
def test_describe(raw: bytes, what: str) -> None:
    assert describe(Message(raw)) == what


def test_describe_is_bounded() -> None:
    assert len(describe(Message(b"INVITE sip:" + b"a" * 9000 + b" SIP/2.0\r\n\r\n"))) == MAX_WHAT


def test_a_kind_without_rules_or_facts_is_silent(folder: Folder) -> None:
    folder.rule("a/b")
    assert evaluate(folder.load(), [Subject("exchange", "x1", {"answered": True})]) == []


def test_built_in_rule_that_does_not_compile_says_where(builtin: Folder) -> None:
    from sipdiag.rules.load import load

    builtin.rule("a/b", when="answred")
    catalogue = load([], FACTS, EVIDENCE)
    with pytest.raises(RuleError, match=r"a/b\.yaml:6:7: there is no fact 'answred'"):
        evaluate(catalogue, [Subject("leg", "c1.1", {})])
