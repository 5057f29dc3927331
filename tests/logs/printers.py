"""Programs, collectors and people that print SIP messages, each as its texts were met in tickets and forums.

A printer takes the messages of a call and returns the text; the addresses and values are those of the call.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sipdiag.capture.payload import host_text
from sipdiag.logs.write import Logged

Printer = Callable[[Sequence[Logged]], bytes]


def moment(one: Logged) -> datetime:
    return datetime.fromtimestamp(one.time_ns // 1_000_000_000, UTC).replace(
        microsecond=one.time_ns // 1000 % 1_000_000
    )


def clock(one: Logged) -> str:
    return moment(one).strftime("%H:%M:%S.%f")


def stamp(one: Logged) -> str:
    return moment(one).strftime("%Y-%m-%d %H:%M:%S.%f")


def zulu(one: Logged) -> str:
    return moment(one).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def body(one: Logged) -> str:
    return one.data.decode().replace("\r\n", "\n")


def peer(one: Logged) -> str:
    return host_text(one.dst if one.sent else one.src)


def own(one: Logged) -> str:
    return host_text(one.src if one.sent else one.dst)


def start(one: Logged) -> str:
    return body(one).split("\n", 1)[0]


def each(messages: Sequence[Logged], printed: Callable[[Logged, int], str]) -> bytes:
    return "".join(printed(one, number) for number, one in enumerate(messages, 1)).encode()


def prefixed(text: str, prefix: str) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.removesuffix("\n").split("\n"))


def diago(messages: Sequence[Logged]) -> bytes:
    way = {True: "send", False: "recv"}
    return each(messages, lambda one, _: f"--- {clock(one)[:12]} SIP {way[one.sent]} ---\n{body(one)}\n")


def sippy(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        way = f"SENDING message to {peer(one)}" if one.sent else f"RECEIVED message from {peer(one)}"
        return f"{moment(one):%d %b %H:%M:%S}.{one.time_ns // 1_000_000 % 1000:03}/GLOBAL/b2bua: {way}:\n{body(one)}\n"

    return each(messages, printed)


def sipdump(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        return (
            f"====================\ntag: {'snd' if one.sent else 'rcv'}\npid: 2214\nprocess: 3\n"
            f"time: {one.time_ns // 10**9}.{one.time_ns // 1000 % 10**6:06}\ndate: {moment(one):%a %b %d %H:%M:%S %Y}\n"
            f"proto: {one.transport.lower()} ipv4\nsrcip: {one.src.address}\nsrcport: {one.src.port}\n"
            f"dstip: {one.dst.address}\ndstport: {one.dst.port}\n~~~~~~~~~~~~~~~~~~~~\n{one.data.decode()}||||||||||||||||||||\n"
        )

    return each(messages, printed)


def sip_trace_rows(messages: Sequence[Logged]) -> bytes:
    """Kamailio's and OpenSIPS' table ``sip_trace``, selected in the client of MySQL with ``\\G``."""

    def printed(one: Logged, number: int) -> str:
        method = one.data.split(b"CSeq: ")[1].split(b"\r\n")[0].split(b" ")[1].decode()
        return (
            f"*************************** {number}. row ***************************\n         id: {number}\n"
            f" time_stamp: {moment(one):%Y-%m-%d %H:%M:%S}\n    time_us: {one.time_ns // 1000 % 10**6}\ntraced_user: \n"
            f"        msg: {one.data.decode()}\n     method: {method}\n     status: \n"
            f"     fromip: {one.transport.lower()}:{host_text(one.src)}\n       toip: {one.transport.lower()}:{host_text(one.dst)}\n"
            f"    fromtag: \n      totag: \n  direction: {'out' if one.sent else 'in'}\n"
        )

    return b"mysql> select * from sip_trace order by id \\G\n" + each(messages, printed)


def heplify(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        seconds, micros = one.time_ns // 10**9, one.time_ns // 1000 % 10**6
        return (
            f"{moment(one):%Y/%m/%d %H:%M:%S.%f} file.go:20: INFO &HEP{{Version:2,Protocol:17,SrcIP:{one.src.address},"
            f"DstIP:{one.dst.address},SrcPort:{one.src.port},DstPort:{one.dst.port},Tsec:{seconds},Tmsec:{micros},ProtoType:1,"
            f'NodeID:2002,NodePW:,Payload:"{json.dumps(one.data.decode())[1:-1]}",CID:,Vlan:0}}\n'
        )

    return each(messages, printed)


def homer_json(messages: Sequence[Logged]) -> bytes:
    """What HOMER's API answers, printed over lines."""
    rows = [
        {
            "id": number,
            "callid": "x",
            "raw": one.data.decode(),
            "srcIp": one.src.address,
            "srcPort": one.src.port,
            "dstIp": one.dst.address,
            "dstPort": one.dst.port,
            "protocol": 17,
            "timeSeconds": one.time_ns // 10**9,
            "timeUseconds": one.time_ns // 1000 % 10**6,
            "create_date": one.time_ns // 10**6,
        }
        for number, one in enumerate(messages)
    ]
    return json.dumps({"data": rows, "keys": [], "total": len(rows)}, indent=2).encode()


def pino(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        way = f"{'send' if one.sent else 'recv'} {len(one.data)} bytes {'to' if one.sent else 'from'} {one.transport.lower()}/[{peer(one).rsplit(':', 1)[0]}]:{peer(one).rsplit(':', 1)[1]}:\n"
        record = {
            "level": 20,
            "time": one.time_ns // 10**6,
            "pid": 1,
            "hostname": "fs-1",
            "msg": way + one.data.decode(),
        }
        return json.dumps(record) + "\n"

    return each(messages, printed)


def journald(messages: Sequence[Logged]) -> bytes:
    """``journalctl -o json``: a message that holds a carriage return is printed as the list of its bytes."""

    def printed(one: Logged, _: int) -> str:
        head = f"{'send' if one.sent else 'recv'} {len(one.data)} bytes {'to' if one.sent else 'from'} {one.transport.lower()}/[{peer(one).rsplit(':', 1)[0]}]:{peer(one).rsplit(':', 1)[1]}:\n"
        record = {
            "__REALTIME_TIMESTAMP": str(one.time_ns // 1000),
            "_SYSTEMD_UNIT": "drachtio.service",
            "PRIORITY": "6",
            "MESSAGE": list(head.encode() + one.data),
        }
        return json.dumps(record) + "\n"

    return each(messages, printed)


def loki(messages: Sequence[Logged]) -> bytes:
    """``logcli query -o jsonl``, or Grafana's download: nanoseconds as a text."""

    def printed(one: Logged, _: int) -> str:
        head = f"<--- {'Transmitting' if one.sent else 'Received'} SIP {'response' if one.data.startswith(b'SIP') else 'request'} ({len(one.data)} bytes) {'to' if one.sent else 'from'} {one.transport}:{peer(one)} --->"
        lines = [head, *body(one).split("\n")]
        return "".join(
            json.dumps({"labels": {"app": "asterisk"}, "line": line, "timestamp": str(one.time_ns)}) + "\n"
            for line in lines
        )

    return each(messages, printed)


def kubernetes(messages: Sequence[Logged]) -> bytes:
    """The file of a container runtime (CRI), each line with time, stream and flag; FreeSWITCH in it."""

    def printed(one: Logged, _: int) -> str:
        head = f"{'send' if one.sent else 'recv'} {len(one.data)} bytes {'to' if one.sent else 'from'} {one.transport.lower()}/[{peer(one).rsplit(':', 1)[0]}]:{peer(one).rsplit(':', 1)[1]} at {clock(one)}:\n"
        text = head + "-" * 72 + "\n" + body(one) + "-" * 72
        return prefixed(text, f"{moment(one):%Y-%m-%dT%H:%M:%S.%f}123Z stdout F ")

    return each(messages, printed)


def xlog(messages: Sequence[Logged]) -> bytes:
    """Kamailio's script with ``$mb``, through rsyslog, which writes line ends as numbers."""

    def printed(one: Logged, _: int) -> str:
        text = one.data.decode().replace("\r", "#015").replace("\n", "#012")
        return (
            f"{moment(one):%b %d %H:%M:%S} proxy1 /usr/sbin/kamailio[314]: NOTICE: {{1 1 INVITE x}} <script>: "
            f"MSG {one.transport}:{host_text(one.src)} -> {host_text(one.dst)} {text}\n"
        )

    return each(messages, printed)


def rfc5424(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        text = (
            f"{'Sent to' if one.sent else 'Received from'} {one.transport.lower()}:{peer(one)}\n{body(one)}"
        )
        return prefixed(text, f"<134>1 {zulu(one)} phone-0815 sip 412 - - ")

    return each(messages, printed)


def avaya(messages: Sequence[Logged]) -> bytes:
    """Avaya Voice Portal, each line with the ``^M`` that an editor shows for a carriage return."""

    def printed(one: Logged, _: int) -> str:
        way = (
            f"FileName=sip/UAInterface.cpp,LineNumber=476|cUAInterface::SendToNetwork: To {peer(one)}[71:0] <"
            if one.sent
            else "FileName=sip/SIPTCP.cpp,LineNumber=408|SIPTCP::ProcessRead: <"
        )
        return f"@{stamp(one)[:23].replace('.', ',')}||FINEST|Tele|8513|{way}{one.data.decode().replace(chr(13), '^M')}>\n"

    return each(messages, printed)


def ribbon(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, number: int) -> str:
        name = "SipFeSocketSendMsg" if one.sent else "SipFeSocketRecvMsg"
        return (
            f"339 {moment(one):%m%d%Y %H%M%S.%f}:1.01.00.{38000 + number}.Info    .SIPCM: {name} - msg = {body(one)}, msgLen = {len(one.data)}.\n"
            f"150 {moment(one):%m%d%Y %H%M%S.%f}:1.01.00.{39000 + number}.Info    .SIPFE: *FindRegistrationBlock: RCB not found\n"
        )

    return each(messages, printed)


def flutter(messages: Sequence[Logged]) -> bytes:
    """dart-sip-ua: each line on its own with a time that goes on counting."""

    def printed(one: Logged, _: int) -> str:
        text = f"{'Send' if one.sent else 'Received'} WebSocket message:\n\n{body(one)}"
        return prefixed(text, f"flutter:  SIP_LOG {stamp(one)}  ")

    return each(messages, printed)


def python_bytes(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        host, port = peer(one).rsplit(":", 1)
        way = f"sent to ('{host}', {port})" if one.sent else f"received from ('{host}', {port})"
        return f"{stamp(one)[:23].replace('.', ',')} DEBUG sip.transport {way}: {one.data!r}\n"

    return each(messages, printed)


def node_inspect(messages: Sequence[Logged]) -> bytes:
    """``console.log`` of an object in Node.js: a text of several lines is printed as pieces that are added."""

    def printed(one: Logged, _: int) -> str:
        lines = one.data.decode().split("\r\n")[:-1]
        pieces = " +\n    ".join("'" + line.replace("'", "\\'") + "\\r\\n'" for line in lines)
        way = "outbound" if one.sent else "inbound"
        return f"{zulu(one)} {way} {{\n  source: '{'application' if one.sent else 'network'}',\n  raw: {pieces},\n  port: {peer(one).rsplit(':', 1)[1]}\n}}\n"

    return each(messages, printed)


def logfmt(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        return (
            f'time={zulu(one)} level=debug msg="SIP {"write" if one.sent else "read"}" transport={one.transport} '
            f"src={host_text(one.src)} dst={host_text(one.dst)} raw={json.dumps(one.data.decode())}\n"
        )

    return each(messages, printed)


def rust_tracing(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        way = "sending SIP datagram" if one.sent else "received SIP datagram"
        return f"\x1b[2m{zulu(one)}\x1b[0m \x1b[35mTRACE\x1b[0m bridge::ims: {way} \x1b[3mpeer\x1b[0m\x1b[2m=\x1b[0m{peer(one)} \x1b[3mmessage\x1b[0m\x1b[2m=\x1b[0m{body(one)}\n"

    return each(messages, printed)


def html_escaped(messages: Sequence[Logged]) -> bytes:
    """Saved from the source of a tracker's page, or exported by it."""
    text = each(
        messages,
        lambda one, _: (
            f"{stamp(one)[:23]} {one.transport} {host_text(one.src)} -> {host_text(one.dst)}\n{body(one)}\n"
        ),
    )
    return b"<pre>" + html.escape(text.decode(), quote=True).encode() + b"</pre>\n"


def mail(messages: Sequence[Logged]) -> bytes:
    """Quoted twice; empty lines are quoted without a blank."""
    text = sippy(messages).decode()
    quoted = "".join(f"> > {line}".rstrip() + "\n" for line in text.split("\n"))
    return f"On Tue, someone wrote:\n> Here you are:\n> >\n{quoted}\nRegards\n".encode()


def csv_field(messages: Sequence[Logged]) -> bytes:
    """A table that a log store exports: messages are quoted fields over lines, with quotation marks doubled."""

    def printed(one: Logged, number: int) -> str:
        text = one.data.decode().replace('"', '""')
        return f'{zulu(one)},{number},{host_text(one.src)},{host_text(one.dst)},{one.transport},"{text}"\n'

    return b"time,number,source,destination,protocol,message\n" + each(messages, printed)


def counterpath(messages: Sequence[Logged]) -> bytes:
    """X-Lite and eyeBeam."""

    def printed(one: Logged, _: int) -> str:
        milliseconds = one.time_ns // 10**6 % 10**8
        way = (
            f"SEND TIME: {milliseconds}\nSEND >> {peer(one)}"
            if one.sent
            else f"RECEIVE TIME: {milliseconds}\nRECEIVE << {peer(one)}"
        )
        return f"{way}\n{one.data.decode()}\n"

    return each(messages, printed)


def three_cx(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        what = body(one).split(" ", 2)
        kind = f"Resp {what[1]}/INVITE" if what[0] == "SIP/2.0" else f"Req {what[0]}"
        return (
            f"{moment(one):%d-%b-%Y %H:%M:%S}.{one.time_ns // 10**6 % 1000:03}   {'Send' if one.sent else 'Recv'} {kind} from "
            f"{'0.0.0.0:0' if one.sent else peer(one)} tid=4b7a1c Call-ID=x:\n{body(one)}\n"
        )

    return each(messages, printed)


def technicolor(messages: Sequence[Logged]) -> bytes:
    """A telephone's tracing tool: uptime instead of a time, and no empty line before the body."""

    def printed(one: Logged, number: int) -> str:
        since = (one.time_ns - messages[0].time_ns) // 10**6
        uptime = f"00:00:{since // 60000:02}:{since // 1000 % 60:02}:{since % 1000:03}"
        way = "Send to" if one.sent else "Recv from"
        return f"{way} {one.transport.lower()}: {peer(one)} {uptime} ({len(one.data)} bytes)\n{body(one).replace(chr(10) * 2 + 'v=0', chr(10) + 'v=0')}\n"

    return each(messages, printed)


def polycom(messages: Sequence[Logged]) -> bytes:
    """Each line of the message behind time, part, level and count."""

    def printed(one: Logged, _: int) -> str:
        way = f">>> Data Send to {peer(one)}" if one.sent else f"<<< Data Received from {peer(one)}"
        return prefixed(
            f"{way}\n{body(one)}", f"{moment(one):%m%d%H%M%S}.{one.time_ns // 10**6 % 1000:03}|sip  |1|00|"
        )

    return each(messages, printed)


def yealink(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        way = f"message send: (to dest={peer(one)})" if one.sent else f"message recv: (from src={peer(one)})"
        return prefixed(
            f"{way} len={len(one.data)}\n{body(one)}",
            f"<134>{moment(one):%b %d %H:%M:%S} sua [610:631]: SIP <6+info  > ",
        )

    return each(messages, printed)


def outlook(messages: Sequence[Logged]) -> bytes:
    """A console of Asterisk, pasted into a mail program: an empty line after every line, Windows line ends, UTF-16."""
    text = "".join(
        f"<--- {'Transmitting' if one.sent else 'Received'} SIP {'response' if one.data.startswith(b'SIP') else 'request'} ({len(one.data)} bytes) {'to' if one.sent else 'from'} {one.transport}:{peer(one)} --->\n{body(one)}\n"
        for one in messages
    )
    return text.replace("\n", "\r\n\r\n").encode("utf-16")


def tree(messages: Sequence[Logged]) -> bytes:
    """``tshark -V``."""

    def printed(one: Logged, number: int) -> str:
        head, _, sdp = body(one).partition("\n\n")
        first, *headers = head.split("\n")
        response = first.startswith("SIP/2.0")
        layer = "User Datagram" if one.transport == "UDP" else "Transmission Control"
        text = (
            f"Frame {number}: {len(one.data) + 42} bytes on wire ({(len(one.data) + 42) * 8} bits)\n    Encapsulation type: Ethernet (1)\n"
            f"    Arrival Time: {moment(one):%b %d, %Y %H:%M:%S.%f}000 UTC\n    Epoch Arrival Time: {one.time_ns // 10**9}.{one.time_ns % 10**9:09}\n"
            f"    [Protocols in frame: eth:ethertype:ip:udp:sip:sdp]\nEthernet II, Src: aa:bb:cc:dd:ee:01, Dst: aa:bb:cc:dd:ee:02\n"
            f"Internet Protocol Version 4, Src: {one.src.address}, Dst: {one.dst.address}\n    0100 .... = Version: 4\n    Time to Live: 64\n"
            f"{layer} Protocol, Src Port: {one.src.port}, Dst Port: {one.dst.port}\n    Length: {len(one.data) + 8}\n"
            f"Session Initiation Protocol ({first.split(' ', 1)[1].removeprefix('SIP/2.0 ') if response else first.split(' ')[0]})\n"
            f"    {'Status' if response else 'Request'}-Line: {first}\n        [Resent Packet: False]\n    Message Header\n"
        )
        for line in headers:
            text += f"        {line}\n            Detail of it: {line.partition(': ')[2]}\n"
        if sdp:
            names = {"v": "Session Description Protocol Version", "o": "Owner/Creator, Session Id", "s": "Session Name", "c": "Connection Information", "t": "Time Description, active time", "m": "Media Description, name and address", "a": "Media Attribute"}  # fmt: skip
            text += "    Message Body\n        Session Description Protocol\n"
            for line in sdp.splitlines():
                text += f"            {names[line[0]]} ({line[0]}): {line[2:]}\n                Detail: {line[2:]}\n"
        return text + "\n"

    return each(messages, printed)


def tshark_json(messages: Sequence[Logged]) -> bytes:
    """``tshark -T json``: names of fields may occur more than once in an object."""

    def packet(one: Logged) -> str:
        head, _, sdp = one.data.decode().partition("\r\n\r\n")
        first, _, headers = head.partition("\r\n")
        line = "sip.Status-Line" if first.startswith("SIP/2.0") else "sip.Request-Line"
        layer = one.transport.lower()
        names = {"v": "sdp.version", "o": "sdp.owner", "s": "sdp.session_name", "c": "sdp.connection_info", "t": "sdp.time", "m": "sdp.media", "a": "sdp.media_attr"}  # fmt: skip
        fields = ",\n".join(
            f'              "{names[text[0]]}": {json.dumps(text[2:])}' for text in sdp.splitlines()
        )
        shown = (
            f',\n          "sip.msg_body": "",\n          "sip.msg_body_tree": {{\n            "sdp": {{\n{fields}\n            }}\n          }}'
            if sdp
            else ""
        )
        tree = ",\n".join(
            f'            "sip.{text.partition(":")[0]}": {json.dumps(text.partition(": ")[2])}'
            for text in headers.split("\r\n")
            if text
        )
        return (
            '  {\n    "_index": "packets-2026-01-02",\n    "_type": "doc",\n    "_score": null,\n    "_source": {\n      "layers": {\n'
            f'        "frame": {{\n          "frame.time": "Jan  2, 2026",\n          "frame.time_epoch": "{one.time_ns // 10**9}.{one.time_ns % 10**9:09}"\n        }},\n'
            f'        "ip": {{\n          "ip.version": "4",\n          "ip.src": "{one.src.address}",\n          "ip.dst": "{one.dst.address}"\n        }},\n'
            f'        "{layer}": {{\n          "{layer}.srcport": "{one.src.port}",\n          "{layer}.dstport": "{one.dst.port}"\n        }},\n'
            f'        "sip": {{\n          "{line}": {json.dumps(first)},\n          "{line}_tree": {{\n            "sip.resend": "0"\n          }},\n'
            f'          "sip.msg_hdr": {json.dumps(headers + chr(13) + chr(10))},\n          "sip.msg_hdr_tree": {{\n{tree}\n          }}{shown}\n        }}\n'
            "      }\n    }\n  }"
        )

    return ("[\n" + ",\n".join(map(packet, messages)) + "\n]\n").encode()


def pdml(messages: Sequence[Logged]) -> bytes:
    """``tshark -T pdml``."""

    def attribute(text: str) -> str:
        return html.escape(text, quote=True)

    def printed(one: Logged, number: int) -> str:
        head, _, sdp = one.data.decode().partition("\r\n\r\n")
        first, *headers = head.split("\r\n")
        line = "Status-Line" if first.startswith("SIP/2.0") else "Request-Line"
        layer = one.transport.lower()
        text = (
            f'<packet>\n  <proto name="geninfo" pos="0" showname="General information" size="{len(one.data)}">\n'
            f'    <field name="timestamp" pos="0" show="{moment(one):%b %d, %Y %H:%M:%S.%f}000 UTC" showname="Captured Time" value="{one.time_ns // 10**9}.{one.time_ns % 10**9:09}" size="4"/>\n  </proto>\n'
            f'  <proto name="ip" showname="Internet Protocol Version 4, Src: {one.src.address}, Dst: {one.dst.address}" size="20" pos="14">\n'
            f'    <field name="ip.src" showname="Source Address: {one.src.address}" size="4" pos="26" show="{one.src.address}"/>\n'
            f'    <field name="ip.dst" showname="Destination Address: {one.dst.address}" size="4" pos="30" show="{one.dst.address}"/>\n  </proto>\n'
            f'  <proto name="{layer}" showname="{layer}" size="8" pos="34">\n    <field name="{layer}.srcport" showname="Source Port: {one.src.port}" size="2" pos="34" show="{one.src.port}"/>\n'
            f'    <field name="{layer}.dstport" showname="Destination Port: {one.dst.port}" size="2" pos="36" show="{one.dst.port}"/>\n  </proto>\n'
            f'  <proto name="sip" showname="Session Initiation Protocol" size="{len(one.data)}" pos="42">\n'
            f'    <field name="sip.{line}" showname="{line}: {attribute(first)}" size="{len(first)}" pos="42" show="{attribute(first)}" value="{first.encode().hex()}">\n    </field>\n'
            f'    <field name="sip.msg_hdr" showname="Message Header" size="9" pos="80" show="{attribute(chr(92) + "xd" + chr(92) + "xa").join(map(attribute, headers))}" value="{"".join(h + chr(13) + chr(10) for h in headers).encode().hex()}">\n'
        )
        for header in headers:
            name, _, value = header.partition(": ")
            text += f'      <field name="sip.{name}" showname="{attribute(header)}" size="{len(header)}" pos="80" show="{attribute(value)}" value="{header.encode().hex()}"/>\n'
        text += "    </field>\n"
        if sdp:
            text += f'    <field name="sip.msg_body" showname="Message Body" size="{len(sdp)}" pos="500" show="" value="{sdp.encode().hex()}">\n    </field>\n'
        return text + "  </proto>\n</packet>\n"

    return (
        b'<?xml version="1.0" encoding="utf-8"?>\n<pdml version="0" creator="wireshark/4.2.2">\n'
        + each(messages, printed)
        + b"</pdml>\n"
    )


def followed(messages: Sequence[Logged]) -> bytes:
    """``tshark -z follow,udp,ascii,0``: both ends once, then each packet behind its length, that of the second end indented."""
    first = messages[0].src
    text = f"\n===================================================================\nFollow: udp,ascii\nFilter: udp.stream eq 0\nNode 0: {host_text(first)}\nNode 1: {host_text(messages[0].dst)}\n"
    for one in messages:
        text += f"{'' if one.src == first else chr(9)}{len(one.data)}\n{one.data.decode()}\n"
    return (text + "===================================================================\n").encode()


def stream_copied(messages: Sequence[Logged]) -> bytes:
    """Wireshark's window "Follow UDP Stream", copied: packet after packet, nothing between."""
    return b"".join(one.data for one in messages)


def follow_yaml(messages: Sequence[Logged]) -> bytes:
    first = messages[0].src
    text = f"peers:\n  - peer: 0\n    host: {first.address}\n    port: {first.port}\n  - peer: 1\n    host: {messages[0].dst.address}\n    port: {messages[0].dst.port}\npackets:\n"
    for number, one in enumerate(messages, 1):
        coded = base64.b64encode(one.data).decode()
        lines = "".join(f"      {coded[at : at + 64]}\n" for at in range(0, len(coded), 64))
        text += f"  - packet: {number}\n    peer: {0 if one.src == first else 1}\n    index: {number}\n    timestamp: {one.time_ns // 10**9}.{one.time_ns % 10**9:09}\n    data: !!binary |\n{lines}"
    return text.encode()


def ip_packet(one: Logged) -> bytes:
    length = 28 + len(one.data)
    addresses = b"".join(bytes(map(int, end.address.split("."))) for end in (one.src, one.dst))
    udp = b"".join(n.to_bytes(2, "big") for n in (one.src.port, one.dst.port, 8 + len(one.data), 0))
    return b"\x45\0" + length.to_bytes(2, "big") + b"\0\1\x40\0\x40\x11\0\0" + addresses + udp + one.data


def hexdump(packet: bytes, offset: str, group: int) -> str:
    text = ""
    for at in range(0, len(packet), 16):
        row = packet[at : at + 16]
        pairs = " ".join(row[i : i + group].hex() for i in range(0, len(row), group))
        width = 16 // group * (2 * group + 1)
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        text += offset.format(at) + pairs.ljust(width) + " " + shown + "\n"
    return text


def tcpdump_hex(messages: Sequence[Logged]) -> bytes:
    """``tcpdump -X``."""

    def printed(one: Logged, _: int) -> str:
        head = f"{clock(one)} IP {one.src.address}.{one.src.port} > {one.dst.address}.{one.dst.port}: SIP: {start(one)}\n"
        return head + hexdump(ip_packet(one), "\t0x{:04x}:  ", 2)

    return each(messages, printed)


def tshark_hex(messages: Sequence[Logged]) -> bytes:
    """``tshark -x``: the packet's line, an empty line, its bytes."""

    def printed(one: Logged, number: int) -> str:
        head = f"{number:5} {(one.time_ns - messages[0].time_ns) / 1e9:.6f} {one.src.address} → {one.dst.address} SIP/SDP {len(one.data) + 42} {start(one)} | \n\n"
        frame = bytes.fromhex("aabbccddee02aabbccddee010800") + ip_packet(one)
        return head + hexdump(frame, "{:04x}  ", 1) + "\n"

    return each(messages, printed)


def tcpdump_untimed(messages: Sequence[Logged]) -> bytes:
    """``tcpdump -nqt -A``."""

    def printed(one: Logged, _: int) -> str:
        return f"IP {one.src.address}.{one.src.port} > {one.dst.address}.{one.dst.port}: UDP, length {len(one.data)}\nE..{'.' * 25}{body(one)}\n"

    return each(messages, printed)


def cube(messages: Sequence[Logged]) -> bytes:
    """Cisco's gateway with sequence numbers and times, after ``terminal monitor``."""

    def printed(one: Logged, number: int) -> str:
        return (
            f"{660000 + number}: *{moment(one):%b %d %Y %H:%M:%S}.{one.time_ns // 10**6 % 1000:03} UTC: //46221/5F3C0A1280A5/SIP/Msg/ccsipDisplayMsg:\n"
            f"{'Sent: ' if one.sent else 'Received: '}\n{body(one)}\n"
        )

    return each(messages, printed)


def fields(messages: Sequence[Logged]) -> bytes:
    """``tshark -T fields`` with a few fields: no messages."""
    return each(
        messages,
        lambda one, n: (
            f"{n}\t{one.time_ns / 1e9:.6f}\t{one.src.address}\t{one.dst.address}\t{start(one)}\tx@y\n"
        ),
    )


def livekit_lines(messages: Sequence[Logged]) -> bytes:
    """LiveKit's own lines: what it does, not what is sent."""

    def printed(one: Logged, _: int) -> str:
        said = {
            "fromIP": one.src.address,
            "toIP": host_text(one.dst),
            "callID": "SCL_kQk9TnBRSjsx",
            "sipCallID": "x@y",
        }
        return f"{zulu(one)}\tINFO\tsip\tsip/inbound.go:178\tprocessing invite\t{json.dumps(said)}\n"

    return each(messages, printed)


def pyvoip(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        return f"Received UDP Message:\n{start(one)}\n\nHeaders:\n  Via: [{{'type': 'SIP/2.0/UDP', 'address': ('{one.src.address}', 5060)}}]\n  From: {{'raw': '<sip:x@y>', 'tag': '8'}}\n  CSeq: {{'check': 1, 'method': 'INVITE'}}\n\nBody:\n\n"

    return each(messages, printed)


def kamailio_debug(messages: Sequence[Logged]) -> bytes:
    def printed(one: Logged, _: int) -> str:
        return prefixed(
            f"DEBUG: <core> [parser/msg_parser.c:606]: parse_msg(): SIP Request:\nDEBUG: <core> [parser/msg_parser.c:608]: parse_msg():  method:  <{start(one).split(' ')[0]}>\n"
            "DEBUG: <core> [parser/msg_parser.c:612]: parse_msg():  version: <SIP/2.0>",
            f"{moment(one):%b %d %H:%M:%S} proxy /usr/sbin/kamailio[797]: ",
        )

    return each(messages, printed)


def truncated(messages: Sequence[Logged]) -> bytes:
    """Copied from a terminal whose buffer began in the midst of a message and that was cut in the last one."""
    text = sippy(messages)
    return text[text.index(b"Call-ID") : -150]


def garbage(messages: Sequence[Logged]) -> bytes:
    """Bytes of another file, with line ends among them, between the messages."""
    noise = bytes(range(256)) * 2
    return b"".join(sippy([one]) + noise + b"\n" for one in messages)
