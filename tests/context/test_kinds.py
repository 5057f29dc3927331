"""Every kind of document is recognised by its content, and nothing foreign is taken for one."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pytest

from sipdiag.context.kinds import kinds, recognise
from sipdiag.context.read import UnreadableError, read

SAMPLES = Path(__file__).parents[3] / "shared" / "cases" / "context" / "samples"


def kinds_of(data: bytes) -> list[str]:
    return [found.kind.name for block in read(data) for found in recognise(block)]


EXAMPLES = {
    "retell.transfer_tool": '{"type": "transfer_call", "transferOption": {"type": "cold_transfer"}}',
    "retell.llm retell.transfer_tool retell.transfer_tool": (
        '{"llm_id": "l", "general_tools": [{"type": "transfer_call", "transfer_option": {}}, {"type": "end_call"}],'
        ' "states": [{"name": "s", "tools": [{"type": "transfer_call", "transfer_destination": {}}]}]}'
    ),
    "retell.flow": '{"conversation_flow_component_id": "f", "nodes": [{"type": "conversation"}]}',
    "retell.agent": '{"agent_id": "a", "response_engine": {"type": "retell-llm"}}',
    "retell.number": '{"phone_number": "+1", "phone_number_type": "custom"}',
    "retell.call": '{"event": "call_ended", "call": {"call_id": "c", "disconnection_reason": "user_hangup"}}',
    "retell.public_log retell.transfer_error": (
        "12:00 start\n12:01 Error transferring call via SIP REFER, SIP status code: 603 Declined Error: twirp error unknown\n"
    ),
    "livekit.inbound_trunk": '{"trunk": {"name": "n", "allowed_numbers": []}}',
    "livekit.outbound_trunk": '{"items": [{"sip_trunk_id": "ST_x", "address": "a.pstn.twilio.com"}]}',
    "livekit.dispatch_rule": "dispatch_rule:\n  rule:\n    dispatchRuleCallee: {roomPrefix: x}\n",
    "livekit.trunk_legacy": '{"inbound_numbers_regex": ["^.*$"], "outbound_address": "x"}',
    "livekit.transfer_request": '{"participantIdentity": "i", "transferTo": "tel:+1"}',
    "livekit.create_participant": '{"sip_trunk_id": "ST_x", "sip_call_to": "+1"}',
    "livekit.transfer_response": '{"transferId": "t", "status": "STS_TRANSFER_FAILED", "reason": "STR_CALL_ENDED"}',
    "livekit.twirp_error": '{"code": "invalid_argument", "msg": "m", "meta": {"sip_status_code": "486"}}',
    "livekit.webhook": '{"event": "participant_joined", "participant": {"attributes": {"sip.callID": "SCL_x"}}}',
    "livekit.participant": '{"participants": [{"identity": "i", "attributes": {"sip.callID": "SCL_x"}}]}',
    "livekit.empty_list": '{"items": []}',
    "livekit.gateway_exchange livekit.gateway_request livekit.gateway_response": (
        '{"request": {"body": {"participant_identity": "i", "transfer_to": "1"}},'
        ' "response": {"status": "initiated", "transfer_to": "tel:1"}}'
    ),
    "twilio.twiml twilio.dial": "<Response><Gather><Dial>+1</Dial></Gather></Response>",
    "twilio.twiml": "<Response/>",
    "twilio.trunk": '{"sid": "TK1", "transferMode": "enable-all"}',
    "twilio.origination": '[{"sipUrl": "sip:x", "weight": 1}]',
    "twilio.origination_none": '{"origination_urls": [], "meta": {}}',
    "twilio.credential": '{"credentials": [{"credential_list_sid": "CL1", "username": "u"}]}',
    "twilio.number": '[{"sid": "PN1", "phoneNumber": "+1", "trunkSid": null}]',
    "twilio.caller_id": '{"outgoing_caller_ids": [{"sid": "PN1", "phone_number": "+1"}]}',
    "twilio.permission": '{"content": [{"iso_code": "PK", "low_risk_numbers_enabled": false}]}',
    "twilio.call": '{"calls": [{"sid": "CA1", "direction": "inbound", "status": "completed"}]}',
    "twilio.alert twilio.alert_text": '{"error_code": "32205", "alert_text": "Msg=x&phonenumber=%2B1"}',
    "twilio.insights": '{"call_state": "completed", "call_type": "sip", "properties": {}}',
    "twilio.dial_action": "CallSid=CA1&DialCallStatus=busy",
    "twilio.refer_webhook": "CallSid=CA1&ReferTransferTarget=%3Ctel%3A%2B1%3E",
    "twilio.call_log": "Call Sid,From,To,Status\nCA1,+1,+2,busy\n",
    "vapi.transfer_tool vapi.destination": '{"type": "transferCall", "destinations": [{"type": "number", "number": "+1"}]}',
    "vapi.assistant vapi.transfer_tool": (
        '{"orgId": "o", "model": {"tools": [{"type": "transferCall", "destinations": []}]}, "voice": {}}'
    ),
    "vapi.trunk vapi.gateway": '{"provider": "byo-sip-trunk", "gateways": [{"ip": "x"}]}',
    "vapi.number": '{"provider": "byo-phone-number", "number": "+1", "credentialId": "c"}',
    "vapi.call": '{"message": {"type": "end-of-call-report", "endedReason": "x", "call": {"id": "y"}}}',
    "telnyx.profile": '{"data": [{"record_type": "outbound_voice_profile", "id": "1"}]}',
    "telnyx.connection": '{"data": {"record_type": "fqdn_connection"}}',
    "telnyx.event": '{"data": {"record_type": "event", "event_type": "call.refer.failed", "payload": {}}}',
    "elevenlabs.transfer_tool elevenlabs.transfer": '{"transfers": [{"transfer_destination": {"type": "phone"}}]}',
    "elevenlabs.agent elevenlabs.transfer_tool elevenlabs.transfer": (
        '{"agent_id": "a", "conversation_config": {"agent": {"prompt": {"built_in_tools": {"transfer_to_number":'
        ' {"name": "transfer_to_number", "params": {"transfers": [{"transfer_destination": {}}]}}}}}}}'
    ),
    "jambonz.app jambonz.dial": '[{"verb": "answer"}, {"verb": "dial", "target": []}]',
    "jambonz.refer_result": '{"refer_status": 202, "final_referred_call_status": 486}',
    "asterisk.pjsip asterisk.endpoint asterisk.auth": "[t](!)\ntype=endpoint\n[a](t)\ncontext=x\n[b]\ntype=auth\n",
    "freeswitch.sofia freeswitch.gateway": (
        '<include><gateway name="g"><param name="proxy" value="x"/><!--<param name="a" value="b"/>--></gateway></include>'
    ),
    "freeswitch.sofia freeswitch.profile": (
        '<profile name="p"><settings><param name="sip-port" value="5060"/></settings></profile>'
    ),
}


@pytest.mark.parametrize(("wanted", "text"), EXAMPLES.items(), ids=EXAMPLES)
def test_recognised(wanted: str, text: str) -> None:
    assert kinds_of(text.encode()) == wanted.split()


def test_every_kind_has_an_example() -> None:
    inner = {"asterisk.aor", "asterisk.identify", "asterisk.registration", "asterisk.transport"}
    assert set(kinds()) - inner == set(" ".join(EXAMPLES).split())


FOREIGN = {
    "openapi": '{"openapi": "3.1.0", "paths": {}, "trunk": {"numbers": []}, "items": []}',
    "json schema": '{"$schema": "x", "properties": {"type": {}}, "type": "transfer_call", "transfer_option": {}}',
    "package.json": '{"name": "x", "version": "1.0.0", "dependencies": {}}',
    "har": '{"log": {"entries": [{"request": {"method": "GET", "url": "/"}, "response": {"status": 200}}]}}',
    "gb28181": "<Response><CmdType>Catalog</CmdType><SN>1</SN><DeviceID>3</DeviceID></Response>",
    "gb28181 one": "<Response>\n<CmdType>Keepalive</CmdType></Response>",
    "include": '<include><extension name="x"><param name="a" value="b"/></extension></include>',
    "error": '{"code": "E100", "msg": "x"}',
    "calls": '{"calls": [{"id": 1, "status": "completed", "direction": "inbound"}]}',
    "empty": "{}",
    "numbers": "[1, 2, 3]",
    "ini": "[section]\ntype=value\n",
    "csv": "a,b,c\n1,2,3\n",
    "form": "a=1&b=2",
    "dispatch": '{"rule": {"if": "x"}, "trunkIds": []}',
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_foreign(text: str) -> None:
    assert kinds_of(text.encode()) == []


FOREIGN_FILES = 2_000
LARGEST = 32 * 1024
NOTATIONS = (".json", ".yaml", ".yml", ".xml", ".ini", ".cfg", ".conf", ".csv", ".md")


def foreign_files() -> Iterator[Path]:
    """Files of installed packages, Python's first; small ones, for what tells a document stands at its root."""
    for folder in (sysconfig.get_path("purelib"), f"{sys.prefix}/share", "/usr/share", "/usr/lib"):
        for path in sorted(Path(folder).rglob("*")):
            with suppress(OSError):
                if path.suffix in NOTATIONS and path.is_file() and path.stat().st_size <= LARGEST:
                    yield path


def test_no_file_of_the_installed_packages_is_taken_for_a_document() -> None:
    matched = []
    for path in islice(foreign_files(), FOREIGN_FILES):
        with suppress(UnreadableError, OSError):
            matched += [(path, name) for name in kinds_of(path.read_bytes())]
    assert matched == []


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the labelled cases are not here")
def test_every_document_of_the_cases_is_recognised() -> None:
    wanted = {"retell": "retell", "twilio": "twilio", "vapi": "vapi", "livekit": "livekit"}
    for path in sorted(SAMPLES.glob("*/*")):
        found = kinds_of(path.read_bytes())
        assert found, path
        if path.parent.name in wanted and "gateway" not in path.name:
            assert found[0].startswith(wanted[path.parent.name]), path
