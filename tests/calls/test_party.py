from __future__ import annotations

import pytest

from sipdiag.calls.call import Legs
from sipdiag.calls.sides import Sides
from sipdiag.pipeline.run import load_rulebook
from tests.alike.calls import captured
from tests.calls.dialogs import book

HOSTS = """
  unknown: {address: 203.0.113.9}
  sclonly: {address: 203.0.113.10, flavour: livekit}
  phone2: {address: 203.0.113.11, flavour: phone, domain: sip.retellai.com}
"""
DIALOGS = """
  k: {from: unknown, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  s: {from: sclonly, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  v: {from: phone2, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  w: {from: carrier, to: telnyx, caller: "+12025550148", callee: "+13125550162"}
"""


def sides(name: str) -> Sides:
    found = book(f"- {name} INVITE\n- {name} 100\n- {name} 486\n- {name} ACK", hosts=HOSTS, dialogs=DIALOGS)
    return found.calls[0].legs[0].sides


def test_carrier_and_platform() -> None:
    ends = sides("a")
    assert (ends.caller.id, ends.callee.kind) == ("twilio", "platform")
    assert ends.carrier is ends.caller
    assert ends.platform is ends.callee
    assert ends.of(True) is ends.caller
    assert ends.of(False) is ends.callee


def test_who_is_opposite_a_platform_stands_for_the_carrier() -> None:
    found = book(
        "- u INVITE\n- u 486\n- u ACK",
        hosts=HOSTS,
        dialogs='\n  u: {from: unknown, to: agent, caller: "+12025550148", callee: "+13125550162"}\n',
    )
    ends = found.calls[0].legs[0].sides
    assert ends.carrier is ends.caller
    assert ends.carrier.id is None


def test_nobody_is_guessed() -> None:
    ends = sides("p")
    assert ends.carrier is None
    assert ends.platform is None


def test_two_carriers_are_no_platform_and_its_carrier() -> None:
    ends = sides("w")
    assert (ends.caller.kind, ends.callee.kind) == ("carrier", "carrier")
    assert ends.carrier is None


def test_a_tag_alone_proves_the_software_not_the_platform() -> None:
    ends = sides("s")
    assert ends.caller.id == "livekit"
    assert ends.caller.recognition is not None
    assert not ends.caller.recognition.proven


def test_the_callers_own_domain_names_it() -> None:
    assert sides("v").caller.id == "retell"


def test_the_trunks_domain_in_from_does_not_name_the_caller() -> None:
    """Many user agents write the called trunk's host into From."""
    found = book(
        "- y INVITE\n- y 486\n- y ACK",
        hosts=HOSTS,
        dialogs='\n  y: {from: unknown, to: carrier, caller: "+12025550148@acme.pstn.twilio.com", callee: "+13125550162"}\n',
    )
    assert found.calls[0].legs[0].sides.caller.id is None


def test_the_called_end_is_behind_the_proxies() -> None:
    """Whose 100 it is names a proxy, never the end."""
    leg = book("- x INVITE\n- x 100\n- x 180\n- x 486\n- x ACK").calls[0].legs[0]
    assert leg.sides.callee.host.address == "198.51.100.32"
    assert leg.sides.callee.id is None
    assert [side.host.address for side in leg.sides.proxies] == ["198.51.100.5"]
    proxy = leg.sides.proxy("198.51.100.5")
    assert proxy is not None
    assert proxy.id == "kamailio"
    assert leg.sides.proxy("198.51.100.32") is None


def test_without_a_proxy_there_is_none() -> None:
    assert sides("a").proxies == ()


@pytest.mark.parametrize(
    ("contact", "callee"), [("<sip:1000@192.0.2.10:5060>", None), ("<sip:2000@198.51.100.20>", "asterisk")]
)
def test_a_response_that_copies_the_request_says_nothing_of_its_sender(
    contact: str, callee: str | None
) -> None:
    head = (
        "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK1\r\nFrom: <sip:1000@192.0.2.10>;tag=1\r\n"
        "To: <sip:2000@198.51.100.20>{to}\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContact: {contact}\r\n"
        "User-Agent: Asterisk PBX 20.4.0\r\nContent-Length: 0\r\n\r\n"
    )
    sent = [
        "INVITE sip:2000@198.51.100.20 SIP/2.0\r\n"
        + head.format(to="", contact="<sip:1000@192.0.2.10:5060>"),
        "SIP/2.0 480 Temporarily Unavailable\r\n" + head.format(to=";tag=2", contact=contact),
    ]
    legs = Legs(captured([one.encode() for one in sent]), load_rulebook().providers)
    ends = legs.legs[0].sides
    assert ends.caller.id == "asterisk"
    assert ends.callee.id == callee


@pytest.mark.parametrize(("links", "recognised"), [("links: [0], ", None), ("", "opensips")])
def test_a_refusal_of_a_proxys_own_does_not_name_the_end(links: str, recognised: str | None) -> None:
    """Where the end itself answered, the refusal is passed on, and its header is the end's."""
    found = book(
        f"- x INVITE\n- x 100: {{links: [0]}}\n- x 408 +30: {{{links}headers: {{Server: OpenSIPS (3.2.9)}}}}"
    )
    assert found.calls[0].legs[0].sides.callee.id == recognised
