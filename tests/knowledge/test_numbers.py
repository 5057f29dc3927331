import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.knowledge.countries import COUNTRIES
from sipdiag.knowledge.number import Number, NumberForm
from sipdiag.knowledge.numbers import parse_number, same_number


def number(text: str, home: str | None = None) -> Number:
    found = parse_number(text, home)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "home", "e164", "form"),
    [
        ("+15551234567", None, "+15551234567", "e164"),
        ("15551234567", None, "+15551234567", "e164_without_plus"),
        ("15551234567", "GB", "+15551234567", "e164_without_plus"),
        ("5551234567", "US", "+15551234567", "national"),
        ("5551234567", None, None, "national"),
        ("tel:+1-555-123-4567", None, "+15551234567", "e164"),
        ("+1 (555) 123.4567", None, "+15551234567", "e164"),
        ("+15551234567;verstat=TN-Validation-Passed-A", None, "+15551234567", "e164"),
        ("+15551234567;npdi;rn=+14155550100", None, "+15551234567", "e164"),
        ("sip:+15551234567@sip.example.com;user=phone", None, "+15551234567", "e164"),
        ("011923001234567", "US", "+923001234567", "exit_code"),
        ("011923001234567", None, "+923001234567", "exit_code"),
        ("00923001234567", "GB", "+923001234567", "exit_code"),
        ("00923001234567", None, "+923001234567", "exit_code"),
        ("0011923001234567", "AU", "+923001234567", "exit_code"),
        ("01132345678", "GB", "+441132345678", "national"),
        ("07911123456", "GB", "+447911123456", "national"),
        ("07911123456", None, None, "national"),
        ("923001234567", "US", "+923001234567", "e164_without_plus"),
        ("tel:5551234;phone-context=+1415", None, "+14155551234", "national"),
        ("1234", "US", None, "extension"),
        ("911", "US", None, "extension"),
        ("anonymous", None, None, "anonymous"),
        ("Anonymous", None, None, "anonymous"),
        ("alice", None, None, "other"),
        ("*97", None, None, "other"),
        ("+1555CALLNOW", None, None, "other"),
        ("+999123456789", None, None, "other"),
        ("+4930123456789012345", None, None, "other"),
        ("+92", None, None, "other"),
        ("+٣٤٥٣٤٥٣٤٥", None, None, "other"),
    ],
)
def test_forms(text: str, home: str | None, e164: str | None, form: str) -> None:
    found = number(text, home)
    assert (found.e164, found.form.value) == (e164, form)


@pytest.mark.parametrize(
    ("text", "region", "country"),
    [
        ("+923001234567", "PK", "Pakistan"),
        ("+9230012345678", "PK", "Pakistan"),
        ("+92300123456", "PK", "Pakistan"),
        ("+18765551234", "JM", "Jamaica"),
        ("+18760000000", "JM", "Jamaica"),
        ("+14165551234", "CA", "Canada"),
        ("+14160000000", "CA", "Canada"),
        ("+15551234567", "US", "United States"),
        ("+14155551234", "US", "United States"),
        ("+442071838750", "GB", "United Kingdom"),
        ("+8801712345678", "BD", "Bangladesh"),
        ("+886912345678", "TW", "Taiwan"),
    ],
)
def test_countries_also_of_numbers_that_cannot_exist(text: str, region: str, country: str) -> None:
    found = number(text)
    assert (found.region, found.country, found.is_global_service) == (region, country, False)


@pytest.mark.parametrize("text", ["+80012345678", "+80812345678", "+8821612345", "+881612345678"])
def test_global_services_belong_to_no_country(text: str) -> None:
    found = number(text)
    assert found.is_global_service
    assert (found.region, found.country) == (None, None)


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("912125550147", None),
        ("92122345678", None),
        ("919876543210", "IN"),
        ("94771234567", "LK"),
        ("+912125550147", "IN"),
    ],
)
def test_a_nine_for_an_outside_line_is_no_country(text: str, region: str | None) -> None:
    number = parse_number(text, "US")
    assert number is not None
    assert (number.region, number.raw) == (region, text)


def test_a_made_up_number_is_possible_and_not_valid() -> None:
    assert (number("+15551234567").possible, number("+15551234567").planned) == (True, False)
    assert (number("+14155551234").possible, number("+14155551234").planned) == (True, True)
    assert (number("+9230012345678").possible, number("+9230012345678").planned) == (True, False)


@pytest.mark.parametrize("text", ["", " ", "sip:@host", ";verstat=x"])
def test_nothing_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+15551234567", "15551234567"),
        ("+15551234567", "5551234567"),
        ("15551234567", "5551234567"),
        ("tel:+1-555-123-4567", "+15551234567;verstat=TN-Validation-Failed"),
        ("sip:15551234567@10.0.0.1", "<sip:+15551234567@sip.example.com>"),
        ("07911123456", "+447911123456"),
        ("01115551234567", "+15551234567"),
        ("0015551234567", "+15551234567"),
        ("1001", "1001"),
    ],
)
def test_the_same_number_however_it_is_written(one: str, other: str) -> None:
    assert same_number(one, other)
    assert same_number(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+15551234567", "+15551234568"),
        ("+4915551234567", "+15551234567"),
        ("1001", "+15551001"),
        ("1001", "1002"),
        ("1234567", "+15551234567"),
        ("alice", "alice"),
        ("anonymous", "anonymous"),
        ("", ""),
    ],
)
def test_not_the_same_number(one: str, other: str) -> None:
    assert not same_number(one, other)
    assert not same_number(other, one)


def test_every_region_of_the_number_plans_has_a_name() -> None:
    assert set(phonenumbers.SUPPORTED_REGIONS) <= COUNTRIES.keys()
    assert all(name and name == name.strip() for name in COUNTRIES.values())


@given(st.text(max_size=40), st.sampled_from([None, "US", "GB", "ZZ"]))
def test_any_text_is_read(text: str, home: str | None) -> None:
    found = parse_number(text, home)
    assert found is None or found.raw == text
    assert same_number(text, text) in (True, False)


@given(st.text(alphabet="+0123456789", min_size=1, max_size=20), st.sampled_from([None, "US", "DE"]))
def test_an_e164_number_is_plus_and_digits(text: str, home: str | None) -> None:
    found = parse_number(text, home)
    if found is not None and found.e164 is not None:
        assert found.e164[0] == "+"
        assert 7 <= len(found.e164) - 1 <= 15
        assert found.region is not None or found.is_global_service
    elif found is not None:
        assert found.form not in (NumberForm.e164, NumberForm.exit_code, NumberForm.e164_without_plus)
