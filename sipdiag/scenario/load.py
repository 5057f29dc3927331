"""From a scenario file to its schema; every mistake is one line with file and line number."""

from __future__ import annotations

import ipaddress
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.scenario.document import Node, read_document
from sipdiag.scenario.flavours import FLAVOURS
from sipdiag.scenario.line import parse_line
from sipdiag.scenario.schema import DialogSpec, HostSpec, LadderLine, MediaSpec, PointSpec, Scenario, SdpSpec

_TOP = ("title", "start", "hosts", "dialogs", "ladder", "copies", "vlan", "snaplen", "cut", "notes", "point")
_POINT = ("of", "ahead", "drift", "later", "nat")
_HOST = (
    *("address", "port", "flavour", "domain", "media", "user", "password", "realm"),
    *("record_route", "recorded", "inside"),
)
_DIALOG = (
    *("from", "to", "caller", "callee", "display", "uri", "transport", "path"),
    *("fork_of", "continues", "call_id", "headers"),
)
_STEP = (
    "headers",
    "remove",
    "start",
    "to_tag",
    "sdp",
    "body",
    "content_type",
    "raw",
    "hex",
    "src",
    "dst",
    "links",
    "media",
)
_SDP = ("codecs", "direction", "address", "port", "session", "secure", "dtls")
_MEDIA = (
    *("src", "dst", "type", "size", "sound", "since", "source", "missing"),
    *("digits", "digits_type", "ends", "reported_lost", "error", "alert", "dscp"),
    *("answered", "stranger", "skew"),
)
_NAME = re.compile(r"[a-z][a-z0-9_]*$")
_DEFAULT_START = "2026-03-02T14:05:11.250000Z"

Headers = tuple[tuple[str, tuple[str, ...]], ...]


def load(path: Path) -> Scenario:
    """The checked scenario of a file."""
    root = read_document(path)
    top = root.mapping(_TOP)
    for needed in ("title", "hosts", "dialogs", "ladder"):
        if needed not in top:
            raise root.error(f"{needed!r} is missing")
    hosts = {key.text: _host(key, value) for key, value in top["hosts"].pairs()}
    dialogs: dict[str, DialogSpec] = {}
    for key, value in top["dialogs"].pairs():
        dialogs[key.text] = _dialog(key, value, hosts, dialogs)
    return Scenario(
        path=path,
        title=top["title"].text,
        start_ns=_start(top.get("start")),
        hosts=hosts,
        dialogs=dialogs,
        ladder=tuple(_step(item, set(hosts), set(dialogs)) for item in top["ladder"].items()),
        copies="copies" in top and top["copies"].flag,
        vlan=_vlan(top["vlan"]) if "vlan" in top else (),
        snaplen=int(top["snaplen"].number) if "snaplen" in top else 0,
        cut=int(top["cut"].number) if "cut" in top else 0,
        notes=top["notes"].text if "notes" in top else "",
        point=_point(top["point"], set(hosts)) if "point" in top else PointSpec(),
    )


def _point(node: Node, hosts: set[str]) -> PointSpec:
    values = node.mapping(_POINT)
    later = list(values["later"].pairs()) if "later" in values else []
    for name, _ in later:
        if name.text not in hosts:
            raise name.error(f"there is no host {name.text!r}")
    return PointSpec(
        of=values["of"].text if "of" in values else "",
        ahead=values["ahead"].number if "ahead" in values else 0.0,
        drift=values["drift"].number if "drift" in values else 0.0,
        later=tuple((name.text, value.number) for name, value in later),
        nat=tuple((key.text, value.text) for key, value in values["nat"].pairs()) if "nat" in values else (),
    )


def _start(node: Node | None) -> int:
    text = node.text if node else _DEFAULT_START
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        assert node is not None
        raise node.error(f"expected a time such as {_DEFAULT_START}, found {text!r}")
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return ((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds) * 1000


def _name(key: Node, what: str) -> str:
    if not _NAME.match(key.text):
        raise key.error(f"{what} name {key.text!r} must be lower-case letters, digits and _")
    return key.text


def _host(key: Node, node: Node) -> HostSpec:
    values = node.mapping(_HOST)
    if "address" not in values:
        raise node.error(f"host {key.text!r} has no address")
    address = values["address"]
    try:
        ipaddress.ip_address(address.text)
    except ValueError:
        raise address.error(f"{address.text!r} is no IP address") from None
    flavour = values.get("flavour")
    if flavour and flavour.text not in FLAVOURS:
        raise flavour.error(
            f"unknown flavour {flavour.text!r}; {did_you_mean(flavour.text, sorted(FLAVOURS))}"
        )
    text: dict[str, Any] = {
        name: values[name].text
        for name in ("domain", "media", "user", "password", "realm", "inside")
        if name in values
    }
    return HostSpec(
        name=_name(key, "host"),
        address=address.text,
        port=_port(values["port"]) if "port" in values else 5060,
        flavour=flavour.text if flavour else "generic",
        record_route=values["record_route"].flag if "record_route" in values else True,
        recorded=tuple(values["recorded"].texts()) if "recorded" in values else (),
        **text,
    )


def _vlan(node: Node) -> tuple[int, ...]:
    tags = list(node.items()) if isinstance(node.value, list) else [node]
    if not 1 <= len(tags) <= 2:
        raise node.error("expected one VLAN, or two for a stack of tags")
    for tag in tags:
        if not 1 <= tag.number <= 4094 or tag.number != int(tag.number):
            raise tag.error(f"expected a VLAN from 1 to 4094, found {tag.text}")
    return tuple(int(tag.number) for tag in tags)


def _port(node: Node) -> int:
    if not 0 <= node.number <= 65535:
        raise node.error(f"expected a port number, found {node.text}")
    return int(node.number)


def _dialog(key: Node, node: Node, hosts: dict[str, HostSpec], before: dict[str, DialogSpec]) -> DialogSpec:
    values = node.mapping(_DIALOG)
    parent = _parent(values, before)
    spec = DialogSpec(_name(key, "dialog"), key.line, "", "", "", "")
    if parent:
        spec = replace(parent, name=key.text, line=key.line, fork_of="", continues="", uri="", call_id="")
    text: dict[str, Any] = {
        name.replace("from", "from_"): value.text
        for name, value in values.items()
        if name not in ("path", "headers")
    }
    spec = replace(spec, **text)
    if "path" in values:
        spec = replace(spec, path=tuple(values["path"].texts()))
    if "headers" in values:
        spec = replace(spec, headers=_headers(values["headers"]))
    for role, host in (("from", spec.from_), ("to", spec.to), *(("path", name) for name in spec.path)):
        if host not in hosts:
            raise values.get(role, node).error(f"{role!r} must be one of the hosts {', '.join(hosts)}")
    families = {":" in hosts[name].address for name in (spec.from_, spec.to, *spec.path)}
    if len(families) > 1:
        raise key.error(f"dialog {key.text!r} has hosts with IPv4 and with IPv6")
    if spec.transport not in ("udp", "tcp", "ws"):
        raise values["transport"].error(f"transport is udp, tcp or ws, found {spec.transport!r}")
    for needed in ("caller", "callee"):
        if not getattr(spec, needed):
            raise node.error(f"dialog {key.text!r} has no {needed!r}")
    return spec


def _parent(values: dict[str, Node], before: dict[str, DialogSpec]) -> DialogSpec | None:
    for relation in ("fork_of", "continues"):
        if relation in values:
            if values[relation].text not in before:
                raise values[relation].error(f"{relation!r} must name a dialog that stands above")
            return before[values[relation].text]
    return None


def _headers(node: Node) -> Headers:
    return tuple((key.text, tuple(value.texts())) for key, value in node.pairs())


def _step(node: Node, hosts: set[str], dialogs: set[str]) -> LadderLine:
    if not node.is_mapping:
        return parse_line(node, node.text, hosts, dialogs)
    pairs = list(node.pairs())
    if len(pairs) != 1:
        raise node.error("expected one line, or 'line: {what differs}'")
    line, details = pairs[0]
    step = parse_line(line, line.text, hosts, dialogs)
    values = details.mapping(_STEP)
    text: dict[str, Any] = {
        name: values[name].text
        for name in ("start", "to_tag", "body", "content_type", "raw", "src", "dst")
        if name in values
    }
    return replace(
        step,
        headers=_headers(values["headers"]) if "headers" in values else (),
        remove=tuple(values["remove"].texts()) if "remove" in values else (),
        hex=_bytes(values["hex"]) if "hex" in values else None,
        sdp=_sdp(values["sdp"]) if "sdp" in values else None,
        media=_media(values["media"]) if "media" in values else None,
        links=tuple(int(item.number) for item in values["links"].items()) if "links" in values else None,
        **text,
    )


def _bytes(node: Node) -> bytes:
    try:
        return bytes.fromhex(node.text)
    except ValueError:
        raise node.error("expected bytes in hexadecimal, two digits each") from None


def _sdp(node: Node) -> SdpSpec:
    values = node.mapping(_SDP)
    return SdpSpec(
        codecs=tuple(values["codecs"].texts()) if "codecs" in values else (),
        direction=values["direction"].text if "direction" in values else "",
        address=values["address"].text if "address" in values else "",
        port=_port(values["port"]) if "port" in values else None,
        session=values["session"].text if "session" in values else "",
        secure="secure" in values and values["secure"].flag,
        dtls="dtls" in values and values["dtls"].flag,
    )


def _media(node: Node) -> MediaSpec:
    values = node.mapping(_MEDIA)
    numbers: dict[str, Any] = {
        name: int(values[name].number)
        for name in (
            "type",
            "size",
            "source",
            "digits_type",
            "ends",
            "reported_lost",
            "error",
            "alert",
            "dscp",
        )
        if name in values
    }
    text: dict[str, Any] = {name: values[name].text for name in ("src", "dst", "digits") if name in values}
    return MediaSpec(
        sound="sound" in values and values["sound"].flag,
        stranger="stranger" in values and values["stranger"].flag,
        answered="answered" not in values or values["answered"].flag,
        since=values["since"].number if "since" in values else 0.0,
        skew=values["skew"].number if "skew" in values else 0.0,
        missing=tuple(_span(item) for item in values["missing"].items()) if "missing" in values else (),
        **numbers,
        **text,
    )


def _span(node: Node) -> tuple[float, float]:
    ends = [item.number for item in node.items()]
    if len(ends) != 2:
        raise node.error("expected [from, to] in seconds")
    return ends[0], ends[1]
