"""STUN and DTLS: what is read of them, whose they are, and what of them may be shared."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.capture.payload import Endpoint, MediaDatagram
from sipdiag.media import bare, stun
from sipdiag.media.dtls import Handshake
from sipdiag.media.setup import MOST_OPEN, SetupPackets
from sipdiag.scenario.keying import certificate, checks, fingerprint, handshake
from sipdiag.scenario.schema import MediaSpec
from sipdiag.scenario.tokens import Tokens
from tests.media.build import A, B

CALLER, CALLEE = Endpoint("192.0.2.1", 4000), Endpoint("198.51.100.2", 5000)
ASKED = "cLee:cAlr"


def seen(time_ns: int, data: bytes, src: Endpoint = CALLER, dst: Endpoint = CALLEE) -> MediaDatagram:
    return MediaDatagram(time_ns, time_ns + 1, 0, (0, 0), src, dst, data)


def told(*kinds: tuple[str, MediaSpec]) -> SetupPackets:
    """STUN or DTLS of the caller, and what comes back."""
    setup = SetupPackets()
    for kind, spec in kinds:
        packets = checks(Tokens("x"), 5, 0, spec, "a") if kind == "stun" else handshake(7, 0, spec)
        for time_ns, back, data in packets:
            setup.add(seen(time_ns, data, *((CALLEE, CALLER) if back else (CALLER, CALLEE))))
    return setup


def test_checks_and_their_answers_are_joined() -> None:
    one = told(("stun", MediaSpec())).checks(ASKED)
    assert one is not None
    assert (one.asked, one.answered, one.errors) == (10, 10, {})
    assert one.ends == {(CALLER, CALLEE): True}
    assert (one.first, one.last) == ((0, 0, 1), (4_500_000_000, 0, 4_500_000_001))


def test_checks_that_nobody_answers() -> None:
    one = told(("stun", MediaSpec(answered=False))).checks(ASKED)
    assert one is not None
    assert (one.asked, one.answered, one.ends) == (10, 0, {(CALLER, CALLEE): False})


def test_checks_that_are_refused() -> None:
    one = told(("stun", MediaSpec(error=487))).checks(ASKED)
    assert one is not None
    assert (one.answered, one.errors) == (0, {487: 10})


def test_a_relay_is_noticed() -> None:
    setup = SetupPackets()
    allocated = struct.pack("!HHI", 0x0103, 0, 0x2112A442) + bytes(12)
    setup.add(seen(1, allocated, CALLEE, CALLER))
    assert setup.relayed(["192.0.2.1"])
    assert not setup.relayed(["198.51.100.2"])


def test_checks_that_wait_are_bounded() -> None:
    setup = SetupPackets()
    for number in range(MOST_OPEN + 10):
        transaction = number.to_bytes(12, "big")
        setup.add(
            seen(
                number,
                struct.pack("!HHI", 1, 8, 0x2112A442) + transaction + struct.pack("!HH", 6, 3) + b"a:b\0",
            )
        )
    assert len(setup._open) == MOST_OPEN


def test_a_whole_handshake() -> None:
    client, server = told(("dtls", MediaSpec())).handshakes([CALLER])
    assert (client.handshake.hellos, client.handshake.answers, client.handshake.encrypted) == (1, 0, True)
    assert (server.handshake.hellos, server.handshake.answers, server.handshake.encrypted) == (0, 1, True)
    assert dict(client.handshake.digests)["sha-256"] == fingerprint(0)
    assert dict(server.handshake.digests)["sha-256"] == fingerprint(1)


def test_hellos_that_nobody_answers() -> None:
    (client,) = told(("dtls", MediaSpec(answered=False))).handshakes([CALLEE])
    assert (client.handshake.hellos, client.handshake.encrypted) == (4, False)


@pytest.mark.parametrize(("number", "name"), [(42, "bad certificate"), (40, "handshake failure"), (0, None)])
def test_an_alert_in_clear(number: int, name: str | None) -> None:
    told = Handshake()
    told.add(struct.pack("!BHHHIHBB", 21, 0xFEFD, 0, 0, 0, 2, 2, number))
    assert told.alert == name


def test_an_encrypted_alert_is_none() -> None:
    told = Handshake()
    told.add(struct.pack("!BHHHIHBB", 21, 0xFEFD, 1, 0, 0, 2, 2, 42))
    assert (told.alert, told.encrypted) == (None, True)


def test_a_certificate_in_pieces() -> None:
    one = certificate(0)
    body = (len(one) + 3).to_bytes(3, "big") + len(one).to_bytes(3, "big") + one
    told = Handshake()
    for at in range(0, len(body), 100):
        part = body[at : at + 100]
        sizes = len(body).to_bytes(3, "big"), at.to_bytes(3, "big"), len(part).to_bytes(3, "big")
        message = b"\x0b" + sizes[0] + b"\0\0" + sizes[1] + sizes[2] + part
        told.add(struct.pack("!BHHHIH", 22, 0xFEFD, 0, 0, 0, len(message)) + message)
    assert dict(told.digests)["sha-256"] == fingerprint(0)


def test_other_names_for_all_of_it() -> None:
    setup = told(("stun", MediaSpec()), ("dtls", MediaSpec()))
    setup.renamed(lambda end: A if end == CALLER else B, str.lower, lambda digest: f"<{digest}>")
    one = setup.checks(ASKED.lower())
    assert one is not None
    assert (one.src, one.dst, one.ends) == (A, B, {(A, B): True})
    client, _ = setup.handshakes([A])
    shown = [value for method, value in client.handshake.digests if method == "sha-256"]
    assert shown == [f"<{fingerprint(0)}>", f"<{fingerprint(0).lower()}>"]


def test_another_clock() -> None:
    setup = told(("stun", MediaSpec()), ("dtls", MediaSpec(alert=42)))
    setup.put_right({0: lambda time_ns: time_ns - 1000})
    one = setup.checks(ASKED)
    assert one is not None
    assert one.first[0] == -1000
    client = setup.handshakes([CALLER])[0]
    assert (client.first[0], client.alert and client.alert[0]) == (-1000, 40_000_000 - 1000)


def test_of_stun_only_names_and_codes_are_shared() -> None:
    (_, _, asked), (_, _, refused) = list(checks(Tokens("x"), 0.5, 0, MediaSpec(error=401), "a"))
    software = struct.pack("!HH", 0x8022, 4) + b"Acme"
    data = asked[:2] + struct.pack("!H", len(asked) - 20 + 8) + asked[4:] + software
    shared = bare.stun(data, str.upper)
    assert stun.parse(shared).username == "CLEE:CALR"
    assert b"Acme" not in shared
    assert len(shared) == 20 + int.from_bytes(shared[2:4], "big")
    assert stun.parse(bare.stun(refused, str)).error == 401


def test_of_dtls_no_certificate_is_shared() -> None:
    packets = [data for _, _, data in handshake(1, 0, MediaSpec())]
    told = Handshake()
    for data in packets:
        shared = bare.dtls(data)
        assert certificate(0)[:20] not in shared
        assert certificate(1)[:20] not in shared
        told.add(shared)
    assert (told.hellos, told.answers, told.encrypted, told.digests) == (1, 1, True, ())


@given(st.binary(min_size=20, max_size=120))
def test_anything_at_all(data: bytes) -> None:
    setup = SetupPackets()
    setup.add(seen(1, data))
    assert len(bare.stun(data, str)) <= len(data) + 600
    assert len(bare.dtls(data)) <= len(data)


@pytest.mark.parametrize(("size", "read"), [(1 << 14, True), ((1 << 14) + 1, False)])
def test_a_certificate_has_a_size_that_is_one(size: int, read: bool) -> None:
    one = bytes(size - 6)
    body = (size - 3).to_bytes(3, "big") + len(one).to_bytes(3, "big") + one
    message = b"\x0b" + size.to_bytes(3, "big") + bytes(5) + size.to_bytes(3, "big") + body
    told = Handshake()
    told.add(struct.pack("!BHHHIH", 22, 0xFEFD, 0, 0, 0, len(message)) + message)
    assert bool(told.digests) is read


@pytest.mark.parametrize(("size", "read"), [(513, True), (514, False)])
def test_a_user_name_has_513_bytes_at_most(size: int, read: bool) -> None:
    """RFC 5389 §15.3."""
    data = asked(1, b"a" * size)
    assert bool(stun.parse(data).username) is read


@pytest.mark.parametrize(("first", "told"), [(0, True), (3, True), (4, False), (20, False)])
def test_the_first_byte_tells_stun_from_dtls(first: int, told: bool) -> None:
    """RFC 7983 §7."""
    assert stun.is_stun(bytes((first, 1))) is told


def asked(number: int, username: bytes) -> bytes:
    """A check."""
    padded = username + bytes(-len(username) % 4)
    head = struct.pack("!HHI", 1, 4 + len(padded), 0x2112A442) + number.to_bytes(12, "big")
    return head + struct.pack("!HH", 6, len(username)) + padded


def test_what_is_kept_of_checks_is_bounded() -> None:
    """Of one side 64 pairs of addresses and 16 codes."""
    setup = SetupPackets()
    for number in range(200):
        setup.add(seen(number, asked(number, b"a:b"), CALLER._replace(port=1000 + number)))
        code = struct.pack("!HHIH", 0x0111, 8, 0x2112A442, 0)[:8] + number.to_bytes(12, "big")
        setup.add(seen(number, code + struct.pack("!HHHBB", 9, 4, 0, 4, number % 100), CALLEE, CALLER))
    one = setup.checks("a:b")
    assert one is not None
    assert (len(one.ends), len(one.errors)) == (64, 16)
