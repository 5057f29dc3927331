import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.knowledge.provider import Recognition
from tests.knowledge.catalogue import builtin, message

REQUEST = """
    INVITE sip:+15551234567@pbx.example.com SIP/2.0
    Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1
    From: <sip:+15550100200@carrier.example.com>;tag={from_tag}
    To: <sip:+15551234567@pbx.example.com>{to_tag}
    Call-ID: {call_id}
    CSeq: 1 {method}
    {extra}
"""


def request(
    extra: str = "", *, from_tag: str = "a1", to_tag: str = "", call_id: str = "x@192.0.2.1", body: str = ""
) -> Recognition | None:
    text = REQUEST.format(
        extra=extra or "Max-Forwards: 70", from_tag=from_tag, to_tag=to_tag, call_id=call_id, method="INVITE"
    ).strip()
    return builtin().of_sender(message(text + "\n\n" + body))


def reply(extra: str, *, from_tag: str = "a1", to_tag: str = "b2") -> Recognition | None:
    text = f"""SIP/2.0 200 OK
        Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1
        From: <sip:a@example.com>;tag={from_tag}
        To: <sip:b@example.com>;tag={to_tag}
        Call-ID: x@192.0.2.1
        CSeq: 1 INVITE
        {extra}"""
    return builtin().of_sender(message(text))


@pytest.mark.parametrize(
    ("address", "provider", "proven"),
    [
        ("54.172.60.0", "twilio", True),
        ("54.172.60.3", "twilio", True),
        ("168.86.191.255", "twilio", True),
        ("::ffff:54.172.60.1", "twilio", True),
        ("192.76.120.10", "telnyx", True),
        ("18.98.16.121", "retell", True),
        ("143.223.88.1", "livekit", False),
        ("161.115.191.255", "livekit", False),
        ("153.57.128.0", "livekit", False),
        ("3.42.145.9", "livekit", False),
        ("44.229.228.186", "vapi", True),
    ],
)
def test_addresses(address: str, provider: str, proven: bool) -> None:
    found = builtin().of_address(address)
    assert found is not None
    assert (found.provider, found.proven) == (provider, proven)
    assert found.how.startswith(f"address {address.removeprefix('::ffff:')} is in ")


@pytest.mark.parametrize(
    "address",
    ["54.172.60.4", "54.172.59.255", "168.86.192.0", "18.98.16.124", "192.76.120.11", "10.0.0.1", "172.16.0.1",
     "203.0.113.9", "2001:db8::1", "::", "", "host", "54.", "54.172.60.1.2", "999.1.1.1"],
)  # fmt: skip
def test_addresses_of_nobody(address: str) -> None:
    assert builtin().of_address(address) is None


@pytest.mark.parametrize(
    ("host", "provider", "product"),
    [
        ("acme.pstn.twilio.com", "twilio", "elastic-sip-trunking"),
        ("acme.pstn.ashburn.twilio.com", "twilio", "elastic-sip-trunking"),
        ("acme.pstn.us1.twilio.com", "twilio", "elastic-sip-trunking"),
        ("pstn.twilio.com", "twilio", "elastic-sip-trunking"),
        ("ACME.SIP.Twilio.COM.", "twilio", "programmable-voice"),
        ("acme.sip.us1.twilio.com", "twilio", "programmable-voice"),
        ("twilio.com", "twilio", None),
        ("sip.telnyx.com", "telnyx", None),
        ("sip.telnyx.com.au", "telnyx", None),
        ("abc123.sip.livekit.cloud", "livekit", None),
        ("abc123.india.sip.livekit.cloud", "livekit", None),
        ("5t4n6j0wnrl.sip.livekit.cloud", "retell", None),
        ("sip.retellai.com", "retell", None),
        ("sip.rtc.elevenlabs.io", "elevenlabs", None),
        ("sip.vapi.ai", "vapi", None),
        ("123.zt.plivo.com", "plivo", None),
        ("sip.nexmo.com", "vonage", None),
        ("acme.sip.signalwire.com", "signalwire", None),
        ("54.172.60.1", "twilio", None),
    ],
)
def test_hosts(host: str, provider: str, product: str | None) -> None:
    found = builtin().of_host(host)
    assert found is not None
    assert (found.provider, found.product, found.proven) == (provider, product, True)


@pytest.mark.parametrize(
    "host",
    ["nottwilio.com", "twilio.com.example.org", "twilio.org", "livekit.cloud", "5t4n6j0wnrl.livekit.cloud",
     "xsip.telnyx.com.example", "example.com", "com", "", ".", "[2001:db8::1]", "10.0.0.1"],
)  # fmt: skip
def test_hosts_of_nobody(host: str) -> None:
    assert builtin().of_host(host) is None


@pytest.mark.parametrize(
    ("extra", "provider"),
    [
        ("User-Agent: Twilio Gateway", "twilio"),
        ("Server: Twilio", "twilio"),
        ("X-Twilio-CallSid: CA00000000000000000000000000000000", "twilio"),
        ("x-twilio-accountsid: AC0", "twilio"),
        ("Server: Telnyx SIP Proxy", "telnyx"),
        ("X-Telnyx-Session-ID: 1", "telnyx"),
        ("X-call_leg_id: 1", "telnyx"),
        ("User-Agent: Asterisk PBX 20.5.0", "asterisk"),
        ("User-Agent: FreeSWITCH-mod_sofia/1.10.9-release", "freeswitch"),
        ("Server: kamailio (5.7.1 (x86_64/linux))", "kamailio"),
        ("Server: OpenSIPS (2.4.3 (x86_64/linux))", "opensips"),
        ("Contact: <sip:1@acme.sip.livekit.cloud;transport=tcp>", "livekit"),
        ("P-Asserted-Identity: <sip:+15550100200@sip.retellai.com>", "retell"),
    ],
)
def test_what_a_sender_writes(extra: str, provider: str) -> None:
    for found in (request(extra), reply(extra)):
        assert found is not None
        assert (found.provider, found.proven) == (provider, True)


@pytest.mark.parametrize(
    "extra",
    [
        "User-Agent: MyTwilioClient",
        "User-Agent: Linphone (Asterisk)",
        "Subject: Twilio Gateway",
        "X-Twilio: 1",
        "P-Asserted-Identity: <sip:twilio@example.com>",
        "Contact: <sip:twilio@192.0.2.9>",
    ],
)
def test_what_only_looks_like_it(extra: str) -> None:
    assert request(extra) is None


def test_livekit_tags_prove_the_software_only_and_only_for_who_chose_them() -> None:
    found = request(from_tag="SCL_a1B2c3D4e5F6")
    assert found == Recognition("livekit", "tag SCL_a1B2c3D4e5F6", False, None)
    assert reply("Max-Forwards: 70", to_tag="SCL_a1B2c3D4e5F6") is not None
    assert request(to_tag=";tag=SCL_a1B2c3D4e5F6") is None
    assert reply("Max-Forwards: 70", from_tag="SCL_a1B2c3D4e5F6") is None
    assert request(from_tag="SCL_short") is None


def test_a_call_id_speaks_about_who_opened_the_dialog() -> None:
    call_id = "0123456789abcdef0123456789abcdef@0.0.0.0"
    found = request(call_id=call_id)
    assert found is not None
    assert (found.provider, found.proven) == ("twilio", False)
    assert request(call_id=call_id, to_tag=";tag=z") is None


def test_an_sdp_session_name_counts_only_when_nothing_else_does() -> None:
    body = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=LiveKit\r\n"
    alone = request(body=body)
    assert alone is not None
    assert (alone.provider, alone.proven) == ("livekit", False)
    passed_on = request("User-Agent: Asterisk PBX 20", body=body)
    assert passed_on is not None
    assert passed_on.provider == "asterisk"


def test_the_diversion_of_a_trunk_tells_the_product() -> None:
    found = request("Diversion: <sip:+15551234567@twilio.com>;reason=unconditional")
    assert found is not None
    assert (found.provider, found.product) == ("twilio", "elastic-sip-trunking")


def of(provider: str, proven: bool = True, product: str | None = None) -> Recognition:
    return Recognition(provider, "because", proven, product)


@pytest.mark.parametrize(
    ("found", "winner"),
    [
        ([of("livekit", False), of("livekit", True)], of("livekit", True)),
        ([of("livekit", False), of("retell")], of("retell")),
        ([of("livekit"), of("retell")], of("retell")),
        ([of("freeswitch"), of("telnyx")], of("telnyx")),
        ([of("kamailio"), of("asterisk")], of("asterisk")),
        ([of("kamailio"), of("livekit", False)], of("livekit", False)),
        (
            [of("twilio"), of("twilio", True, "elastic-sip-trunking")],
            of("twilio", True, "elastic-sip-trunking"),
        ),
        ([None, of("twilio"), None], of("twilio")),
    ],
)
def test_the_stronger_evidence_wins(found: list[Recognition | None], winner: Recognition) -> None:
    assert builtin().combine(found) == winner
    assert builtin().combine(reversed(found)) == winner


def test_of_equals_the_first_counts() -> None:
    assert builtin().combine([of("twilio"), of("retell")]) == of("twilio")
    assert builtin().combine([of("retell"), of("twilio")]) == of("retell")


def test_nothing_combines_to_nothing() -> None:
    assert builtin().combine([]) is None
    assert builtin().combine([None]) is None


@given(st.text(max_size=60))
def test_any_text_may_stand_for_an_address_or_host(text: str) -> None:
    for found in (builtin().of_address(text), builtin().of_host(text)):
        assert found is None or found.provider in builtin()
