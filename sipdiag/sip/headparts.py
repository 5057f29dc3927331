"""The parts of a head that identify a message: start line, CSeq, tags, topmost Via."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.sip.address import parse_name_addr, split_host_port
from sipdiag.sip.grammar import CSEQ, IS_VERSION, METHODS, STATUS_PARTS
from sipdiag.sip.headers import parse_via
from sipdiag.sip.memo import remembered
from sipdiag.sip.quoting import parameter


class StartLine(Struct, frozen=True):
    """A first line taken apart."""

    line: str
    method: str
    """Known ones in upper case; empty for responses."""
    uri: str
    status: int | None
    reason: str
    version: str


@remembered
def read_start_line(line: str) -> StartLine:
    """A request line or status line (RFC 3261 §7.1, §7.2); what does not fit leaves fields empty."""
    status = STATUS_PARTS.match(line)
    if status:
        code = int(status[2]) if len(status[2]) == 3 else None
        return StartLine(line, "", "", code, status[3].strip(), status[1])
    method, _, rest = line.strip().replace("\t", " ").partition(" ")
    uri, _, version = rest.rstrip().rpartition(" ")
    if not IS_VERSION.match(version):
        uri, version = rest, ""
    method = method.upper() if method.upper() in METHODS else method
    return StartLine(line, method, uri.strip(), None, "", version)


@remembered
def read_cseq(value: str) -> tuple[int | None, str]:
    """Number and method; None and an empty method if it is not a CSeq."""
    match = CSEQ.match(value.strip())
    if match is None:
        return None, ""
    sent = match[2] or ""
    return int(match[1]), sent.upper() if sent.upper() in METHODS else sent


@remembered
def tag_of(value: str) -> str:
    """The tag of a From or To, without taking the address apart where it is in angle brackets."""
    _, angle, behind = value.rpartition(">")
    if angle and '"' not in behind:
        if behind.startswith(";tag=") and behind.count(";") == 1:
            return behind[5:].strip()
        return parameter(behind, "tag") if behind else ""
    address = parse_name_addr(value)
    return address.tag if address else ""


@remembered
def read_sent_by(text: str) -> tuple[str, int | None]:
    """Host and port of a Via."""
    return split_host_port(text)


def any_via(first: str, values: list[str]) -> tuple[tuple[str, int | None], str]:
    """Sent-by and branch, from the first Via value and all of them."""
    top = parse_via(first)
    readable = top or next(filter(None, map(parse_via, values)), None)
    return (readable.host, readable.port) if readable else ("", None), top.branch if top else ""
