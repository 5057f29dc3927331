"""The JSON report keeps its contract: schema, no missing key, the capture's digits."""

from __future__ import annotations

import copy
import json as stdlib_json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from sipdiag.pipeline.results import Analysis
from sipdiag.report import json
from tests.report import fixtures
from tests.schemas import strict

SCHEMA: dict[str, Any] = stdlib_json.loads(json.SCHEMA_FILE.read_text(encoding="utf-8"))


def parsed(analysis: Analysis) -> dict[str, Any]:
    document: dict[str, Any] = stdlib_json.loads(json.render(analysis))
    return document


@pytest.mark.parametrize("make", fixtures.ALL.values(), ids=fixtures.ALL)
def test_fits_schema_and_every_key_is_documented(make: Callable[[], Analysis]) -> None:
    validator = jsonschema.Draft202012Validator(strict(copy.deepcopy(SCHEMA)))
    validator.validate(parsed(make()))


def test_schema_is_valid_and_refuses_a_missing_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    document = parsed(fixtures.healthy())
    del document["calls"][0]["root_cause"]
    with pytest.raises(jsonschema.ValidationError, match="root_cause"):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_pieces_make_the_document_and_calls_come_one_by_one() -> None:
    analysis = fixtures.many_calls(5)
    pieces = list(json.iter_json(analysis))
    assert "".join(pieces) == json.render(analysis)
    assert len(pieces) == 1 + 5 + 1
    assert stdlib_json.loads(pieces[1].lstrip(",\n"))["id"] == "c1"


def test_missing_refer() -> None:
    document = parsed(fixtures.refer_missing())
    assert document["verdict"]["rule"] == "transfer/refer-missing"
    assert document["expect"]["what"] == "transfer"
    call = document["calls"][0]
    assert call["outcome"] == "transfer-failed"
    assert call["root_cause"]["confidence"] == "certain"
    assert [f["role"] for f in call["findings"]] == ["cause", "consequence"]
    assert call["findings"][1]["consequence_of"] == "transfer/refer-missing"
    assert call["findings"][0]["evidence"][1] == {
        "file": "captures/call.pcap",
        "frame": 6,
        "time": "2026-09-21T14:14:06.665456Z",
        "what": "BYE with CSeq 2, no REFER before it",
    }
    transfer = call["transfers"][0]
    assert (transfer["method"], transfer["outcome"], transfer["notifies"]) == (None, "not-attempted", [])
    assert document["summary"]["by_rule"] == {"transfer/refer-missing": 1}


def test_copies_and_retransmissions_are_told_apart() -> None:
    messages = parsed(fixtures.refused_second_invite())["calls"][0]["legs"][1]["messages"]
    assert [m["retransmission"] for m in messages[:3]] == [False, True, False]
    assert messages[2]["copy_of"] == {"file": "captures/call.pcap", "frame": 100}
    assert messages[0]["copy_of"] is None


def test_transfer_by_refer() -> None:
    transfer = parsed(fixtures.refer_transfer())["calls"][0]["transfers"][0]
    assert transfer["refer_status"] == 202
    assert [n["status"] for n in transfer["notifies"]] == [100, 200]
    assert transfer["target"]["number"] == "+15550001111"


def test_nothing_found_is_null_not_absent() -> None:
    document = parsed(fixtures.empty())
    assert document["verdict"] is None
    assert document["capture"]["first_time"] is None
    assert document["calls"] == []
    assert document["capture"]["warnings"][0]["byte"] == 4096


def test_ipv6_hosts_stand_in_brackets() -> None:
    analysis = fixtures.healthy()
    analysis.details[0].legs[0].leg.caller = fixtures.HUMAN
    assert parsed(analysis)["calls"][0]["legs"][0]["src"] == "[2001:db8::17]:5060"


def test_output_is_ascii_whatever_the_capture_holds() -> None:
    analysis = fixtures.hostile()
    analysis.files[0].path = "call\udcff.pcap"
    assert json.render(analysis).isascii()


def test_call_told_in_brief_says_so_and_how_to_get_its_details() -> None:
    document = parsed(fixtures.mostly_brief())
    full, short = document["calls"][2], document["calls"][8]
    assert set(short) == set(full)
    assert full["detailed"] is True
    assert set(full) <= set(short)
    assert short["detailed"] is False
    assert short["call_id"] == fixtures.inbound_leg("c9").call_id
    assert short["legs"] == short["transfers"] == short["participants"] == short["passed"] == []
    assert short["start"] == "2026-09-21T14:26:53.143456Z"
    assert short["root_cause"] == full["root_cause"]
    (finding,) = short["findings"]
    assert finding == full["findings"][0] | {"subject": "c9.1", "why": "", "fix": [], "evidence": []}
    assert document["summary"]["calls"] == 30
    assert document["summary"]["by_rule"] == {"target/busy": 10}
    assert document["summary"]["left_out"] == {fixtures.BRIEF: 24}


def test_flooded_call_is_told_by_its_first_and_last_thousand_messages() -> None:
    analysis = fixtures.refused_second_invite()
    first = analysis.details[0].legs[0].leg
    wire = fixtures.Wire(first, clock=first.last_ns, frame=1000)
    for number in range(2_500):
        wire.send("OPTIONS sip:x", fixtures.TWILIO, fixtures.LIVEKIT, cseq=f"{number + 9} OPTIONS")
    document = parsed(analysis)
    jsonschema.Draft202012Validator(strict(copy.deepcopy(SCHEMA))).validate(document)
    one, two = document["calls"][0]["legs"]
    assert len(one["messages"]) + len(two["messages"]) == 2_000
    assert one["messages_left_out"] == len(first.messages) - len(one["messages"])
    assert two["messages_left_out"] == 0
    frames = [message["frame"] for message in one["messages"]]
    assert frames[-1_000:] == list(range(2_500, 3_500))
    assert frames[: len(frames) - 1_000] == [*range(1, 8), *range(1000, 1000 + len(frames) - 1_007)]


def test_calls_of_a_large_report_are_written_one_by_one() -> None:
    pieces = list(json.iter_json(fixtures.mostly_brief(40)))
    assert len(pieces) == 1 + 40 + 1
    assert max(map(len, pieces)) < 8_000
