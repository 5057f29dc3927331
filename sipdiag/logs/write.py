"""Messages written out as a log of a given form: what :mod:`sipdiag.logs.reader` reads, the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from msgspec import Struct

from sipdiag.capture.payload import Endpoint
from sipdiag.logs.form import Form
from sipdiag.logs.forms.plain import PLAIN
from sipdiag.logs.forms.sniffers import NGREP


class Logged(Struct, frozen=True):
    """One message as a program would log it."""

    time_ns: int
    src: Endpoint
    dst: Endpoint
    transport: str
    data: bytes
    sent: bool
    """By the program that writes the log; else it was received."""


def written(form: Form, messages: Iterable[Logged], names: Mapping[str, str]) -> Iterator[bytes]:
    """The log, message by message; ``names`` are written in place of these addresses.

    A form that nothing writes becomes bare messages.
    """
    form = form if form.head else PLAIN
    for number, message in enumerate(messages, 1):
        data = message.data
        if form is NGREP:
            data = data.replace(b"\r\n", b".\n")
        else:
            data = data.replace(b"\r\n", b"\n")
        head = form.head.format_map(_fields(form, message, number, names))
        yield head.encode("utf-8", "replace") + data + form.tail.format_map(_times(message)).encode()


def _fields(form: Form, message: Logged, number: int, names: Mapping[str, str]) -> dict[str, object]:
    start, _, _ = message.data.partition(b"\r\n")
    is_response = start.startswith(b"SIP/")
    what = start.split(b" ")[1 if is_response else 0].decode("utf-8", "replace")
    src, dst = _named(message.src, names), _named(message.dst, names)
    own, peer = (src, dst) if message.sent else (dst, src)
    size = len(message.data)
    datagram = message.transport == "UDP"
    way = form.words[0 if message.sent else 1].format(size=size, transport=message.transport)
    return {
        **_times(message),
        "way": way,
        "kind": "response" if is_response else "request",
        "Kind": "Response" if is_response else "Request",
        "what": what,
        "size": size,
        "sizes": f", size: [{size}] bytes" if message.sent else ":",
        "number": number,
        "handle": f"tdta0x{number:08x}" if message.sent else f"rdata0x{number:08x}",
        "preposition": "to" if message.sent else "from",
        "other": "from" if message.sent else "to",
        "arrow": "->" if message.sent else "<-",
        "transport": message.transport,
        "transport_lower": message.transport.lower(),
        "letter": "U" if datagram else "T",
        "dump": f"UDP, length {size}" if datagram else f"Flags [P.], length {size}",
        "src": _hop(src),
        "dst": _hop(dst),
        "own": _hop(own),
        "peer": _hop(peer),
        "peer_host": peer[0],
        "peer_port": peer[1],
        "src_host": src[0],
        "src_port": src[1],
        "dst_host": dst[0],
        "dst_port": dst[1],
    }


def _times(message: Logged) -> dict[str, object]:
    seconds, rest = divmod(message.time_ns, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    clock = moment.strftime("%H:%M:%S")
    return {
        "clock": f"{clock}.{rest // 1000:06}",
        "clock_ms": f"{clock}.{rest // 1_000_000:03}",
        "clock_s": clock,
        "date": moment.strftime("%Y-%m-%d"),
        "slashed": moment.strftime("%Y/%m/%d"),
        "month_day": moment.strftime("%b %d"),
        "day_month": moment.strftime("%d-%m"),
        "browser_date": moment.strftime("%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)"),
        "seconds": f"{seconds}.{rest // 1000:06}",
        "milliseconds": message.time_ns // 1_000_000,
    }


def _named(end: Endpoint, names: Mapping[str, str]) -> tuple[str, int]:
    return names.get(end.address, end.address), end.port


def _hop(end: tuple[str, int]) -> str:
    host, port = end
    return f"[{host}]:{port}" if host.count(":") > 1 else f"{host}:{port}"
