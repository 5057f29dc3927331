"""What logs do to messages, one trap a test."""

from __future__ import annotations

import json
import quopri

import pytest

from tests.logs.build import SDP, call, data, log, request, response, trace

INVITE = request("INVITE", 1, "i", SDP)
OK = response("200 OK", 2, "BYE", "b")


def text(message: bytes) -> bytes:
    return message.replace(b"\r\n", b"\n")


def prefixed(lines: bytes, prefix: bytes) -> bytes:
    return b"".join(prefix + line + b"\n" for line in lines.split(b"\n"))


@pytest.mark.parametrize(
    "prefix",
    [
        b"[Mar 30 13:35:51] ",
        b"> ",
        b"   ",
        b"//   ",
        b"sip_1  | ",
        b"Mar 30 13:35:51 host kamailio[123]: ",
        b"2023-09-20 09:58:08.472 20476-20521 System.out org.app I  ",
        b"2020-02-18 09:51:27.594+0100 App[1719:3a4f] [Message] \t",
    ],
)
def test_a_prefix_on_every_line(prefix: bytes) -> None:
    assert data(prefixed(text(INVITE) + text(OK), prefix)) == [INVITE, OK]


def test_blanks_at_the_end_of_a_prefix_may_be_lost_on_empty_lines() -> None:
    lines = prefixed(text(INVITE), b"[Mar 30 13:35:51] ").replace(b"] \n", b"]\n")
    assert data(lines) == [INVITE]


def test_a_framing_line_behind_a_prompt() -> None:
    read = trace(b"pbx*CLI> " + log("asterisk-pjsip"))
    assert read.form.name == "asterisk-pjsip"
    assert read.payloads[0].dst.address == "198.51.100.7"


def test_a_body_that_was_not_logged_does_not_swallow_what_follows() -> None:
    head = text(INVITE).partition(b"v=0")[0]
    read = trace(head + text(OK))
    assert [payload.data for payload in read.payloads] == [
        INVITE.partition(b"v=0")[0].replace(b"Content-Length: %d" % len(SDP), b"Content-Length: 0"),
        OK,
    ]
    assert read.altered == [1]


def test_an_empty_line_before_the_body_was_lost() -> None:
    assert data(text(INVITE).replace(b"\n\nv=0", b"\nv=0")) == [INVITE]


def test_two_headers_on_one_line() -> None:
    (message,) = data(text(INVITE).replace(b"Max-Forwards: 70\n", b"Max-Forwards: 70 Allow-Events: kpml\n"))
    assert b"\r\nMax-Forwards: 70\r\nAllow-Events: kpml\r\n" in message


def test_an_empty_line_after_every_line() -> None:
    assert data(text(INVITE).replace(b"\n", b"\n\n") + text(OK).replace(b"\n", b"\n\n")) == [INVITE, OK]


def test_lines_wrapped_at_80_columns() -> None:
    long = b"Authorization: Digest " + b"x" * 90
    whole = text(OK).replace(b"Content-Length", long + b"\nContent-Length")
    wrapped = whole.replace(long, b"Authorization: Digest \n" + b"x" * 80 + b"\n" + b"x" * 10)
    (message,) = data(wrapped)
    assert message == whole.replace(b"\n", b"\r\n")


def test_a_log_line_cut_in_between_headers() -> None:
    cut = text(OK).replace(b"Call-ID", b"[2022-07-22 09:00:29] NOTICE[6206]: pjsip.c: Failed\nCall-ID")
    assert data(cut) == [OK]


NOTIFY = (
    b"NOTIFY sip:alice@203.0.113.10 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7:5080;branch=z9hG4bKn\r\n"
    b"From: <sip:bob@198.51.100.7>;tag=b1\r\nTo: <sip:alice@203.0.113.10>;tag=a1\r\nCall-ID: one@203.0.113.10\r\n"
    b"CSeq: 3 NOTIFY\r\nEvent: refer\r\nSubscription-State: terminated\r\n"
    b"Content-Type: message/sipfrag\r\nContent-Length: 23\r\n\r\nSIP/2.0 486 Busy Here\r\n"
)
LINE = b"[2022-07-22 09:00:29] NOTICE[6206]: pjsip.c: Failed\n"


@pytest.mark.parametrize("before", [b"Event", b"Subscription", b"CSeq", b"\nSIP/2.0 486", b"SIP/2.0 486"])
@pytest.mark.parametrize("lines", [1, 3])
def test_lines_of_another_thread_cut_in_anywhere(before: bytes, lines: int) -> None:
    cut = text(NOTIFY).replace(before, LINE * lines + before, 1)
    assert data(cut + b"\n" + text(OK)) == [NOTIFY, OK]


@pytest.mark.parametrize("before", [b"c=IN", b"a=sendrecv", b"\nv=0", b"v=0", b"s=-"])
def test_lines_of_another_thread_cut_into_a_description(before: bytes) -> None:
    assert data(text(INVITE).replace(before, LINE + before, 1) + text(OK)) == [INVITE, OK]


def test_a_description_that_the_program_prints_again_is_not_part_of_the_body() -> None:
    short = text(INVITE).replace(b"a=sendrecv\n", b"")
    (payload,) = trace(short + LINE + b"v=0\no=- 2 2 IN IP4 10.0.0.1\n").payloads
    assert b"10.0.0.1" not in payload.data


def test_a_block_of_log_lines_is_the_end_of_a_message() -> None:
    cut = text(NOTIFY).replace(b"CSeq", LINE * 4 + b"CSeq")
    (payload,) = trace(cut).payloads
    assert b"CSeq" not in payload.data


def test_behind_a_message_without_a_body_nothing_is_taken_for_one() -> None:
    cut = text(OK).rstrip(b"\n") + b"\n" + LINE + b"\nv=0 is what the next line of prose begins with\n"
    assert data(cut) == [OK]


def quoted_printable(lines: bytes) -> bytes:
    return quopri.encodestring(lines).replace(b"\n", b"\r\n")


def test_a_mail_as_it_is_stored() -> None:
    head = b"Subject: calls\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    read = trace(head + quoted_printable(text(INVITE) + text(OK)))
    assert [payload.data for payload in read.payloads] == [INVITE, OK]
    assert read.payloads[0].position.number == 4


def test_a_mail_whose_head_was_not_kept() -> None:
    assert data(quoted_printable(text(INVITE) + text(OK))) == [INVITE, OK]


def test_an_equals_sign_alone_makes_no_mail() -> None:
    other = INVITE.replace(b"bob@198.51.100.7:5080 SIP", b"bob@198.51.100.7:5080;x=41 SIP")
    assert data(text(other) + text(OK)) == [other, OK]


def test_a_tag_that_begins_with_3d_makes_no_mail() -> None:
    tagged = INVITE.replace(b";tag=a1", b";tag=3d894b84").replace(
        b":5060;branch", b":5060;received=198.51.100.7;branch"
    )
    assert data(text(tagged) + text(OK)) == [tagged, OK]


def test_marks_of_a_body_of_xml_are_its_own() -> None:
    xml = b"<?xml version='1.0'?>\r\n<note>&lt;sip:bob@example.com&gt; &amp; others</note>\r\n"
    notify = request("NOTIFY", 3, "n", xml).replace(b"application/sdp", b"text/xml")
    assert data(text(notify) + text(OK)) == [notify, OK]


@pytest.mark.parametrize(
    "time", [1700000000, 1700000000.0, 1700000000000, "1700000000000000", "1700000000000000000"]
)
def test_the_units_in_which_loggers_count(time: object) -> None:
    lines = (json.dumps({"time": time, "msg": one.data.decode()}) for one in call())
    read = trace("\n".join(lines).encode())
    assert {payload.time_ns // 1_000_000 for payload in read.payloads} == {1_700_000_000_000}
    assert read.times == "dated"


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f"])
def test_what_word_processors_make_of_blanks_and_quotation_marks(blank: str) -> None:
    named = INVITE.replace(b"From: <sip:", b'From: "Alice" <sip:')
    typeset = text(named).decode().replace(" ", blank).replace('"', "\u201d").encode()
    assert data(typeset) == [named]


def test_names_keep_their_own_quotation_marks() -> None:
    named = INVITE.replace(b"From: <sip:", 'From: "Alice \u201cAl\u201d" <sip:'.encode())
    assert data(text(named)) == [named]


def test_each_line_in_backticks() -> None:
    ticked = b"".join(b"`" + line + b"`  \n" if line else b"\n" for line in text(INVITE + OK).split(b"\n"))
    assert data(ticked) == [INVITE, OK]


def test_a_log_line_right_after_the_headers_ends_the_message() -> None:
    cut = text(OK).rstrip(b"\n") + b"\n[2022-07-22 09:00:29] NOTICE[6206]: pjsip.c: Failed\n"
    assert data(cut) == [OK]


def test_a_body_with_bare_line_feeds_keeps_them() -> None:
    body = b"<?xml version='1.0'?>\n<Query>\n<SN>1</SN>\n</Query>\n"
    message = request("MESSAGE", 2, "m", body).replace(b"application/sdp", b"Application/MANSCDP+xml")
    assert data(text(message) + text(OK)) == [message, OK]


def test_a_sipfrag_body_is_no_message() -> None:
    notify = request("NOTIFY", 3, "n", b"SIP/2.0 200 OK\r\n").replace(b"application/sdp", b"message/sipfrag")
    assert data(text(notify) + b"\n" + text(OK)) == [notify, OK]


def test_a_dot_for_every_cr() -> None:
    dotted = text(OK).replace(b"Call-ID: one@203.0.113.10", b"Call-ID: one..").replace(b"\n", b".\n")
    (message,) = data(b"U 203.0.113.10:5060 -> 198.51.100.7:5080\n" + dotted)
    assert message == OK.replace(b"Call-ID: one@203.0.113.10", b"Call-ID: one..")


def test_rubbish_before_the_start_line() -> None:
    head = b"12:13:58.723867 IP pbx.example.org.39184 > 10.5.3.27.sip: UDP, length 368\nE.....@.@..:\n...\n..4..RB"
    read = trace(head + text(INVITE))
    assert [payload.data for payload in read.payloads] == [INVITE]
    (payload,) = read.payloads
    assert read.names[payload.src.address] == "pbx.example.org"
    assert payload.dst == ("10.5.3.27", 5060)


def test_a_packet_that_tcpdump_prints_twice_is_one_message() -> None:
    frame = (
        b"13:15:34.548491 ens5  Out IP (tos 0x0, ttl 64, proto UDP (17), length 673)\n"
        b"    203.0.113.10.5060 > 198.51.100.7.5080: [udp sum ok] SIP, length: 645\n"
    )
    twice = (
        frame
        + b"".join(b"\t" + line + b"\n" for line in text(INVITE).split(b"\n")[:-1])
        + b"E.....@.@."
        + text(INVITE)
    )
    assert data(twice + b"\n" + twice.replace(b"34.548", b"35.048")) == [INVITE, INVITE]


def test_equal_names_are_one_host_and_others_are_others() -> None:
    first, second = (
        b"U <ua_ip>:40410 -> x.x.x.50:5060\n"
        + text(INVITE)
        + b"\nU x.x.x.50:5060 -> <ua_ip>:40410\n"
        + text(OK),
        b"",
    )
    one, two = trace(first + second).payloads
    assert (one.src, one.dst) == (two.dst, two.src)
    assert one.src.address != one.dst.address


def test_markdown_fences_and_prose_between() -> None:
    prose = (
        b"### The request\n```\n"
        + text(INVITE)
        + b"```\nand then it answers:\n\n```\n"
        + text(OK)
        + b"```\nWhy?\n"
    )
    assert data(prose) == [INVITE, OK]


def test_prose_about_sip_is_no_message() -> None:
    read = trace(
        b"We get SIP/2.0 403 Forbidden\nVia the trunk: see below\nINVITE sip:x@y SIP/2.0\nHelp: please\n"
    )
    assert not read.payloads


def test_docker_wraps_each_line_in_json() -> None:
    lines = log("asterisk-pjsip").decode().splitlines(keepends=True)
    wrapped = "".join(
        json.dumps({"log": line, "stream": "stdout", "time": f"2026-01-02T10:00:{n // 20:02}.{n:09}Z"}) + "\n"
        for n, line in enumerate(lines)
    )
    read = trace(wrapped.encode())
    assert read.form.name == "asterisk-pjsip"
    assert [payload.data for payload in read.payloads] == [message.data for message in call()]
    assert read.times == "dated"
    assert read.payloads[0].position.number == 2


@pytest.mark.parametrize("end", ["\\r\\n", "\\n", "#015#012", "#012"])
def test_a_message_on_one_line(end: str) -> None:
    before = "Mar 30 13:35:51 sbc app[1]: "
    lines = [before + "started", *(before + one.data.decode().replace("\r\n", end) for one in call())]
    read = trace("\n".join(lines).encode())
    assert [payload.data for payload in read.payloads] == [message.data for message in call()]
    assert [payload.position.number for payload in read.payloads] == [2, 3, 4, 5, 6, 7, 8]


def test_a_json_logger_with_the_message_in_a_field() -> None:
    records = [
        json.dumps({"level": "debug", "ts": 1700000000.5 + n, "msg": "sip message", "raw": one.data.decode()})
        for n, one in enumerate(call())
    ]
    read = trace("\n".join(records).encode())
    assert [payload.data for payload in read.payloads] == [message.data for message in call()]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_windows_makes_of_a_text(encoding: str) -> None:
    assert len(data(log("sofia").decode().replace("\n", "\r\n").encode(encoding))) == len(call())


def test_colours_of_a_terminal() -> None:
    coloured = b"".join(b"\x1b[32m" + line + b"\x1b[0m\n" for line in log("sofia").split(b"\n"))
    assert data(coloured) == [message.data for message in call()]


def test_wireshark_trees() -> None:
    tree = b"""Frame 1: 700 bytes on wire
    Arrival Time: Jan  2, 2026 10:00:00.123456000 UTC
    Epoch Time: 1767348000.123456000 seconds
Internet Protocol Version 4, Src: 203.0.113.10, Dst: 198.51.100.7
    0100 .... = Version: 4
User Datagram Protocol, Src Port: 5060, Dst Port: 5080
    Source Port: 5060
Session Initiation Protocol (INVITE)
    Request-Line: INVITE sip:bob@198.51.100.7:5080 SIP/2.0
        Method: INVITE
    Message Header
        Via: SIP/2.0/UDP 203.0.113.10:5060;branch=z9hG4bKi
            Transport: UDP
        From: <sip:alice@203.0.113.10>;tag=a1
            SIP from address: sip:alice@203.0.113.10
        To: <sip:bob@198.51.100.7>
        Call-ID: one@203.0.113.10
        [Generated Call-ID: one@203.0.113.10]
        CSeq: 1 INVITE
            Sequence Number: 1
        Content-Type: application/sdp
        Content-Length: 61
    Message Body
        Session Description Protocol
            Session Description Protocol Version (v): 0
            Owner/Creator, Session Id (o): - 1 1 IN IP4 203.0.113.10
                Owner Username: -
            Media Description, name and address (m): audio 4000 RTP/AVP 0
"""
    read = trace(tree)
    (payload,) = read.payloads
    assert read.form.name == "wireshark"
    assert payload.time_ns == 1767348000123456000
    assert payload.data == (
        b"INVITE sip:bob@198.51.100.7:5080 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.10:5060;branch=z9hG4bKi\r\n"
        b"From: <sip:alice@203.0.113.10>;tag=a1\r\nTo: <sip:bob@198.51.100.7>\r\nCall-ID: one@203.0.113.10\r\n"
        b"CSeq: 1 INVITE\r\nContent-Type: application/sdp\r\nContent-Length: 58\r\n\r\n"
        b"v=0\r\no=- 1 1 IN IP4 203.0.113.10\r\nm=audio 4000 RTP/AVP 0\r\n"
    )
