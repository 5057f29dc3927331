"""Templates: filters, closed sets, absent facts, hostile values, the sandbox."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.rules.bounds import MAX_TEXT
from sipdiag.rules.template import Sentences, TemplateError, tidy
from tests.rules.rulefolder import FACTS, Cause, Outcome

TEXTS = Sentences(FACTS["leg"])
NAMES = [fact.name for fact in FACTS["leg"]]
FILTERS = [
    "seconds",
    "number",
    "plural('x')",
    "listing",
    "join",
    "status",
    "country",
    "the_country",
    "times",
    "upper",
    "round",
    "int",
]
FILTERS += [
    "float",
    "abs",
    "length",
    "first",
    "last",
    "replace('a', 'b')",
    "trim",
    "title",
    "truncate(5)",
    "sort",
]


def say(source: str, **facts: object) -> str:
    return TEXTS.sentence(source, TEXTS.context(facts))


@pytest.mark.parametrize(
    ("source", "facts", "text"),
    [
        ("{{ ring_s | seconds }}", {"ring_s": 42.34}, "42.3 s"),
        ("{{ ring_s | seconds }}", {"ring_s": 30}, "30.0 s"),
        ("{{ ring_s | seconds }}", {"ring_s": 0.042}, "42 ms"),
        ("{{ ring_s | seconds }}", {"ring_s": 0.0}, "0 s"),
        ("{{ ring_s | seconds }}", {"ring_s": 725.4}, "12 min 05 s"),
        ("{{ ring_s }}", {"ring_s": 1234.5}, "1,234.5"),
        ("{{ tries | number }}", {"tries": 12345}, "12,345"),
        ("{{ tries | plural('try', 'tries') }}", {"tries": 1}, "1 try"),
        ("{{ tries | plural('try', 'tries') }}", {"tries": 2}, "2 tries"),
        ("{{ tries | plural('leg') }}", {"tries": 0}, "0 legs"),
        ("{{ status | status }}", {"status": 486}, "486 Busy Here"),
        ("{{ status | status }}", {"status": 499}, "499"),
        ("{{ codecs | join }}", {"codecs": ["PCMU", "PCMA"]}, "PCMU, PCMA"),
        ("{{ codecs | join('/') }}", {"codecs": ["PCMU", "PCMA"]}, "PCMU/PCMA"),
        ("{{ codecs | listing }}", {"codecs": ["a1", "b1", "c1"]}, "a1, b1 and c1"),
        ("{{ codecs | listing }}", {"codecs": []}, "none"),
        ("{{ codecs }}", {"codecs": ["a1", "b1"]}, "a1 and b1"),
        ("{{ cause }}", {"cause": Cause.geo}, "geographic permission"),
        ("{{ cause | capitalize }}", {"cause": 2}, "Caller id"),
        ("{{ outcome }}", {"outcome": Outcome.no_answer}, "no answer"),
        ("{{ ring_s | seconds | clause(' after {}') }}", {"ring_s": 3.0}, "after 3.0 s"),
        ("{{ tries | clause('{} tries') }}", {"tries": 1234}, "1234 tries"),
        ("{{ (tries + 1) | times }}", {"tries": 1}, "twice"),
        ("{{ answered }}", {"answered": True}, "yes"),
        ("{{ platform | country }}", {"platform": "PK"}, "Pakistan"),
        ("{{ platform | the_country }}", {"platform": "United States"}, "the United States"),
        ("{{ platform | the_country }}", {"platform": "Cayman Islands"}, "the Cayman Islands"),
        ("{{ platform | the_country }}", {"platform": "Pakistan"}, "Pakistan"),
        ("{{ tries | times }}", {"tries": 1}, "once"),
        ("{{ tries | times }}", {"tries": 2}, "twice"),
        ("{{ tries | times }}", {"tries": 3}, "3 times"),
        ("{{ platform | country }}", {"platform": "a place"}, "a place"),
        ("{{ platform }}", {"platform": "<b>&"}, "<b>&"),
    ],
)
def test_values(source: str, facts: dict[str, object], text: str) -> None:
    assert say(f"= {source}", **facts) == f"= {text}"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("After {{ ring_s | seconds }}.", "After an unknown time."),
        ("{{ platform }} hung up.", "The platform hung up."),
        ("Refused ({{ reason }}).", "Refused."),
        ("Refused ({{ ring_s | seconds }}) .", "Refused."),
        ("Reason: {{ reason | default('none given') }}.", "Reason: none given."),
        ("Status {{ status | status }}.", "Status unknown."),
        ("After {{ tries | plural('try', 'tries') }}.", "After an unknown number of tries."),
        ("It ended{{ ring_s | seconds | clause(' after {}') }}.", "It ended."),
        ("Refused{{ reason | clause(': {}') }}{{ codecs | listing | clause(', {}') }}.", "Refused."),
        (
            "Sum {{ ring_s + 1 }}, {{ 2 * ring_s }}, {{ -ring_s }}.",
            "Sum an unknown time, an unknown time, an unknown time.",
        ),
        ("Codecs: {{ codecs | join }}.", "Codecs: unknown."),
        ("Header {{ final_headers['x'] }}.", "Header unknown."),
        ("Cause {{ cause }}, {{ outcome | upper }}.", "Cause unknown, unknown."),
    ],
)
def test_absent(source: str, text: str) -> None:
    assert say(source) == text


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("filter_name", FILTERS)
def test_no_filter_fails_on_an_absent_fact(name: str, filter_name: str) -> None:
    text = say(f"It is {{{{ {name} | {filter_name} }}}}.")
    assert text.startswith("It is ")
    assert not any(word in text for word in ("None", "Undefined", "()", " 0"))


def test_commands_name_what_is_absent_and_quote_what_is_foreign() -> None:
    source = "set --on {{ platform }} --why {{ reason }} --for {{ cause }}"
    assert TEXTS.command(source, TEXTS.context({})) == "set --on <platform> --why <reason> --for <cause>"
    hostile = TEXTS.context({"platform": "a'; reboot #", "reason": "x\ny\u2028z"})
    assert TEXTS.command(source, hostile) == """set --on 'a'"'"'; reboot #' --why 'x y z' --for <cause>"""


def test_commands_keep_their_lines() -> None:
    assert TEXTS.command("a {{ tries }}\n  b\n", TEXTS.context({"tries": 1})) == "a 1\n  b"


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 1000000000 }}",
        "{{ 10 ** 1000000 }}",
        "{{ tries / 0 }}",
        "{{ 'a' + tries }}",
        "{{ codecs.append('x') }}",
        "{% include 'x' %}",
        "{{ ''.__class__ }}",
        "{{ absent.__class__.__mro__[1].__subclasses__() }}",
    ],
)
def test_misuse_is_a_template_error(source: str) -> None:
    with pytest.raises(TemplateError):
        say(source, tries=1, codecs=["a"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("pc", "pc hung up."),
        ("the other side", "The other side hung up."),
        ("another number", "Another number hung up."),
        ("theo", "theo hung up."),
        ("Pc", "Pc hung up."),
    ],
)
def test_a_name_keeps_its_case_where_a_sentence_begins(name: str, text: str) -> None:
    assert say("{{ platform }} hung up.", platform=name) == text


def test_text_is_bounded() -> None:
    assert len(say("{{ reason }}", reason="x" * 100_000)) <= MAX_TEXT


def test_text_of_a_capture_is_no_template() -> None:
    assert say("Said {{ reason }}", reason="{{ tries }}", tries=3) == "Said {{ tries }}"


@given(st.text())
def test_tidy_is_stable_and_one_line(text: str) -> None:
    once = tidy(text)
    assert "\n" not in once
    assert once == once.strip()


@pytest.mark.parametrize(
    ("source", "instead"),
    [
        ("{% if answered %}Yes{% endif %}", "put the condition under 'cases'"),
        ("{{ 'Yes' if answered else 'No' }}", "put the condition under 'cases'"),
        ("{{ tries > 1 }}", "put the condition under 'cases'"),
        ("{{ reason is defined }}", "the filter 'clause' drops what surrounds an absent one"),
        ("{% for codec in codecs %}{{ codec }}{% endfor %}", "'listing' or 'join'"),
        ("{{ range(3) }}", "'call' may not stand in a rule's text"),
        ("{% set n = tries %}{{ n }}", "'assign' may not stand in a rule's text"),
    ],
)
def test_a_text_decides_nothing(source: str, instead: str) -> None:
    with pytest.raises(TemplateError, match=instead):
        TEXTS.check(source)


def test_a_text_of_blanks_takes_no_time() -> None:
    start = time.process_time()
    assert tidy("a" + " " * 30_000 + "b [ ] c") == "A b c"
    assert time.process_time() - start < 1
