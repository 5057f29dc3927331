"""The number plans as a wheel holds them are those of the library they were made from."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import phonenumbers
import pytest

from sipdiag.knowledge import plans
from sipdiag.knowledge.plans import Prepared, code_plan, home_plan, prepare

ROOT = Path(__file__).parents[2]
CODES = tuple(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
KNOWN = {code: code_plan(code) for code in CODES}
AT_HOME = {region: home_plan(region) for region in phonenumbers.SUPPORTED_REGIONS}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    file = tmp_path / plans.FILE.name
    file.write_bytes(prepare())
    monkeypatch.setattr(plans, "FILE", file)
    forget()
    yield file
    forget()


def refuse(asked: str) -> None:
    raise AssertionError(f"the library was asked for {asked}")


def forget() -> None:
    for function in (plans._held, code_plan, home_plan):
        function.cache_clear()


@pytest.mark.usefixtures("file")
def test_every_plan_is_the_same_and_the_library_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for function in ("_of_library", "_code_in_library"):
        monkeypatch.setattr(plans, function, refuse)
    assert {code: code_plan(code) for code in CODES} == KNOWN
    assert {region: home_plan(region) for region in AT_HOME} == AT_HOME
    assert code_plan("999") is None
    assert home_plan("ZZ") is None


def test_a_number_is_read_without_the_library(file: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from sipdiag.knowledge import plans; plans.FILE = Path(sys.argv[1]); "
        "from sipdiag.knowledge.numbers import parse_number; "
        "read = [parse_number(one, 'US').region for one in ('+12025550148', '+41555501622', '4165550101', '0041555501622')]; "
        "print(*read, 'phonenumbers' in sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, file], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["US", "CH", "CA", "CH", "False"]


def test_another_release_is_asked_itself(file: Path) -> None:
    held = msgspec.msgpack.decode(file.read_bytes(), type=Prepared)
    other = Prepared(b"\0" * 32, {"CH": "1"}, {"41": held.plans["1"]})
    file.write_bytes(msgspec.msgpack.encode(other))
    assert code_plan("41") == KNOWN["41"]
    assert home_plan("CH") == AT_HOME["CH"]


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x93\x01", b"\x80" * 3])
def test_a_file_that_is_broken_is_none(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    assert code_plan("1") == KNOWN["1"]


def test_area_codes_are_those_of_the_library() -> None:
    america = code_plan("1")
    assert america is not None
    for area in map("{:03}".format, range(1000)):
        usual = phonenumbers.PhoneNumber(country_code=1, national_number=int(area + "2345678"))
        assert america.area_region(area) == phonenumbers.region_code_for_number(usual)
    assert america.area_region("20") is None
    assert KNOWN["44"] is not None
    assert KNOWN["44"].area_region("204") is None
