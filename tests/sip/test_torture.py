"""The torture messages of RFC 4475 and RFC 5118, where the corpus is at hand."""

from __future__ import annotations

from functools import reduce

import pytest

from sipdiag.sip.defects import find_defects
from sipdiag.sip.framing import Framer
from sipdiag.sip.grammar import is_start_line
from sipdiag.sip.message import Message
from tests.outside import CORPUS, needs_corpus

from .torture import MALFORMED, VALID

TORTURE = CORPUS / "torture"

pytestmark = needs_corpus


def load(name: str) -> bytes:
    return (TORTURE / name).read_bytes()


def step(value: object, name: str) -> object:
    if isinstance(value, list):
        return value[int(name)]
    return value[name] if isinstance(value, dict) else getattr(value, name)


def test_every_message_is_in_one_of_the_tables() -> None:
    files = {path.stem for path in (TORTURE / "rfc4475").glob("*.dat")}
    assert files == VALID.keys() | MALFORMED.keys()
    assert not VALID.keys() & MALFORMED.keys()


@pytest.mark.parametrize("folder", ["rfc4475", "rfc4475-lf"])
@pytest.mark.parametrize("name", sorted(VALID))
def test_valid_messages_yield_their_fields(folder: str, name: str) -> None:
    message: object = Message(load(f"{folder}/{name}.dat"))
    found = {path: reduce(step, path.split("."), message) for path in VALID[name]}
    assert found == VALID[name]


@pytest.mark.parametrize("name", sorted(VALID))
def test_valid_messages_have_no_defects(name: str) -> None:
    assert find_defects(Message(load(f"rfc4475/{name}.dat"))) == []


@pytest.mark.parametrize("name", sorted(MALFORMED))
def test_malformed_messages_say_why(name: str) -> None:
    defects = find_defects(Message(load(f"rfc4475/{name}.dat")))
    assert set(MALFORMED[name]) <= set(defects)


@pytest.mark.parametrize("name", sorted((VALID.keys() | MALFORMED.keys()) - {"test"}))
def test_every_message_is_recognised_and_framed(name: str) -> None:
    raw = load(f"rfc4475/{name}.dat")
    assert is_start_line(raw)
    framer: Framer[None] = Framer(datagram=True)
    framer.receive(raw, tag=None)
    found = [framed.data for framed in iter(framer.next_message, None)]
    assert b"".join(found) == raw
    assert len(found) == (2 if name == "dblreq" else 1)


def test_a_request_without_version_is_read_but_not_taken_for_sip() -> None:
    raw = load("rfc4475/test.dat")
    assert not is_start_line(raw)
    assert Message(raw).method == "INVITE"


@pytest.mark.parametrize(
    ("name", "defects"),
    [
        ("ipv6-good", []),
        ("ipv6-bad", ["The IPv6 address in the Request-URI has no brackets."]),
        ("port-ambiguous", []),
        ("port-unambiguous", []),
        ("ipv6-bug-abnf-3-colons", []),
        ("ipv6-correct-abnf-2-colons", []),
        ("via-received-param-no-delim", []),
        ("via-received-param-with-delim", []),
        ("mult-ip-in-header", []),
        ("ipv4-mapped-ipv6", []),
    ],
)
def test_ipv6(name: str, defects: list[str]) -> None:
    assert find_defects(Message(load(f"rfc5118/{name}.dat"))) == defects


def test_ipv6_addresses() -> None:
    message = Message(load("rfc5118/via-received-param-no-delim.dat"))
    assert message.vias[0].host == "2001:db8::9:1"
    assert message.vias[0].received == "2001:db8::9:255"
    sdp = Message(load("rfc5118/mult-ip-in-sdp.dat")).sdp
    assert sdp is not None
    assert [media.connection for media in sdp.media] == ["192.0.2.1", "2001:db8::1"]


def test_all_attributes_of_all_files_can_be_read() -> None:
    names = [name for name in dir(Message) if not name.startswith("_")]
    for path in sorted(TORTURE.rglob("*")):
        if path.is_file():
            message = Message(path.read_bytes())
            assert [getattr(message, name) for name in names]
