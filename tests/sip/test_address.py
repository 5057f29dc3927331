from __future__ import annotations

import pytest

from sipdiag.sip.address import NameAddr, Replaces, Uri, parse_name_addr, parse_replaces, parse_uri


def named(text: str) -> NameAddr:
    address = parse_name_addr(text)
    assert address is not None
    return address


@pytest.mark.parametrize(
    ("text", "scheme", "user", "host", "port"),
    [
        ("sip:alice@Example.COM:5070;transport=tcp", "sip", "alice", "example.com", 5070),
        ("SIPS:alice:secret@example.com", "sips", "alice", "example.com", None),
        ("sip:example.com", "sip", "", "example.com", None),
        ("sip:%61lice%40home@example.com", "sip", "alice@home", "example.com", None),
        ("sip:a@b.example@proxy.example", "sip", "a@b.example", "proxy.example", None),
        ("sip:+15550100;npdi@example.com", "sip", "+15550100", "example.com", None),
        ("sip:user;par=u%40example.net@example.com", "sip", "user;par=u@example.net", "example.com", None),
        ("sip:bob@[2001:DB8::10]:5070", "sip", "bob", "2001:db8::10", 5070),
        ("sip:2001:db8::10", "sip", "", "2001:db8::10", None),
        ("sip:bob@example.com:99999", "sip", "bob", "example.com", None),
        ("sip:+15550100", "sip", "+15550100", "", None),
        ("tel:+1-555-01.00;phone-context=example.com", "tel", "+1-555-01.00", "", None),
        ("07123456789", "", "07123456789", "", None),
        ("1234@pbx.example", "", "1234", "pbx.example", None),
        ("urn:service:sos", "urn", "", "", None),
        ("", "", "", "", None),
    ],
)
def test_uri(text: str, scheme: str, user: str, host: str, port: int | None) -> None:
    uri = parse_uri(text)
    assert (uri.scheme, uri.user, uri.host, uri.port, uri.raw) == (scheme, user, host, port, text)


def test_uri_parameters_and_headers() -> None:
    uri = parse_uri(
        "sip:+1555;NPDI;rn=%2B1@a.example;Method=refer;lr?Replaces=x%40y%3Bto-tag%3D1&X-Foo=a%26b"
    )
    assert uri.user_params == {"npdi": None, "rn": "+1"}
    assert uri.params == {"method": "refer", "lr": None}
    assert uri.headers == {"replaces": "x@y;to-tag=1", "x-foo": "a&b"}
    assert uri.method == "REFER"
    assert uri.replaces == Replaces("x@y", "1")
    assert uri.bare == "sip:+1555;NPDI;rn=%2B1@a.example;Method=refer;lr"


def test_unescaped_replaces_in_a_uri() -> None:
    uri = parse_uri("sip:bob@example.com?Replaces=c@192.0.2.1;to-tag=t;from-tag=f")
    assert (uri.user, uri.host) == ("bob", "example.com")
    assert uri.replaces == Replaces("c@192.0.2.1", "t", "f")


def test_a_uri_without_headers_is_bare_already() -> None:
    assert parse_uri("sip:what?@example.com").bare == "sip:what?@example.com"


@pytest.mark.parametrize(
    ("text", "display", "uri", "tag"),
    [
        ('"A \\"B\\" <x>" <sip:a@example.com;lr>;tag=1', 'A "B" <x>', "sip:a@example.com;lr", "1"),
        ("Bell, Alexander <sip:a@example.com> ; TAG = 1", "Bell, Alexander", "sip:a@example.com", "1"),
        ("caller<sip:a@example.com>", "caller", "sip:a@example.com", ""),
        ("<tel:+15550100>", "", "tel:+15550100", ""),
        ("tel:+15550100", "", "tel:+15550100", ""),
        ("sip:a@example.com;tag=x@y", "", "sip:a@example.com", "x@y"),
        ("sip:example.com;tag=x@y", "", "sip:example.com", "x@y"),
        ("sip:+1555;npdi@example.com;tag=1", "", "sip:+1555;npdi@example.com", "1"),
        ("sip:a@example.com?Replaces=x%3By", "", "sip:a@example.com?Replaces=x%3By", ""),
        ('"Mr. User <sip:a@example.com>;tag=1', "Mr. User", "sip:a@example.com", "1"),
        ("<sip:a@example.com", "", "sip:a@example.com", ""),
        ("< sip:a@example.com >", "", "sip:a@example.com", ""),
        ("<07123456789>", "", "07123456789", ""),
        ('sip:a@example.com;x="<>";tag=1', "", "sip:a@example.com", "1"),
    ],
)
def test_name_addr(text: str, display: str, uri: str, tag: str) -> None:
    address = named(text)
    assert (address.display, address.uri.raw, address.tag, address.raw) == (display, uri, tag, text)


def test_header_parameters_are_the_headers_own() -> None:
    assert named('<sip:a@example.com;x=1>;y;z="a;b"').params == {"y": None, "z": "a;b"}
    assert named("<sip:a@example.com;x=1>;y").uri.params == {"x": "1"}


def test_blank_text_is_no_address() -> None:
    assert parse_name_addr(" \t") is None


def test_replaces() -> None:
    assert parse_replaces("98732@example.com ;from-tag=r33th4x0r;To-Tag=ff87ff;early-only") == Replaces(
        "98732@example.com", "ff87ff", "r33th4x0r", True
    )
    assert parse_replaces(";to-tag=1") is None


def test_uris_are_values() -> None:
    assert parse_uri("sip:a@b") == Uri("sip", "a", host="b", raw="sip:a@b")
