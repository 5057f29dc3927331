"""Of what class a call's own values are: whatever facts can ask of them tells two classes apart, and nothing else does."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.alike.own import Own, Owns
from sipdiag.alike.shape import Shapes
from sipdiag.knowledge.number import NumberForm
from sipdiag.knowledge.numbers import parse_number
from sipdiag.knowledge.provider import Fingerprint, Provider
from sipdiag.knowledge.providers import Providers
from tests.alike.calls import LADDER, ONE, OTHER, call, raw

CARRIER = Provider(
    "carrier",
    "Carrier",
    "carrier",
    "carrier",
    evidence=(
        Fingerprint(networks=("100.24.0.0/16",)),
        Fingerprint(networks=("100.25.0.0/16",), product="trunk"),
        Fingerprint(networks=("100.26.0.0/16",), proven=False),
        Fingerprint(tags=("^car_", "^car_two_"), call_id=("^car-[0-9a-f]+$", "@carrier\\.example$")),
    ),
)
ANOTHER = Provider(
    "another", "Another", "carrier", "another", evidence=(Fingerprint(networks=("100.27.0.0/16",)),)
)
OWNS = Owns(Providers([CARRIER, ANOTHER]))

AGAIN = """\
INFO sip:{called}@{far}:5060 SIP/2.0
From: <sip:{caller}@{near}>;tag={tag}
To: <sip:{called}@{far}>;tag={totag}
Call-ID: {callid}
CSeq: {again} INFO
P-Asserted-Identity: <sip:{asserted}@{near}>
Content-Length: *

"""
"""A request of another number in the same dialog, with another identity."""
LONGER = (*LADDER[:2], AGAIN, LADDER[2])
MORE = {"again": "4712", "asserted": "+33140205050"}


def own(values: Mapping[str, str], ladder: tuple[str, ...] = LADDER, owns: Owns = OWNS) -> Own:
    """What is a call's own; all calls that are compared have one shape."""
    shapes = Shapes()
    for _ in range(2):
        shapes.of(call({**ONE, **MORE}, ladder))
    found = shapes.of(call(values, ladder))
    assert found is not None
    assert found.number == 0
    return owns.of(found, values["callid"])


def of_class(ladder: tuple[str, ...] = LADDER, owns: Owns = OWNS, /, **values: str) -> object:
    return own({**ONE, **MORE, **values}, ladder, owns).of_class


def test_a_number_dialled_abroad_is_its_own_class_where_the_caller_does_not_say_where_he_is_at_home() -> None:
    abroad = {"called": "011442079460000"}
    assert of_class(caller="2125550100", **abroad) != of_class(caller="2125550101", **abroad)
    assert of_class(caller="+12125550100", **abroad) == of_class(caller="+12125550101", **abroad)
    assert of_class(caller="2125550100") == of_class(caller="2125550101")


UNLIKE = {
    "a provider's network": {"far": "100.24.0.1"},
    "a private address": {"near": "10.0.0.1"},
    "an address of carrier-grade NAT": {"near": "100.64.0.1"},
    "nobody's address": {"near": "0.0.0.0"},
    "this host's address": {"near": "127.0.0.1"},
    "an address of a group": {"near": "224.0.0.1"},
    "the address of all": {"near": "255.255.255.255"},
    "a number of the same country": {"called": "+14155550123"},
    "no plus": {"called": "442079460000"},
    "a leading zero": {"called": "02079460000"},
    "a number out of the plan": {"called": "+441111111111"},
    "a number a digit too long": {"called": "+4420794600001"},
    "an extension": {"called": "10023"},
    "a number of another form": {"called": "011442079460000"},
    "a global service": {"called": "+80012345678"},
    "a number of no country": {"called": "+99912345678"},
    "a port that is none": {"media": "65536"},
    "a tag that a provider's pattern fits": {"tag": "car_1"},
    "a Call-ID that a provider's pattern fits": {"callid": "car-1f"},
}


@pytest.mark.parametrize("values", UNLIKE.values(), ids=UNLIKE)
def test_what_facts_ask_of_a_value_tells_classes_apart(values: dict[str, str]) -> None:
    assert of_class(**values) != of_class()


SAME = {
    "another number of the plan": {"called": "+442079460999"},
    "another caller": {"caller": "+14155550199"},
    "another country": {"called": "+33140205050"},
    "another tag": {"tag": "zzz"},
    "another Call-ID": {"callid": "0123456789"},
    "another branch": {"branch": "zzzzzz"},
    "another address": {"far": "198.51.100.21"},
    "another port": {"media": "65535"},
    "another session": {"session": "7", "version": "8"},
    "another number of requests before": {"cseq": "2"},
}


@pytest.mark.parametrize("values", SAME.values(), ids=SAME)
def test_what_no_fact_asks_does_not(values: dict[str, str]) -> None:
    assert of_class(**values) == of_class()


def test_other_calls_of_a_kind_are_of_one_class() -> None:
    assert own(OTHER).of_class == own(ONE).of_class


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("100.24.0.1", "100.27.0.1"),
        ("100.24.0.1", "100.25.0.1"),
        ("100.24.0.1", "100.26.0.1"),
        ("10.0.0.1", "127.0.0.1"),
        ("224.0.0.1", "224.0.0.2"),
        ("0.0.0.0", "0.0.0.1"),
    ],
)
def test_whose_address_it_is_and_what_of_it_counts(one: str, other: str) -> None:
    assert of_class(near=one) != of_class(near=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("100.24.0.1", "100.24.255.7"), ("10.0.0.1", "172.16.7.7"), ("18.8.8.8", "192.0.2.10")],
)
def test_addresses_of_one_network_are_of_one_class(one: str, other: str) -> None:
    assert of_class(near=one) == of_class(near=other)


@pytest.mark.parametrize(("one", "other", "same"), [("car_1", "car_2", True), ("car_1", "car_two_1", False)])
def test_all_patterns_count_that_fit_a_tag(one: str, other: str, same: bool) -> None:
    assert (of_class(tag=one) == of_class(tag=other)) is same


def test_patterns_of_a_call_id_see_all_of_it() -> None:
    found = Shapes()
    ladder = tuple(one.replace("{callid}", "{callid}@carrier.example") for one in LADDER)
    found.of(call(ONE, ladder))
    shape = found.of(call(ONE, ladder))
    assert shape is not None
    whole, word = (OWNS.of(shape, text) for text in (f"{ONE['callid']}@carrier.example", ONE["callid"]))
    assert whole.of_class != word.of_class
    assert whole.read[1] == f"{ONE['callid']}@carrier.example"


@pytest.mark.parametrize(
    ("cseq", "again", "same"),
    [("4711", "4712", True), ("1", "2", False), ("9", "10", True), ("1", "3", False), ("2", "1", False)],
)
def test_how_far_sequence_numbers_lie_apart_counts(cseq: str, again: str, same: bool) -> None:
    assert (of_class(LONGER, cseq=cseq, again=again) == of_class(LONGER)) is same


@pytest.mark.parametrize(
    ("called", "asserted", "same"),
    [
        ("+442079460001", "+33140205051", True),
        ("+442079460001", "+442079460002", False),
        ("+442079460001", "442079460001", False),
    ],
)
def test_numbers_that_are_the_same_but_for_how_they_are_written_are_told(
    called: str, asserted: str, same: bool
) -> None:
    assert (of_class(LONGER, called=called, asserted=asserted) == of_class(LONGER)) is same


def test_two_ways_to_write_one_number_are_not_two_numbers() -> None:
    """Plus or none is the same in both: what differs is whether the digits are the same."""
    one = of_class(LONGER, called="+442079460001", asserted="442079460001")
    other = of_class(LONGER, called="+442079460001", asserted="442079460002")
    assert one != other


def test_a_national_number_is_read_in_the_country_of_the_caller() -> None:
    planned, unplanned = "4152345678", "4150550123"
    assert of_class(called=planned) != of_class(called=unplanned)
    abroad = {"caller": "+493012345678"}
    assert of_class(called=planned, **abroad) == of_class(called=unplanned, **abroad)


def test_a_text_that_rules_ask_for_is_of_a_class_of_its_own() -> None:
    asking = Owns(Providers([]), frozenset({"+442079460999", "FR"}))
    assert of_class(LADDER, asking, called="+442079460999") != of_class(LADDER, asking)
    assert of_class(LADDER, asking, called="+33140205050") != of_class(LADDER, asking)
    assert of_class(LADDER, asking, called="+442079460998") == of_class(LADDER, asking)


def test_what_is_read_stands_in_the_same_places() -> None:
    one, other = own(ONE), own(OTHER)
    assert len(one.read) == len(other.read)
    assert one.within == other.within
    assert one.read[0] == ""
    assert one.read[1] == ONE["callid"]
    for key in ("caller", "called", "near", "callid", "tag", "branch", "media"):
        assert one.read.index(ONE[key]) == other.read.index(OTHER[key])


def test_of_a_number_its_key_its_e164_and_its_country_are_read() -> None:
    found = own({**ONE, "caller": "14155550100"})
    number = parse_number("14155550100")
    assert number is not None
    assert number.form is NumberForm.e164_without_plus
    assert {"155550100"[-9:], "+14155550100", "US", "United States"} <= set(found.read)
    within = {found.read[place] for place in found.within}
    assert {"14155550100", "+14155550100"} <= within
    assert not {"US", "United States"} & within


def test_what_nothing_looks_into_is_found_in_no_text() -> None:
    found = own(ONE)
    within = {found.read[place] for place in found.within}
    assert not {ONE["session"], ONE["version"], ONE["cseq"], ONE["media"]} & within
    assert {ONE["near"], ONE["callid"], ONE["tag"], ONE["branch"]} <= within


@given(st.integers(0, 9_999), st.integers(0, 9_999))
def test_digits_that_only_tell_lines_apart_tell_no_classes_apart(one: int, other: int) -> None:
    """Numbers of a made-up exchange, which the plan knows nothing of."""
    first, second = (f"+1415555{number:04d}" for number in (one, other))
    assert of_class(caller=first) == of_class(caller=second)


def test_a_message_is_rebuilt_from_its_values() -> None:
    """Nothing of a call is lost between its shape and what is its own."""
    one, other = own(ONE), own(OTHER)
    places = {name: one.read.index(value) for name, value in ONE.items()}
    rebuilt = {name: str(other.read[place]) for name, place in places.items()}
    assert [raw(template, rebuilt) for template in LADDER] == [raw(template, OTHER) for template in LADDER]
