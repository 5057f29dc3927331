"""The tshark lane: SIP as Wireshark decodes it, through pyshark.

It reads what only Wireshark can: TLS with a key log file or with secrets inside the capture.
tshark hands over each message as the bytes it dissected (``sip_raw``) together with the
innermost addresses, so a payload of this lane is exactly one message.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from msgspec import Struct

from sipdiag.capture.payload import CaptureError, Endpoint, Note, Payload
from sipdiag.capture.tcp import SIP_PORTS
from sipdiag.position import Frame

NEWEST_PYTHON = (3, 13)
"""pyshark relies on child watchers of asyncio, which later versions no longer have."""
ALL_SIP = "sip"
SIP_IN_TLS = "sip && tls"
_LAYERS = "frame ip ipv6 udp tcp tcp.segments sctp"
"""Layers printed with their fields; of the others, SIP too, the raw bytes are enough."""
_PREFERENCES: Mapping[str, str] = {
    "esp.enable_null_encryption_decode_heuristic": "TRUE",
}
_NETWORKS, _TRANSPORTS = ("ip", "ipv6"), ("udp", "tcp", "sctp")
_QUOTING = frozenset(("icmp", "icmpv6"))
"""Errors that quote the packet they are about: no message was sent there."""


class DecodeRequest(Struct, frozen=True):
    """A request to tshark."""

    path: str
    file: int
    """Index of the input file."""
    display_filter: str
    keylog: str | None = None
    tls_ports: tuple[int, ...] = ()
    """Server ports of TLS connections that may carry SIP, beyond the one tshark knows."""


HTTPS_PORTS = frozenset((443, 4443, 7443, 8081, 8089, 8443))
"""Ports where SIP inside TLS is inside a WebSocket too, which tshark finds by itself."""


def installed() -> bool:
    """Whether there is a tshark."""
    return shutil.which("tshark") is not None


def unavailable() -> str | None:
    """Why this lane cannot work here, in words that say what to do; None when it can."""
    if not installed():
        return (
            "tshark is not installed; install it (Debian and Ubuntu: `apt install tshark`, Fedora: "
            "`dnf install wireshark-cli`, macOS: `brew install wireshark`, Windows: the Wireshark installer)"
        )
    if sys.version_info[:2] > NEWEST_PYTHON:
        return (
            "pyshark, which drives tshark, does not work with Python "
            f"{sys.version_info[0]}.{sys.version_info[1]}; use Python "
            f"{NEWEST_PYTHON[0]}.{NEWEST_PYTHON[1]} or older for this engine"
        )
    return None


def payloads(request: DecodeRequest, notes: list[Note]) -> Iterator[Payload]:
    """Every SIP message that tshark finds, in the order of the file.

    :raises CaptureError: tshark cannot be started.
    """
    reason = unavailable()
    if reason is not None:
        raise CaptureError(f"{request.path}: {reason}")
    from pyshark.capture.capture import TSharkCrashException

    with _event_loop():
        capture = _capture(request)
        try:
            for packet in capture:
                yield from _of_packet(packet, request.file)
        except TSharkCrashException as error:
            notes += _trouble(error, request)
        finally:
            with suppress(TSharkCrashException):
                capture.close()
            # After an error pyshark keeps the dead process and would close it again when collected.
            capture._running_processes.clear()


@contextmanager
def _event_loop() -> Iterator[None]:
    """A loop for pyshark alone, which takes whatever loop is current and sets a child watcher tied to it.

    Afterwards both are as Python has them by default: others in this process may want to start processes too.
    """
    with warnings.catch_warnings():
        # Since Python 3.12 the child watchers are announced to go.
        warnings.simplefilter("ignore", DeprecationWarning)
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        try:
            yield
        finally:
            if sys.platform != "win32":
                asyncio.set_child_watcher(asyncio.ThreadedChildWatcher())
            asyncio.set_event_loop(None)
            loop.close()


def _capture(request: DecodeRequest) -> Any:
    import pyshark

    preferences = dict(_PREFERENCES)
    if request.keylog is not None:
        preferences["tls.keylog_file"] = request.keylog
    return pyshark.FileCapture(
        request.path,
        display_filter=request.display_filter,
        use_json=True,
        include_raw=True,
        keep_packets=False,
        override_prefs=preferences,
        decode_as=_ports(request.tls_ports),
        custom_parameters=["-j", _LAYERS],
    )


def _ports(tls_ports: Sequence[int]) -> dict[str, str]:
    """Where tshark is told to expect SIP: in streams it does not look for it on any port, as we do."""
    plain = {f"tcp.port=={port}": "sip" for port in SIP_PORTS}
    return plain | {f"tls.port=={port}": "sip" for port in tls_ports if port not in HTTPS_PORTS}


def _trouble(error: Exception, request: DecodeRequest) -> list[Note]:
    """A complaint with which tshark ended; what it printed before that counts.

    That the file is cut is told by the walk through its records, which knows the byte.
    """
    said = next((line for line in str(error).splitlines() if line.startswith("Last error line:")), "")
    said = said.removeprefix("Last error line:").strip()
    if not said or said == "None" or "cut short" in said:
        return []
    return [Note("tshark", f"tshark complained: {said}", file=request.file)]


def _of_packet(packet: Any, file: int) -> Iterator[Payload]:
    layers = {layer.layer_name: layer for layer in packet.layers}
    protocols = str(packet.frame_info.get_field("protocols")).split(":")
    before = protocols[: protocols.index("sip")] if "sip" in protocols else protocols
    if not _QUOTING.isdisjoint(before):
        return
    network = _innermost(layers, before, _NETWORKS)
    transport = _innermost(layers, before, _TRANSPORTS)
    if network is None or transport is None:
        return
    number = int(packet.number)
    for data in _raw(layers.get("sip_raw")):
        yield Payload(
            time_ns=_nanoseconds(str(packet.frame_info.get_field("time_epoch"))),
            position=Frame(file, number, tuple(sorted(_segments(layers.get("tcp.segments")) - {number}))),
            src=Endpoint(str(network.get_field("src")), int(transport.get_field("srcport"))),
            dst=Endpoint(str(network.get_field("dst")), int(transport.get_field("dstport"))),
            transport=_transport(before),
            data=data,
        )


def _innermost(layers: Mapping[str, Any], protocols: list[str], names: tuple[str, ...]) -> Any:
    """The last layer of one of these names in front of SIP; None when there is none."""
    name = next((protocol for protocol in reversed(protocols) if protocol in names), None)
    layer = layers.get(name) if name is not None else None
    if layer is None:
        return None
    return layer.duplicate_layers[-1] if layer.duplicate_layers else layer


def _transport(protocols: list[str]) -> str:
    """How the message travelled, as :attr:`Payload.transport` names it."""
    for protocol, name in (("websocket", "WS"), ("tls", "TLS"), ("sctp", "SCTP"), ("tcp", "TCP")):
        if protocol in protocols and _after(protocols, protocol, "udp"):
            return name
    return "UDP"


def _after(protocols: list[str], protocol: str, other: str) -> bool:
    """Whether ``protocol`` lies within the last ``other``: the TCP around a tunnel does not count."""
    backwards = protocols[::-1]
    return other not in protocols or backwards.index(protocol) < backwards.index(other)


def _raw(layer: Any) -> list[bytes]:
    """The messages of a frame: ``sip_raw`` is one list [hex, offset, length, …], or a list of such."""
    if layer is None:
        return []
    if isinstance(layer.value, list):
        # pyshark unpacks every entry but the first.
        return [
            bytes.fromhex(entry) for entry in (layer.value[0], *(d.value for d in layer.duplicate_layers))
        ]
    return [bytes.fromhex(layer.value)]


def _segments(layer: Any) -> set[int]:
    """Frames of the TCP segments that a message was put together from."""
    if layer is None:
        return set()
    found = layer.get_field("tcp.segment")
    return {int(item) for item in (found if isinstance(found, list) else [found])}


def _nanoseconds(epoch: str) -> int:
    """``1700000000.123456789`` without the rounding of a float."""
    seconds, _, fraction = epoch.partition(".")
    return int(seconds) * 1_000_000_000 + int(fraction[:9].ljust(9, "0"))
