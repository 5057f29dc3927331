from __future__ import annotations

from collections.abc import Callable

from sipdiag.scenario.ladder import SentMessage
from sipdiag.sip.message import Message

Play = Callable[[str], list[SentMessage]]


def hops(sent: list[SentMessage]) -> list[str]:
    return [f"{one.src.name}>{one.dst.name}" for one in sent]


def test_a_proxy_pushes_via_and_record_route_and_responses_go_back(sent: Play) -> None:
    found = sent("p INVITE\np 100\np 180\np 200\np ACK")
    assert hops(found) == [
        "alice>proxy", "proxy>bob",
        "proxy>alice", "bob>proxy",
        "bob>proxy", "proxy>alice", "bob>proxy", "proxy>alice",
        "alice>proxy", "proxy>bob",
    ]  # fmt: skip
    first, second = Message(found[0].data), Message(found[1].data)
    assert len(first.vias) == 1
    assert len(second.vias) == 2
    assert second.vias[1].branch == first.branch != second.branch
    assert second.values("Record-Route") == ["<sip:198.51.100.5:5060;lr>"]
    assert (first.header("Max-Forwards"), second.header("Max-Forwards")) == ("70", "69")
    ringing = Message(found[4].data)
    assert [via.branch for via in ringing.vias] == [via.branch for via in second.vias]
    ack, forwarded = Message(found[8].data), Message(found[9].data)
    assert ack.values("Route") == ["<sip:198.51.100.5:5060;lr>"]
    assert not forwarded.values("Route")


def test_a_fork_is_the_same_request_on_another_branch(sent: Play) -> None:
    found = sent("p INVITE\nf INVITE\nf 180\np 200\nf CANCEL\nf 200 CANCEL\nf 487\nf ACK")
    main, fork = Message(found[1].data), Message(found[2].data)
    assert hops(found)[2] == "proxy>bob2"
    assert (main.call_id, main.from_tag, main.cseq) == (fork.call_id, fork.from_tag, fork.cseq)
    assert main.vias[1].branch == fork.vias[1].branch
    assert main.branch != fork.branch
    cancel, terminated, ack = (Message(one.data) for one in (found[7], found[9], found[10]))
    assert hops(found)[7:] == ["proxy>bob2", "bob2>proxy", "bob2>proxy", "proxy>bob2"]
    assert cancel.branch == fork.branch == ack.branch
    assert len(cancel.vias) == 1
    assert ack.to_tag == terminated.to_tag != Message(found[5].data).to_tag


def test_links_choose_the_hops(sent: Play) -> None:
    assert hops(sent("p INVITE: {links: [1]}")) == ["proxy>bob"]


def test_a_proxy_with_two_sides_is_passed_in_the_order_of_the_way(sent: Play) -> None:
    found = sent("w INVITE\nw 200\nw ACK: {links: [0]}\nw bob BYE: {links: [1]}")
    recorded = ["<sip:10.0.0.6;lr>", "<sip:198.51.100.6;lr>"]
    assert Message(found[1].data).values("Record-Route") == recorded
    ack, bye = (Message(one.data) for one in found[-2:])
    assert ack.values("Route") == recorded[::-1]
    assert bye.values("Route") == recorded


def test_a_host_behind_nat_writes_the_address_it_believes_to_have(sent: Play) -> None:
    invite, answer = sent("h INVITE\nh 200")
    message = Message(invite.data)
    assert invite.src.address == "198.51.100.77"
    assert message.vias[0].host == "192.168.178.23"
    assert message.contact is not None
    assert message.contact.uri.host == "192.168.178.23"
    assert message.sdp is not None
    assert message.sdp.media[0].connection == "192.168.178.23"
    assert Message(answer.data).vias[0].params["received"] == "198.51.100.77"


def test_a_message_may_come_from_and_go_elsewhere(sent: Play) -> None:
    (found,) = sent('p INVITE: {links: [0], src: "198.51.100.31:4000", dst: "198.51.100.9:5070"}')
    assert (found.src.port, found.dst.address, found.dst.port) == (4000, "198.51.100.9", 5070)
