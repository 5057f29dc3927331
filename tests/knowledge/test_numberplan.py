"""The plans against the library they are made from."""

import random
import re
from collections.abc import Iterator

import phonenumbers
import pytest

from sipdiag.knowledge.nobody import is_nobodys
from sipdiag.knowledge.numbers import parse_number
from sipdiag.knowledge.plans import code_plan, home_plan, split

KINDS = range(phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.VOICEMAIL + 1)


def library_region(number: phonenumbers.PhoneNumber) -> str | None:
    """Whose number it is, also of one that cannot exist."""
    assert number.country_code is not None
    main = phonenumbers.region_code_for_country_code(number.country_code)
    if main == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY:
        return None
    found = phonenumbers.region_code_for_number(number)
    return found or region_of_leading_digits(number) or region_of_area(number) or main


def region_of_leading_digits(number: phonenumbers.PhoneNumber) -> str | None:
    assert number.country_code is not None
    national = phonenumbers.national_significant_number(number)
    for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE[number.country_code]:
        metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
        if metadata is not None and metadata.leading_digits and re.match(metadata.leading_digits, national):
            return str(region)
    return None


def region_of_area(number: phonenumbers.PhoneNumber) -> str | None:
    national = phonenumbers.national_significant_number(number)
    if number.country_code != 1 or len(national) < 3:
        return None
    usual = phonenumbers.PhoneNumber(country_code=1, national_number=int(national[:3] + "2345678"))
    return phonenumbers.region_code_for_number(usual)


def examples() -> Iterator[tuple[str, phonenumbers.PhoneNumber]]:
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in KINDS:
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                yield region, number
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        number = phonenumbers.example_number_for_non_geo_entity(code)
        assert number is not None
        yield "001", number


def altered(digits: str, chance: random.Random) -> Iterator[str]:
    """The digits, and others nearly like them: longer, shorter, one changed, with a prefix."""
    place = chance.randrange(len(digits))
    yield digits
    yield digits + chance.choice("0123456789")
    yield digits[:-1]
    yield digits[:place] + chance.choice("0123456789") + digits[place + 1 :]
    yield digits[: place // 2] + chance.choice("01") + digits[place // 2 :]


def assert_as_the_library_has_it(digits: str) -> None:
    if not 7 <= len(digits) <= 15:
        return
    found = parse_number("+" + digits)
    assert found is not None
    try:
        number = phonenumbers.parse("+" + digits, None)
    except phonenumbers.NumberParseException:
        assert found.e164 is None
        return
    possible, valid = phonenumbers.is_possible_number(number), phonenumbers.is_valid_number(number)
    assert (found.region, found.possible) == (library_region(number), possible), digits
    assert number.country_code is not None
    national = digits.removeprefix(str(number.country_code))
    regions = tuple(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[number.country_code])
    assert found.planned == (valid or is_nobodys(regions, national)), digits


def test_international_numbers_of_every_region_and_kind() -> None:
    chance = random.Random(1)
    for _, number in examples():
        code, national = str(number.country_code), phonenumbers.national_significant_number(number)
        for digits in altered(national, chance):
            assert_as_the_library_has_it(code + digits)


def test_every_area_code_of_north_america() -> None:
    for area in range(1000):
        for rest in ("5551234", "2345678", "000000"):
            assert_as_the_library_has_it(f"1{area:03}{rest}")


def test_numbers_dialled_at_home_in_every_region() -> None:
    chance = random.Random(2)
    told = 0
    for region, number in examples():
        plan = home_plan(region)
        if plan is None:
            continue
        prefix = phonenumbers.ndd_prefix_for_region(region, True) or ""
        for national in altered(phonenumbers.national_significant_number(number), chance):
            for digits in (national, prefix + national, "0" + national):
                dialled = plan.dialled(digits)
                if dialled is not None and 2 <= len(dialled) <= 17:
                    told += 1
                    read = phonenumbers.parse(digits, region, keep_raw_input=True)
                    assert phonenumbers.national_significant_number(read) == dialled, (region, digits)
                    source = phonenumbers.CountryCodeSource.FROM_DEFAULT_COUNTRY
                    assert read.country_code_source == source, (region, digits)
    assert told > 5000


@pytest.mark.parametrize(
    ("digits", "code"), [("15551234567", 1), ("493012345678", 49), ("8801712345678", 880)]
)
def test_country_codes(digits: str, code: int) -> None:
    parts = split(digits)
    assert parts is not None
    assert (parts[0].code, parts[1]) == (code, digits[len(str(code)) :])


@pytest.mark.parametrize("digits", ["9991234567", "0491234567", "2101234567"])
def test_no_country_code(digits: str) -> None:
    assert split(digits) is None


def test_unknown_regions_and_codes() -> None:
    assert home_plan("ZZ") is None
    assert code_plan("999") is None
