import pytest

from sipdiag.knowledge.causes import MEANING, NAMED
from sipdiag.knowledge.codes import (
    Q850_CAUSES,
    SIP_CAUSES,
    SIP_STATUSES,
    UNINFORMATIVE_CAUSES,
    is_default_phrase,
    rfc3398_image,
)


@pytest.mark.parametrize(
    ("status", "cause", "image"),
    [
        (403, 21, True),
        (603, 21, True),
        (404, 1, True),
        (486, 17, True),
        (480, 18, True),
        (480, 19, True),
        (408, 18, True),
        (408, 102, True),
        (484, 28, True),
        (503, 41, True),
        (503, 34, False),
        (403, 57, False),
        (404, 3, False),
        (486, 21, False),
        (480, 20, False),
        (480, 21, False),
        (999, 1, False),
    ],
)
def test_a_cause_made_of_the_status_is_its_image(status: int, cause: int, image: bool) -> None:
    assert rfc3398_image(status, cause) is image


@pytest.mark.parametrize(
    "phrase",
    ["Busy Here", "busy here", "Forbidden", "Decline", "DECLINE", "Call Rejected", "CALL_REJECTED", "", "  ",
     "Not Found.", "Temporarily Unavailable", "Request Terminated", "Service Unavailable", "Rejected"],
)  # fmt: skip
def test_default_phrases_count_as_no_text(phrase: str) -> None:
    assert is_default_phrase(phrase)


@pytest.mark.parametrize(
    "phrase",
    ["Caller ID is unauthorized", "Forbidden D13", "Network Blocked", "Does not match any SIP Trunks"],
)
def test_other_phrases_do_not(phrase: str) -> None:
    assert not is_default_phrase(phrase)


def test_causes_without_information_have_no_class() -> None:
    assert all(Q850_CAUSES[cause].means is None for cause in UNINFORMATIVE_CAUSES - {0})


def test_every_status_named_by_a_reason_header_is_described() -> None:
    assert SIP_CAUSES.keys() <= SIP_STATUSES.keys()


def test_every_class_has_a_meaning() -> None:
    assert {cause.name for cause in MEANING} == NAMED
