"""Pseudonyms of telephone numbers: same country and kind, one for all forms, and nobody's."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sipdiag.knowledge.nobody import nobody
from sipdiag.knowledge.number import NumberForm
from sipdiag.knowledge.numbers import parse_number
from sipdiag.redaction.numbers import Numbers
from sipdiag.redaction.permute import Permuter
from sipdiag.redaction.pool import is_somebodys, kind_of


def numbers(*learnt: str) -> Numbers:
    made = Numbers(Permuter(b"key"))
    for number in learnt:
        made.learn(number)
    return made


@pytest.mark.parametrize(
    ("number", "pseudonym"),
    [
        ("+14155552671", r"+141555501"),
        ("+18765552671", r"+187655501"),
        ("+18005552671", r"+1000"),
        ("+442079461234", r"+44207946"),
        ("+447911823456", r"+447700900"),
        ("+448001111111", r"+44808157"),
        ("+4930901820123", r"+49000"),
        ("+493090182012", r"+493023125"),
        ("+4989901820", r"+49000"),
        ("+33145678901", r"+33199"),
        ("+33612345678", r"+3363998"),
        ("+46812345678", r"+46846500"),
        ("+61212345678", r"+6125550"),
        ("+353209123456", r"+3532091"),
        ("+393331234567", r"+39000"),
        ("+923001234567", r"+92000"),
        ("+8613812345678", r"+86000"),
        ("+80012345678", r"+800000"),
    ],
)
def test_a_pseudonym_is_of_the_same_country_and_kind_and_rings_nobody(number: str, pseudonym: str) -> None:
    found = numbers(number).mask(number)
    assert found.startswith(pseudonym)
    assert len(found) == len(number)
    assert found != number
    assert not is_somebodys(found.lstrip("+"))


@pytest.mark.parametrize(
    "forms",
    [
        ["+14155552671", "14155552671", "4155552671", "0114155552671", "914155552671", "5552671"],
        ["+442079461234", "442079461234", "02079461234", "00442079461234", "+44 (20) 7946 1234"],
        ["+33145678901", "0145678901", "0033145678901"],
        ["+18005552671", "18005552671", "8005552671"],
    ],
)
def test_all_forms_of_a_number_get_one_pseudonym(forms: list[str]) -> None:
    made = numbers(*(form for form in forms if " " not in form))
    masked = [made.mask(form) for form in forms]
    digits = ["".join(filter(str.isdigit, form)) for form in masked]
    assert all(digits[0].endswith(one.lstrip("0")[-7:]) for one in digits)
    for form, one in zip(forms, masked, strict=True):
        before, after = parse_number(form, "US"), parse_number(one, "US")
        assert before is not None
        assert after is not None
        assert (before.form, before.region) == (after.form, after.region)


def test_a_full_area_goes_on_in_the_next_one_of_its_country() -> None:
    learnt = [f"+1415{line:07}" for line in range(3_000_000, 3_000_250)]
    made = numbers(*learnt)
    masked = {made.mask(number) for number in learnt}
    assert len(masked) == len(learnt)
    assert sum(number.startswith("+1415") for number in masked) == nobody().lines.size
    regions = [number.region for one in masked if (number := parse_number(one, None)) is not None]
    assert set(regions) == {"US"}
    assert not any(is_somebodys(one.lstrip("+")) for one in masked)


def test_a_pseudonym_is_no_number_of_the_capture() -> None:
    learnt = [f"+1415555{line:04}" for line in range(100, 190)]
    made = numbers(*learnt)
    assert not {made.mask(number) for number in learnt} & set(learnt)


@pytest.mark.parametrize("number", ["911", "112", "411", "000"])
def test_numbers_that_everybody_has_stay(number: str) -> None:
    assert numbers().mask(number) == number


def test_extensions_become_others_of_their_length() -> None:
    made = numbers()
    masked = {made.mask(f"{extension:03}") for extension in range(1000)}
    assert len(masked) == 1000
    assert made.mask("1001") != "1001"
    assert made.mask("0123").startswith("0")


def test_a_long_number_of_no_country_hides_its_beginning_too() -> None:
    assert "49927398" not in numbers().mask("4992739871641234")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text("0123456789", min_size=7, max_size=15), min_size=1, max_size=12, unique=True))
def test_no_two_numbers_become_one(learnt: list[str]) -> None:
    made = numbers(*learnt)
    masked = {made.mask(number)[-9:] for number in learnt}
    tails = {made._key(number) for number in learnt}
    assert len(masked) == len(tails)


def test_form_and_country_do_not_depend_on_whether_somebody_has_the_number() -> None:
    for made_up, real in (("15555550123", "14155552671"), ("440001234567", "442079461234")):
        forms = [number.form for text in (made_up, real) if (number := parse_number(text, None)) is not None]
        assert forms == [NumberForm.e164_without_plus] * 2


def test_every_range_has_numbers_of_its_country_and_kind() -> None:
    for country, ranges in nobody().ranges.items():
        for one in ranges:
            for national in (one[0], one[one.size - 1]):
                code = {"GB": "44", "AU": "61", "DE": "49", "FR": "33", "SE": "46", "IE": "353"}[country]
                number = parse_number(f"+{code}{national}", None)
                assert number is not None
                assert (number.region, number.possible, number.planned) == (country, True, True)
                assert kind_of(code + national) in (None, one.kind)
                assert one.holds(national)
