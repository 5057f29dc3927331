"""Which call an event belongs to."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from sipdiag.context.bind import CallKeys, LegKeys, bind
from sipdiag.context.documents import Collected, ContextSet, Given, Reader
from sipdiag.knowledge.providers import Providers
from sipdiag.rules.catalogue import catalogue_root

START = 1_774_000_396_136_000_000
DAY = datetime.date(2026, 3, 20)
LEG = LegKeys(
    "c1.1",
    frozenset({"call-id-1", "SCL_644rA1Bh0Mn8", "CA02756a0daf30c46db696f495f38bb184"}),
    "+14155550137",
    "+12025550148",
    START,
    START + 49_000_000_000,
)
ALONE = CallKeys((LEG,), alone=True)
AMONG_OTHERS = CallKeys((LEG,), alone=False)


@pytest.fixture(scope="module")
def reader() -> Reader:
    providers = Providers.load([catalogue_root()])
    return Reader({provider.id: provider.settings for provider in providers})


def read(reader: Reader, folder: Path, document: object) -> ContextSet:
    (folder / "event.json").write_text(json.dumps(document))
    return reader.load(Collected([Given(folder / "event.json", "event.json")], 0, []), DAY)


def retell(**values: object) -> dict[str, object]:
    return {"call_id": "call_1", "disconnection_reason": "agent_hangup", **values}


def vapi(kind: str, customer: str, own: str) -> dict[str, object]:
    return {
        "type": kind,
        "orgId": "o-1",
        "endedReason": "customer-did-not-answer",
        "startedAt": "2026-03-20T09:53:16Z",
        "customer": {"number": customer},
        "phoneNumber": {"number": own},
    }


def vapi_report(customer: str, own: str) -> dict[str, object]:
    call = vapi("end-of-call-report", customer, own)
    return {"message": call | {"call": {"id": "call_1", "type": "outboundPhoneCall"}}}


NUMBERS = {"from_number": "+14155550137", "to_number": "+12025550148"}


@pytest.mark.parametrize(
    ("document", "alone", "by"),
    [
        (
            retell(telephony_identifier={"twilio_call_sid": "CA02756a0daf30c46db696f495f38bb184"}),
            False,
            "an id of the call",
        ),
        (retell(**NUMBERS, start_timestamp=1774000396000), False, "both numbers and the time"),
        (retell(**NUMBERS, start_timestamp=1774000391500), False, "both numbers and the time"),
        (retell(**NUMBERS, start_timestamp=1774000340000), True, "its numbers, and a time that is near"),
        (retell(**NUMBERS, start_timestamp=1774000340000), False, None),
        (retell(**NUMBERS, start_timestamp=1776600000000), True, None),
        (
            retell(from_number="+14155550199", to_number="+12025550148", start_timestamp=1774000396000),
            True,
            None,
        ),
        # The customer calls, or is called.
        (vapi("inboundPhoneCall", "+14155550137", "+12025550148"), False, "both numbers and the time"),
        (vapi("outboundPhoneCall", "+12025550148", "+14155550137"), False, "both numbers and the time"),
        (vapi_report("+12025550148", "+14155550137"), False, "both numbers and the time"),
        (vapi("inboundPhoneCall", "+12025550148", "+14155550137"), True, None),
        (vapi("outboundPhoneCall", "+14155550137", "+12025550148"), True, None),
        (
            {
                "room_name": "call-+14155550137_Ab3",
                "participant_identity": "agent-1",
                "transfer_to": "tel:+1",
            },
            False,
            "the caller's number in its room or identity",
        ),
        (
            {"room_name": "call-+14155550199_Ab3", "participant_identity": "x", "transfer_to": "tel:+1"},
            True,
            None,
        ),
        ({"room_name": "lobby", "participant_identity": "x", "transfer_to": "tel:+1"}, False, None),
        ({"code": "internal", "msg": "failed"}, True, "the only call of the capture"),
        ({"code": "internal", "msg": "failed"}, False, None),
    ],
)
def test_bound(reader: Reader, tmp_path: Path, document: object, alone: bool, by: str | None) -> None:
    bindings = bind(read(reader, tmp_path, document), ALONE if alone else AMONG_OTHERS)
    assert [one.by for one in bindings] == ([by] if by is not None else [])
    assert all(one.sure == (by in ("an id of the call", "both numbers and the time")) for one in bindings)


def test_an_error_goes_with_the_request_in_its_file(reader: Reader, tmp_path: Path) -> None:
    document = {
        "request": {"room_name": "call-+14155550137", "participant_identity": "a", "transfer_to": "tel:+1"},
        "response": {"code": "not_found", "msg": "no such room"},
    }
    bindings = bind(read(reader, tmp_path, document), AMONG_OTHERS)
    assert [one.document.kind.name for one in bindings] == ["livekit.transfer_request", "livekit.twirp_error"]


def test_configuration_is_no_event(reader: Reader, tmp_path: Path) -> None:
    assert bind(read(reader, tmp_path, {"trunk": {"numbers": ["+12025550148"]}}), ALONE) == []
