"""Printers of packets: tshark's fields grouped by name, a firewall's sniffer, Asterisk's history, records in records."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from sipdiag.capture.payload import host_text
from sipdiag.logs.write import Logged
from tests.logs.printers import each, hexdump, ip_packet, moment, stamp, start, zulu

_FRAME = bytes.fromhex("aabbccddee02aabbccddee010800")


def _fields(one: Logged) -> dict[str, str]:
    """As tshark 4 prints them: the header has the body behind it."""
    layer = one.transport.lower()
    line = "sip.Status-Line" if start(one).startswith("SIP/2.0") else "sip.Request-Line"
    return {
        "frame.time_epoch": f"{one.time_ns // 10**9}.{one.time_ns % 10**9:09}",
        "ip.src": str(one.src.address),
        "ip.dst": str(one.dst.address),
        f"{layer}.srcport": str(one.src.port),
        f"{layer}.dstport": str(one.dst.port),
        line: start(one),
        "sip.msg_hdr": one.data.decode().partition("\r\n")[2],
    }


def tshark_ek(messages: Sequence[Logged]) -> bytes:
    """``tshark -T ek``."""

    def printed(one: Logged, _: int) -> str:
        layers: dict[str, dict[str, object]] = {}
        for name, value in _fields(one).items():
            layer = name.partition(".")[0]
            layers.setdefault(layer, {})[f"{layer}_{name.replace('.', '_')}"] = value
        layers["ip"]["ip_ip_addr"] = [str(one.src.address), str(one.dst.address)]
        layers["sip"]["sip_sip_resend"] = False
        layers["sip"]["sip_sip_msg_body"] = None
        layers["sip"]["sdp"] = {"sdp_sdp_media_attr": ["rtpmap:0 PCMU/8000", "sendrecv"]}
        packet = {"timestamp": str(one.time_ns // 1_000_000), "layers": layers}
        index = {"index": {"_index": f"packets-{moment(one):%Y-%m-%d}", "_type": "doc"}}
        return "".join(f"{json.dumps(line, separators=(',', ':'))}\n" for line in (index, packet))

    return each(messages, printed)


def tshark_ek_chosen(messages: Sequence[Logged]) -> bytes:
    """``tshark -T ek -e FIELD``."""

    def printed(one: Logged, _: int) -> str:
        layers = {name.replace(".", "_"): [value] for name, value in _fields(one).items()}
        packet = {"timestamp": str(one.time_ns // 1_000_000), "layers": layers}
        return (
            f'{{"index":{{"_index":"packets","_type":"doc"}}}}\n{json.dumps(packet, separators=(",", ":"))}\n'
        )

    return each(messages, printed)


def _chosen(messages: Sequence[Logged], left_out: str) -> bytes:
    packets = [
        {
            "_index": f"packets-{moment(one):%Y-%m-%d}",
            "_type": "doc",
            "_score": None,
            "_source": {
                "layers": {name: [value] for name, value in _fields(one).items() if name != left_out}
            },
        }
        for one in messages
    ]
    return json.dumps(packets, indent=2).encode() + b"\n"


def tshark_chosen(messages: Sequence[Logged]) -> bytes:
    """``tshark -T json -e FIELD``, ``sip.msg_hdr`` among them."""
    return _chosen(messages, "")


def tshark_start_lines(messages: Sequence[Logged]) -> bytes:
    """``tshark -T json -e FIELD`` without ``sip.msg_hdr``: no message is in it."""
    return _chosen(messages, "sip.msg_hdr")


def _sniffed(messages: Sequence[Logged], time: Callable[[Logged], str], interface: bool) -> bytes:
    def printed(one: Logged, _: int) -> str:
        way = f"wan1 {'out' if one.sent else 'in'} " if interface else ""
        head = f"{time(one)} {way}{one.src.address}.{one.src.port} -> {one.dst.address}.{one.dst.port}: udp {len(one.data)}\n"
        return f"{head}{hexdump(_FRAME + ip_packet(one), '0x{:04x}' + chr(9) + ' ', 2)}\n"

    begin = "fw # diagnose sniffer packet any 'port 5060' 6 0 l\ninterfaces=[any]\nfilters=[port 5060]\n"
    return begin.encode() + each(messages, printed)


def fortigate(messages: Sequence[Logged]) -> bytes:
    """``diagnose sniffer packet any 'port 5060' 6 0 l``."""
    return _sniffed(messages, stamp, True)


def fortigate_relative(messages: Sequence[Logged]) -> bytes:
    """``diagnose sniffer packet wan1 'port 5060' 3``: times count from its start."""
    begin = messages[0].time_ns - 3_530_807_000
    return _sniffed(messages, lambda one: f"{(one.time_ns - begin) / 1e9:.6f}", False)


def pjsip_history(messages: Sequence[Logged]) -> bytes:
    """``pjsip show history entry N``."""

    def printed(one: Logged, number: int) -> str:
        way = f"Sent to {host_text(one.dst)}" if one.sent else f"Received from {host_text(one.src)}"
        return (
            f"pbx*CLI> pjsip show history entry {number}\n"
            f"<--- History Entry {number} {way} at {one.time_ns // 10**9} --->\n{one.data.decode()}\n"
        )

    return each(messages, printed)


def pjsip_history_list(messages: Sequence[Logged]) -> bytes:
    """``pjsip show history``: a line for each message."""

    def printed(one: Logged, number: int) -> str:
        way, peer = ("* ==>", one.dst) if one.sent else ("* <==", one.src)
        return f"{number:05} {one.time_ns // 10**9} {way} {host_text(peer):24.24} {start(one)}\n"

    head = "No.   Timestamp  (Dir) Address                  SIP Message\n===== ========== ============================== ===================================\n"
    return head.encode() + each(messages, printed)


def docker_of_json(messages: Sequence[Logged]) -> bytes:
    """A program that logs JSON, in Docker's own log."""

    def printed(one: Logged, _: int) -> str:
        way, arrow = ("write to", "->") if one.sent else ("read from", "<-")
        own, peer = (one.src, one.dst) if one.sent else (one.dst, one.src)
        text = (
            f"=== {one.transport} {way} {host_text(own)} {arrow} {host_text(peer)} ===\n{one.data.decode()}"
        )
        record = json.dumps({"level": "debug", "ts": zulu(one), "logger": "sip", "msg": text})
        return json.dumps({"log": f"{record}\n", "stream": "stderr", "time": zulu(one)}) + "\n"

    return each(messages, printed)
