"""Where in-dialog requests had to go, and how messages depart from it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from sipdiag.calls import departures
from sipdiag.calls.departures import Departure, same_place
from sipdiag.calls.model import Leg
from sipdiag.calls.routing import Routing
from sipdiag.sip.address import parse_uri
from tests.calls.dialogs import HEALTHY, one_leg

UP = """
  - a INVITE
  - a 100
  - a 180 +0.3
  - a 200 +2
  - a ACK
"""
THROUGH = """
  - x INVITE
  - x 180 +0.3
  - x 200 +2
  - x ACK
"""
STRICT = """
  - a INVITE
  - a 200 +2: {headers: {Record-Route: "<sip:203.0.113.9>", Contact: "<sip:bot@203.0.113.77>"}}
  - a ACK: {start: "ACK sip:203.0.113.9 SIP/2.0", headers: {Route: "<sip:bot@203.0.113.77>"}}
"""


def found(leg: Leg) -> list[Departure]:
    """Departures of everything within the leg's dialogs, ACKs included."""
    routing = Routing(leg)
    sent = [request.first for request in leg.requests if request.own.requests]
    acks = [ack for request in leg.requests for ack in request.acks]
    return [departure for one in (*sent, *acks) if (departure := routing.request(one))]


def one(leg: Leg) -> tuple[str, str, str, str]:
    (departure,) = found(leg)
    return departure.header, departure.found, departure.wanted, departure.said_by


@pytest.mark.parametrize(
    "ladder",
    [
        HEALTHY,
        THROUGH + "  - x alice BYE +9\n  - x 200\n",
        THROUGH + "  - x bob BYE +9\n  - x 200\n",
        STRICT,
        UP + "  - a carrier UPDATE +5\n  - a 200\n  - a agent INVITE +5 sdp\n  - a 200 sdp\n  - a ACK\n",
    ],
    ids=["plain", "proxy", "proxy, callee", "strict router", "refreshed without a change"],
)
def test_what_follows_the_dialog_departs_from_nothing(ladder: str) -> None:
    assert found(one_leg(ladder)) == []


def test_a_bye_to_another_place_than_the_contact() -> None:
    ladder = UP + '  - a carrier BYE +9: {start: "BYE sip:+12025550148@203.0.113.99 SIP/2.0"}\n'
    header, sent, wanted, said_by = one(one_leg(ladder))
    assert (header, said_by) == ("Request-URI", "Contact")
    assert sent == "sip:+12025550148@203.0.113.99"
    assert "161.115.160.20" in wanted


def test_a_request_without_the_recorded_route() -> None:
    leg = one_leg(THROUGH + "  - x alice BYE +9: {remove: [Route], links: [0]}\n")
    header, sent, wanted, said_by = one(leg)
    assert (header, sent, said_by) == ("Route", "", "Record-Route")
    assert "198.51.100.5" in wanted


def test_an_outbound_proxy_may_stand_before_the_route_set() -> None:
    own = "Route: ['<sip:198.51.100.5:5060;lr>', '<sip:198.51.100.5:5060;lr>']"
    assert found(one_leg(THROUGH + f"  - x alice BYE +9: {{headers: {{{own}}}, links: [0]}}\n")) == []


@pytest.mark.parametrize(("named", "wanted"), [("tcp", "TCP"), ("udp", None), ("ws", None)])
def test_a_request_over_another_transport_than_the_contact_names(named: str, wanted: str | None) -> None:
    target = f"sip:bot@161.115.160.20;transport={named}"
    ladder = f"""
  - a INVITE
  - a 200 +2: {{headers: {{Contact: "<{target}>"}}}}
  - a ACK: {{start: "ACK {target} SIP/2.0"}}
  - a carrier BYE +9: {{start: "BYE {target} SIP/2.0"}}
"""
    departures = {(one.header, one.found, one.wanted, one.said_by) for one in found(one_leg(ladder))}
    assert departures == ({("transport", "UDP", wanted, "Contact")} if wanted is not None else set())


REFRESH = """
  - a carrier UPDATE +5
  - a 200: {headers: {Contact: "<sip:bot@161.115.160.20:5080>"}}
"""


def test_the_2xx_of_an_update_moves_the_target() -> None:
    moved = UP + REFRESH + '  - a carrier BYE +9: {start: "BYE sip:bot@161.115.160.20:5080 SIP/2.0"}\n'
    assert found(one_leg(moved)) == []
    stale = UP + REFRESH + '  - a carrier BYE +9: {start: "BYE sip:161.115.160.20:5060 SIP/2.0"}\n'
    assert one(one_leg(stale))[0] == "Request-URI"


def test_a_contact_that_was_refused_may_be_used_but_need_not() -> None:
    tried = """
  - a carrier INVITE +5 sdp: {headers: {Contact: "<sip:c@54.172.60.9>"}}
  - a 491
  - a ACK
"""
    to_new = '  - a agent BYE +9: {start: "BYE sip:c@54.172.60.9 SIP/2.0"}\n'
    assert found(one_leg(UP + tried + to_new)) == []
    assert found(one_leg(UP + tried + "  - a agent BYE +9\n")) == []


def test_a_dialog_whose_beginning_is_missing_says_nothing() -> None:
    assert found(one_leg("  - a carrier BYE\n  - a 200\n")) == []


def test_the_ack_to_a_refusal_repeats_the_invite() -> None:
    refused = "  - a INVITE\n  - a 302 sip:new@203.0.113.5 +0.1\n"
    leg = one_leg(refused + "  - a ACK\n")
    assert departures.refusal_ack(leg, leg.invites[0].own) is None
    leg = one_leg(refused + '  - a ACK: {start: "ACK sip:new@203.0.113.5 SIP/2.0"}\n')
    departure = departures.refusal_ack(leg, leg.invites[0].own)
    assert departure is not None
    assert (departure.header, departure.found) == ("Request-URI", "sip:new@203.0.113.5")


VIA = "SIP/2.0/UDP 203.0.113.200:5060;branch=z9hG4bKother"


def test_a_cancel_repeats_the_invites_via() -> None:
    ringing = "  - a INVITE\n  - a 180 +0.3\n"
    for cancelled, wanted in (
        ("  - a CANCEL +5\n", None),
        (f"  - a CANCEL +5: {{headers: {{Via: '{VIA}'}}}}\n", "Via"),
    ):
        leg = one_leg(ringing + cancelled)
        hops = [hop for request in leg.requests if request.method == "CANCEL" for hop in request.hops]
        departure = departures.cancel(hops[0], [hop for invite in leg.invites for hop in invite.hops])
        assert (departure and departure.header) == wanted


def test_a_cancel_is_meant_for_the_invite_of_its_own_branch() -> None:
    """A proxy forks with one CSeq number, and cancels the branch that lost."""
    leg = one_leg(
        "- x INVITE\n- f INVITE\n- x 180 +0.3: {links: [1]}\n- f 180\n- f CANCEL +5: {links: [1]}\n"
    )
    (cancelled,) = [hop for request in leg.requests if request.method == "CANCEL" for hop in request.hops]
    assert departures.cancel(cancelled, [hop for invite in leg.invites for hop in invite.hops]) is None


@pytest.mark.parametrize(
    ("via", "wanted"),
    [
        ("SIP/2.0/UDP 192.168.0.10:5060;rport;branch=z9hG4bK1", "54.172.60.1:5060"),
        ("SIP/2.0/UDP 192.168.0.10:5077;branch=z9hG4bK1", "54.172.60.1:5077"),
        ("SIP/2.0/UDP 192.168.0.10:5077;maddr=192.168.0.1;branch=z9hG4bK1", None),
    ],
)
def test_a_response_goes_back_where_the_request_came_from(via: str, wanted: str | None) -> None:
    leg = one_leg(f"  - a INVITE: {{headers: {{Via: '{via}'}}}}\n")
    hop = leg.invites[0].own
    request = hop.requests[0]
    astray = replace(request, src=request.dst, dst=request.src._replace(port=9))
    departure = departures.response(leg, hop, astray)
    assert (departure and departure.wanted) == wanted
    if wanted is not None:
        address, _, port = wanted.rpartition(":")
        right = replace(astray, dst=request.src._replace(address=address, port=int(port)))
        assert departures.response(leg, hop, right) is None


@pytest.mark.parametrize(
    ("one_", "other", "same"),
    [
        ("sip:a@h", "sip:a@h:5060", True),
        ("sips:a@h", "sips:a@h:5061", True),
        ("sip:a@h;transport=tls", "sip:a@h:5061", True),
        ("sip:a@h", "sip:a@h:5070", False),
        ("sip:a@h", "sip:b@h", False),
        ("sip:h", "sip:b@h", True),
        ("tel:+1555", "tel:+1555", True),
        ("tel:+1555", "tel:+1556", False),
    ],
)
def test_same_place(one_: str, other: str, same: bool) -> None:
    assert same_place(parse_uri(one_), parse_uri(other)) is same


STRANGE = "<sip:b@example.com>;tag=of-another-call"


def test_a_request_with_the_tag_of_another_call() -> None:
    ladder = UP + f"  - a carrier BYE +9: {{headers: {{To: '{STRANGE}'}}}}\n"
    header, sent, _wanted, said_by = one(one_leg(ladder))
    assert (header, sent, said_by) == ("To tag", "of-another-call", "To tag")
    ladder = UP + f"  - a agent BYE +9: {{headers: {{To: '{STRANGE}'}}}}\n"
    leg = one_leg(ladder)
    header, _sent, wanted, said_by = one(leg)
    assert (header, wanted, said_by) == ("To tag", leg.from_tag, "From tag")


def test_where_a_fork_answered_another_tag_is_no_fault() -> None:
    """One of the branches may have answered a second time, uncaptured."""
    forked = "- x INVITE\n- f INVITE\n- x 180 +0.3\n- f 180\n- f 200 +1\n- f ACK\n"
    leg = one_leg(forked + f"- f alice BYE +9: {{headers: {{To: '{STRANGE}'}}}}\n")
    assert not [departure for departure in found(leg) if departure.header == "To tag"]


@pytest.mark.parametrize(("changed", "in_step"), [("", True), (f": {{headers: {{To: '{STRANGE}'}}}}", False)])
def test_a_request_in_step_with_its_dialog(changed: str, in_step: bool) -> None:
    leg = one_leg(UP + f"  - a carrier BYE +9{changed}\n")
    (bye,) = [request for request in leg.requests if request.method == "BYE"]
    assert Routing(leg).in_step(bye.first) is in_step
