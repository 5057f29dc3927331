"""Rules and provider files of others can cost neither time nor memory: each way to make much of little."""

from __future__ import annotations

import re
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.knowledge.patterncost import burden
from sipdiag.knowledge.providers import Providers
from sipdiag.rules.bounds import MAX_TEXT
from sipdiag.rules.catalogue import catalogue_root
from sipdiag.rules.evaluate import Evaluator
from sipdiag.rules.subject import Subject
from sipdiag.rules.template import Sentences, TemplateError
from tests.rules.rulefolder import FACTS, Folder

MOST_SECONDS = 2.0
MOST_MEMORY = 64 * 1024 * 1024
HUGE = "x" * 1_000_000
LIST = ",".join(map(str, range(150)))


@contextmanager
def bounded() -> Iterator[None]:
    tracemalloc.start()
    start = time.process_time()
    try:
        yield
        assert time.process_time() - start < MOST_SECONDS
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY
    finally:
        tracemalloc.stop()


def sets(operator: str) -> str:
    doubled = "".join(f"{{% set a = a {operator} a %}}" for _ in range(60))
    return f"{{% set a = reason %}}{doubled}{{{{ a }}}}"


REFUSED = [
    "{{ 'a' | center(1500000000) }}",
    "{{ 'a' | ljust(1500000000) }}",
    "{{ 'a'.ljust(1500000000) }}",
    "{{ '5'.zfill(1500000000) }}",
    "{{ '{:1500000000d}'.format(tries) }}",
    "{{ '%1500000000d' % tries }}",
    "{{ '%1500000000d' | format(tries) }}",
    "{{ 'a' | indent(1500000000) }}",
    "{{ 'a b' | wordwrap(1) }}",
    "{{ codecs | batch(1500000000, 'x') | list }}",
    "{{ codecs | slice(1500000000) | list }}",
    "{{ [1] * 1500000000 }}",
    "{{ 'a' * 1500000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ tries ** tries ** tries }}",
    "{{ reason | tojson }}",
    "{{ reason | urlize }}",
    "{{ codecs | map('center', 1500000000) | join }}",
    "{{ range(1500000000) | join }}",
    "{{ lipsum(1000000) }}",
    "{% for a in reason %}{{ a }}{% endfor %}",
    "{% for codec in codecs %}{{ codec }}{{ codecs | join }}{% endfor %}",
    "{% for a in codecs %}{% for b in codecs %}x{% endfor %}{% endfor %}",
    "{% for a in codecs recursive %}{{ loop(codecs) }}{% endfor %}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% filter upper %}{{ reason }}{% endfilter %}",
    "{% block b %}{% endblock %}",
    sets("~"),
    sets("+"),
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ reason }}" * 5000,
    "{{ " + " * ".join(["tries"] * 1500) + " }}",
]


@pytest.mark.parametrize("source", REFUSED, ids=range(len(REFUSED)))
def test_what_grows_is_refused(source: str) -> None:
    texts = Sentences(FACTS["leg"])
    with bounded(), pytest.raises(TemplateError):
        texts.sentence(source, texts.context({"tries": 9_999_999, "reason": HUGE, "codecs": ["a"] * 300}))


BOUNDED = [
    "{{ reason" + " ~ reason" * 1500 + " }}",
    "{{ reason }}" * 1500,
    "{{ final_headers['x']" + " ~ final_headers['x']" * 700 + " }}",
    "{{ codecs | join(reason) }}",
    "{{ reason | replace('x', reason) | replace('x', reason) }}",
    "{{ 1.5 | round(1500000000) }} {{ 1.5 | round(-1500000000) }}",
    "{{ reason | truncate(1500000000) }}",
    "{{ reason | int }}",
]


@pytest.mark.parametrize("source", BOUNDED, ids=range(len(BOUNDED)))
@pytest.mark.parametrize("command", [False, True])
def test_what_is_long_is_cut(source: str, command: bool) -> None:
    texts = Sentences(FACTS["leg"])
    with bounded():
        context = texts.context(
            {"tries": 10**18, "reason": HUGE, "codecs": [HUGE] * 300, "final_headers": {"x": HUGE}}
        )
        said = texts.command(source, context) if command else texts.sentence(source, context)
        assert len(said) <= MAX_TEXT


# -- conditions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("answered", [True, False])
def test_a_condition_beyond_its_budget_drops_out_alone(folder: Folder, answered: bool) -> None:
    """Where what comes before decides, it is not even asked."""
    folder.rule("a/b", when=f"'answered && [{LIST}].all(a, [{LIST}].all(b, a + b >= 0))'")
    folder.rule("a/c", when="answered || ended")
    evaluator = Evaluator(folder.load())
    facts = {"answered": answered, "ended": True}
    for number in range(3):
        found = evaluator.evaluate([Subject("leg", f"c{number}.1", facts)])
        assert [finding.rule for finding in found] == ["a/c"]
    notes = [note.text for note in evaluator.notes]
    assert len(notes) == answered
    if answered:
        assert "Rule a/b failed on c0.1" in notes[0]
        assert "too many steps" in notes[0]
        assert len(notes[0]) < 500


@pytest.mark.parametrize(
    "when",
    [
        "answered" + " || answered" * 1000,
        "reason" + " + reason" * 30 + " == ''",
        f"[{LIST}].all(a, " + " && ".join(["reason.contains(platform)"] * 200) + ")",
        f"[{LIST}].all(a, [{LIST}].all(b, " + " && ".join(["reason.contains(platform)"] * 30) + "))",
        "[1].all(a, [1].all(b, [1].all(c, a + b + c > 0)))",
    ],
    ids=["long", "sums", "loop", "nested loop", "three loops"],
)
def test_a_condition_that_is_a_burden_is_refused(folder: Folder, when: str) -> None:
    folder.rule("a/b", when=f"'{when}'" if "'" not in when else f'"{when}"')
    with bounded():
        assert folder.complaint()


def test_a_condition_sees_the_beginning_of_a_long_text(folder: Folder) -> None:
    folder.rule("a/b", when='\'reason.contains("end") || codecs.exists(c, c.contains("end"))\'')
    folder.rule("a/c", when="reason.startsWith('begin')")
    evaluator = Evaluator(folder.load())
    text = "begin" + HUGE + "end"
    found = evaluator.evaluate([Subject("leg", "c1.1", {"reason": text, "codecs": [text] * 1000})])
    assert [finding.rule for finding in found] == ["a/c"]


# -- provider files --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        r"(a+)+$",
        r"(a|a)*b",
        r"(?:a|ab)*c",
        r"(a*)*",
        r"([a-z]+)*x",
        r".*.*.*x",
        r"(?:a?){20}x",
        r"((ab)+c)*",
        r"(?=a+)(a+)+b",
        r"(a{2,})+b",
        r"(?:(?:a|b)?)+c",
        r"(?P<n>a+)*b",
        r"[(](a+)+b",
        r"\((a+)+b",
        "x" * 501,
    ],
)
def test_an_expression_that_goes_back_too_often_is_refused(expression: str) -> None:
    assert burden(expression)


@pytest.mark.parametrize(
    "expression", [r"\bD\d+$", "(?:ab|cd)?ef", "((?!a|b).){0,40}x", "(\\d{3}-)+", "[)(]+x", "(ab)+"]
)
def test_plain_expressions_are_no_burden(expression: str) -> None:
    assert burden(expression) is None


@given(st.from_regex(r"[ab|()*+?{},12]{1,14}"))
def test_whatever_is_allowed_is_quick(expression: str) -> None:
    try:
        compiled = re.compile(expression)
    except (re.error, OverflowError):
        return
    if burden(expression) is None:
        start = time.process_time()
        compiled.search("ab" * 100 + "a" * 100 + "c")
        assert time.process_time() - start < 1


def test_the_expressions_of_our_own_are_no_burden() -> None:
    for provider in Providers.load([catalogue_root()]):
        for response in (*provider.by_text, *provider.by_status):
            assert response.text is None or burden(response.text) is None
