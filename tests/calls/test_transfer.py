from __future__ import annotations

import pytest

from sipdiag.calls.model import Transfer
from tests.calls.dialogs import book

UP = """
  - a INVITE
  - a 100
  - a 180 +0.3
  - a 200 +2
  - a ACK
"""
DIALOGS = """
  o2: {from: agent, to: carrier, caller: "+12025550148", callee: "+13125550199"}
  edge: {from: agent2, to: carrier, caller: "+12025550148", callee: "+13125550162"}
  n: {from: carrier, to: telnyx, caller: "+12025550148", callee: "+13125550162"}
  r: {from: agent, to: carrier, caller: "+12025550148", callee: "+14155550137"}
  r2: {from: agent, to: carrier, caller: "+12025550148", callee: "+14155550137"}
  b: {from: agent, to: carrier, caller: "+12025550148", callee: "+14155550137"}
  c: {from: agent, to: carrier, caller: "+14155550137", callee: "+13125550162"}
  q: {from: carrier, to: pbx, caller: "+14155550137", callee: "+12025550148"}
  q1: {from: pbx, to: bob, caller: "+14155550137", callee: "201"}
  q2: {from: pbx, to: bob2, caller: "+14155550137", callee: "202"}
"""
HOSTS = "\n  agent2: {address: 161.115.160.77, flavour: livekit}\n"


def transfers(ladder: str) -> list[Transfer]:
    """The transfers of the first call."""
    return book(ladder, dialogs=DIALOGS, hosts=HOSTS).calls[0].transfers


def only(ladder: str) -> Transfer:
    (transfer,) = transfers(ladder)
    return transfer


def statuses(transfer: Transfer) -> list[int | None]:
    return [notify.status for notify in transfer.notifies]


REFER = UP + "  - a agent REFER tel:+13125550162 +9\n  - a 202\n"
RESULT = """
  - a carrier NOTIFY 100
  - a 200
  - a carrier NOTIFY 200 +4
  - a 200
"""


def test_refer_with_its_notifies() -> None:
    transfer = only(REFER + RESULT)
    assert (transfer.method, transfer.target, transfer.id) == ("refer", "tel:+13125550162", "c1.t1")
    assert statuses(transfer) == [100, 200]
    assert (transfer.transferor.address, transfer.transferee.address) == ("161.115.160.20", "54.172.60.1")
    assert not transfer.by_caller


def test_a_notify_may_overtake_the_202() -> None:
    ladder = UP + "  - a agent REFER tel:+13125550162 +9\n  - a carrier NOTIFY 100\n  - a 202 REFER\n"
    transfer = only(ladder)
    assert statuses(transfer) == [100]
    assert transfer.refers[0].status == 202


@pytest.mark.parametrize("answer", ["407", "405", "503"])
def test_a_refused_refer_sent_again_is_the_same_transfer(answer: str) -> None:
    ladder = f"{UP}  - a agent REFER tel:+13125550162 +9\n  - a {answer}\n"
    transfer = only(ladder + "  - a agent REFER tel:+13125550162 +0.1\n  - a 202\n" + RESULT)
    assert [refer.status for refer in transfer.refers] == [int(answer), 202]


def test_an_unanswered_refer_made_again_is_the_same_transfer() -> None:
    twice = "  - a agent REFER tel:+13125550162 +9\n  - a agent REFER tel:+13125550162 +40\n"
    assert [refer.status for refer in only(UP + twice).refers] == [None, None]


def test_an_unanswered_refer_to_elsewhere_is_another_transfer() -> None:
    found = transfers(UP + "  - a agent REFER tel:+13125550162 +9\n  - a agent REFER tel:+13125550199 +40\n")
    assert [len(transfer.refers) for transfer in found] == [1, 1]


def test_a_refer_whose_notify_came_was_taken_and_the_next_is_another_transfer() -> None:
    found = transfers(
        UP
        + "  - a agent REFER tel:+13125550162 +9\n  - a carrier NOTIFY 486 +1\n  - a 200\n"
        + "  - a agent REFER tel:+13125550162 +9\n"
    )
    assert [statuses(transfer) for transfer in found] == [[486], []]


def test_refers_outside_the_dialog_without_an_answer_are_one_transfer() -> None:
    transfer = only(UP + "  - r REFER tel:+13125550162 +9\n  - r2 REFER tel:+13125550162 +40\n  - r2 202\n")
    assert [refer.status for refer in transfer.refers] == [None, 202]


def test_a_refused_refer_to_elsewhere_is_another_transfer() -> None:
    found = transfers(
        UP
        + "  - a agent REFER tel:+13125550162 +9\n  - a 405\n"
        + "  - a agent REFER tel:+13125550199 +1\n  - a 202\n"
    )
    assert [transfer.target for transfer in found] == ["tel:+13125550162", "tel:+13125550199"]
    assert [transfer.id for transfer in found] == ["c1.t1", "c1.t2"]


def test_event_ids_sort_the_notifies_of_two_refers() -> None:
    first, second = transfers(
        REFER
        + """
  - a agent REFER tel:+13125550199 +1
  - a 202
  - a carrier NOTIFY 200 +2: {headers: {Event: "refer;id=2"}}
  - a 200
  - a carrier NOTIFY 486 +1: {headers: {Event: "refer;id=1"}}
  - a 200
"""
    )
    assert [first.refers[0].cseq, second.refers[0].cseq] == [1, 2]
    assert (statuses(first), statuses(second)) == ([486], [200])


def test_without_event_id_a_notify_belongs_to_the_latest_refer() -> None:
    first, second = transfers(REFER + "  - a agent REFER tel:+13125550199 +5\n  - a 202\n" + RESULT)
    assert (statuses(first), statuses(second)) == ([], [100, 200])


def test_a_notify_of_something_else_is_none_of_it() -> None:
    transfer = only(REFER + "  - a carrier NOTIFY 200: {headers: {Event: talk}}\n  - a 200\n")
    assert not transfer.notifies


def test_a_notify_without_a_readable_body_has_no_status() -> None:
    transfer = only(REFER + "  - a carrier NOTIFY 100: {body: nothing}\n  - a 200\n")
    assert statuses(transfer) == [None]


def test_refer_outside_the_dialog_with_target_dialog() -> None:
    named = "{headers: {Target-Dialog: '{a.call_id};local-tag={a.to_tag};remote-tag={a.from_tag}'}}"
    ladder = (
        UP + f"  - r REFER tel:+13125550162 +9: {named}\n  - r 202\n  - r carrier NOTIFY 200 +2\n  - r 200\n"
    )
    transfer = only(ladder)
    assert transfer.leg is not None
    assert transfer.leg.id == "c1.1"
    assert statuses(transfer) == [200]
    assert not transfer.by_caller


def test_refer_outside_the_dialog_of_another_call_counts_for_none() -> None:
    assert not transfers(UP + "  - o2 REFER tel:+13125550162 +9\n  - o2 202\n")


def test_refer_outside_the_dialog_between_the_same_two_parties_is_about_their_call() -> None:
    transfer = only(UP + "  - r REFER tel:+13125550162 +9\n  - r 202\n")
    assert transfer.leg is not None
    assert transfer.leg.id == "c1.1"
    assert not transfer.by_caller


def test_the_leg_a_refer_created() -> None:
    transfer = only(REFER + "  - n INVITE +0.2\n  - n 486 +2\n  - n ACK\n")
    assert [(leg.id, leg.role) for leg in transfer.new_legs] == [("c1.2", "transfer")]


def test_a_refer_whose_target_is_written_in_another_form_finds_its_leg() -> None:
    ladder = UP + "  - a agent REFER sip:13125550162@acme.pstn.twilio.com +9\n  - a 202\n"
    assert len(only(ladder + "  - n INVITE +0.2\n").new_legs) == 1


def test_attended() -> None:
    dialogs = """
  one: {from: alice, to: bob, caller: alice, callee: bob}
  two: {from: alice, to: carol, caller: alice, callee: carol}
  three: {from: bob, to: carol, caller: bob, callee: carol}
"""
    (call,) = book(
        """
        - one INVITE
        - one 200 +1
        - one ACK
        - two INVITE +5
        - two 200 +1
        - two ACK
        - one REFER sip:carol@example.com replaces=two +5
        - one 202
        - three INVITE replaces=two +0.1
        - three 200
        - three ACK
        """,
        dialogs=dialogs,
    ).calls
    (transfer,) = call.transfers
    assert (transfer.method, transfer.by_caller) == ("replaces", True)
    assert [leg.call_id for leg in transfer.new_legs] == [call.legs[2].call_id]
    assert [leg.role for leg in call.legs] == ["inbound", "outbound", "transfer"]


BRIDGE = UP + "  - o INVITE +9\n  - o 100\n"


def test_a_platforms_second_invite() -> None:
    transfer = only(BRIDGE + "  - o 486 +1\n  - o ACK\n")
    assert (transfer.method, transfer.refers, transfer.by_caller) == ("invite", [], False)
    assert [leg.id for leg in transfer.new_legs] == ["c1.2"]
    assert (transfer.transferor.address, transfer.transferee.address) == ("161.115.160.20", "54.172.60.1")


def test_several_attempts_are_one_transfer() -> None:
    transfer = only(
        BRIDGE + "  - o 503 +1\n  - o ACK\n  - o2 INVITE +1\n  - o2 180 +1\n  - o2 200 +3\n  - o2 ACK\n"
    )
    assert [leg.id for leg in transfer.new_legs] == ["c1.2", "c1.3"]


def test_a_cloud_platform_dials_from_another_edge() -> None:
    transfer = only(UP + "  - edge INVITE +9\n  - edge 486 +1\n  - edge ACK\n")
    assert (transfer.method, transfer.by_caller) == ("invite", False)
    assert transfer.transferee.address == "54.172.60.1"


def test_of_two_platforms_the_one_that_placed_the_call_may_move_it_from_another_edge() -> None:
    dialogs = """
  two: {from: vapi1, to: agent, caller: "+14155550137", callee: "+12025550148"}
  third: {from: vapi2, to: carrier, caller: "+12025550148", callee: "+13125550162", headers: {Diversion: "<sip:+14155550137@x>"}}
"""
    hosts = "\n" + "".join(
        f"  vapi{n}: {{address: {address}, flavour: generic}}\n"
        for n, address in ((1, "44.229.228.186"), (2, "44.238.177.138"))
    )
    held = "- two vapi1 INVITE hold +8\n- two 200\n- two ACK\n"
    ladder = f"- two INVITE\n- two 200 +1\n- two ACK\n{held}- third INVITE +1\n- third 403 +1\n- third ACK"
    (call,) = book(ladder, dialogs=dialogs, hosts=hosts).calls
    (transfer,) = call.transfers
    assert (transfer.method, transfer.by_caller) == ("invite", True)


def test_a_platform_that_placed_the_call_and_dials_a_third_party() -> None:
    transfer = only("- b INVITE\n- b 200 +1\n- b ACK\n- c INVITE +9\n- c 403 +1\n- c ACK")
    assert (transfer.method, transfer.by_caller) == ("invite", True)


def test_a_bridge_after_a_refer_that_failed_is_a_second_transfer() -> None:
    """The same target, called by the one who had sent the REFER."""
    refer, bridge = transfers(
        REFER + "  - a carrier NOTIFY 503 +1\n  - a 200\n  - o INVITE +1\n  - o 200 +3\n  - o ACK\n"
    )
    assert (refer.method, refer.new_legs) == ("refer", [])
    assert (bridge.method, [leg.id for leg in bridge.new_legs]) == ("invite", ["c1.2"])


def test_a_leg_beside_a_refer_that_may_succeed_is_no_transfer_of_its_own() -> None:
    assert only(REFER + "  - o2 INVITE +1\n  - o2 200 +3\n  - o2 ACK\n").method == "refer"


def test_dialling_the_caller_back_is_no_transfer() -> None:
    assert not transfers(UP + "  - b INVITE +9\n  - b 486 +1\n  - b ACK\n")


def test_dialling_after_the_call_is_no_transfer() -> None:
    assert not transfers(UP + "  - a agent BYE +3\n  - a 200\n  - o INVITE +2\n  - o 486 +1\n  - o ACK\n")


PBX = {
    "ring all": """
  - q INVITE
  - q1 INVITE
  - q2 INVITE
  - q1 180 +0.2
  - q2 200 +5
  - q2 ACK
  - q1 CANCEL
  - q1 200 CANCEL
  - q1 487 INVITE
  - q1 ACK
  - q 200 INVITE
  - q ACK
""",
    "queue": """
  - q INVITE
  - q 200 +0.2
  - q ACK
  - q1 INVITE +3
  - q1 180 +0.2
  - q1 CANCEL +15
  - q1 200 CANCEL
  - q1 487 INVITE
  - q1 ACK
  - q2 INVITE +1
  - q2 200 +4
  - q2 ACK
""",
}


@pytest.mark.parametrize("ladder", PBX.values(), ids=PBX)
def test_what_a_pbx_does_all_day_is_no_transfer(ladder: str) -> None:
    (call,) = book(ladder, dialogs=DIALOGS, hosts=HOSTS).calls
    assert not call.transfers
    assert [leg.role for leg in call.legs] == ["inbound", "outbound", "outbound"]


def test_a_pbx_that_parks_the_caller_and_forwards_him_does_transfer() -> None:
    """From is the caller's, and his leg is put on hold for it."""
    ladder = """
  - q INVITE
  - q 200 +0.2
  - q ACK
  - q pbx INVITE hold +3
  - q 200
  - q ACK
  - q1 INVITE +1
  - q1 200 +4
  - q1 ACK
"""
    assert only(ladder).method == "invite"


def test_a_recording_is_no_transfer() -> None:
    dialogs = DIALOGS + (
        '  rec: {from: agent, to: pbx, caller: "+12025550148", callee: "+13125550111", '
        "headers: {Require: siprec}}\n"
    )
    (call,) = book(UP + "  - rec INVITE +3\n  - rec 200\n  - rec ACK\n", dialogs=dialogs, hosts=HOSTS).calls
    assert [leg.role for leg in call.legs] == ["inbound", "recording"]
    assert not call.transfers


OTHER_CALL = UP + "  - o2 INVITE +5\n  - o2 100\n  - o2 180 +1\n  - o2 200 +3\n  - o2 ACK\n"


def test_a_target_that_is_hung_up_with_the_caller_was_bridged() -> None:
    transfer = only(OTHER_CALL + "  - a carrier BYE +20\n  - a 200\n  - o2 agent BYE +0.3\n  - o2 200\n")
    assert transfer.method == "invite"


def test_a_weakly_joined_leg_that_talks_on_is_another_call_of_a_dialler() -> None:
    assert (
        transfers(OTHER_CALL + "  - a carrier BYE +20\n  - a 200\n  - o2 agent BYE +30\n  - o2 200\n") == []
    )


def test_a_consultation_that_a_refer_wants_replaced_is_no_transfer_of_its_own() -> None:
    """Also when the start of the first call was not captured."""
    dialogs = """
  d: {from: carrier, to: pbx, caller: "1100", callee: "1101"}
  e: {from: pbx, to: carrier, caller: "1101", callee: "1102"}
"""
    ladder = """
  - d INVITE lost
  - d 200 +1 lost
  - d ACK lost
  - d pbx INVITE hold +5 lost
  - d 200
  - d pbx ACK
  - e INVITE +1
  - e 200 +2
  - e ACK
  - d pbx REFER sip:1102@x replaces=e +4
  - d 202
  - d carrier NOTIFY 481 +1
  - d 200
  - d pbx INVITE resume +1
  - d 200
  - d pbx ACK
  - e pbx BYE +3
  - e 200
  - d carrier BYE +9
  - d 200
"""
    found = book(ladder, dialogs=dialogs, hosts=HOSTS)
    assert [one.method for call in found.calls for one in call.transfers] == ["replaces"]
