"""Lenient reading: the same values from damaged text, each with its place, every repair named."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipdiag.context.node import LineColumn, Node
from sipdiag.context.read import MAX_BYTES, Block, UnreadableError, read


def only(text: str | bytes) -> Block:
    blocks = read(text if isinstance(text, bytes) else text.encode())
    assert len(blocks) == 1
    return blocks[0]


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {child.key: plain(child) for child in node.value.values()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**16), 10**16)
    | st.text(max_size=20)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text("abcdefgh", min_size=1, max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=8), VALUES, min_size=1, max_size=4))
def test_json_is_read_as_the_standard_library_reads_it(value: dict[str, Any]) -> None:
    for text in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        block = only(
            text.encode("utf-8", "surrogatepass") if text.isascii() else text.encode("utf-8", "replace")
        )
        if text.isascii():
            assert plain(block.root) == value
        assert block.trouble is None


@given(st.text(max_size=300) | st.text('{}[]",:/*\\ \n<>&=;`~-abc1', max_size=300))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    for block in read(text.replace("\0", "").encode("utf-8", "replace")):
        assert all(node.place.line >= 1 and node.place.column >= 1 for node in block.root.walk())


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(UnreadableError):
        read(data)


def test_repairs_are_named_with_their_place() -> None:
    text = '{\n  // the trunk\n  “name”: "x",\n  numbers: [\'+1\',],\n  "on": True,\n}\n'
    block = only(text)
    assert plain(block.root) == {"name": "x", "numbers": ["+1"], "on": True}
    assert [(one.place.line, one.text) for one in block.repairs] == [
        (2, "left out a comment"),
        (3, "read curly quotes as straight quotes"),
        (4, "the key 'numbers' had no quotes"),
        (4, "read single quotes as double quotes"),
        (4, "left out a comma before the end"),
        (5, "read True as true"),
        (5, "left out a comma before the end"),
    ]


def test_a_member_stands_at_its_key_and_an_item_where_it_begins() -> None:
    root = only('{"a":\n  {"b_c": [1,\n   {"d": 2}]}}').root
    held = root.get("a", "bC")
    assert held is not None
    assert (held.place, held.pointer) == (LineColumn(2, 4), "/a/b_c")
    assert (held.items()[1].place, held.items()[1].pointer) == (LineColumn(3, 4), "/a/b_c/1")


def test_what_stood_before_the_fault_of_broken_json_is_kept() -> None:
    block = only('{"type": "transfer_call",\n "transfer_option": {"type": "cold')
    assert block.root.string("type") == "transfer_call"
    assert block.trouble is not None
    assert block.trouble.place == LineColumn(2, 30)


def test_a_key_that_stands_twice_is_noted() -> None:
    block = only('{"a": 1,\n "A": 2}')
    assert block.root.string("a") == "2"
    assert [one.place for one in block.repairs] == [LineColumn(2, 2)]


def test_json_between_lines_of_something_else() -> None:
    first, second = read(b'HTTP/1.1 400 Bad Request\nA: b\n\n{"code": "x", "msg": "y"}\nand\n{"a": 1}\n')
    assert (first.root.string("code"), first.root.place) == ("x", LineColumn(4, 1))
    assert second.root.string("a") == "1"
    assert first.repairs[0].text == "skipped text that is no JSON"


def test_yaml_keeps_words_that_yaml_1_1_would_change() -> None:
    root = only("on: NO\ntime: 12:30\nnumber: +15551234567\nyes: true\n").root
    assert plain(root) == {"on": "NO", "time": "12:30", "number": "+15551234567", "yes": True}
    assert root.members()["time"].place == LineColumn(2, 1)


def test_aliases_cannot_multiply() -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join(['*' + old] * 9)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert [block.notation for block in read(bomb.encode())] == ["log"]


@pytest.mark.parametrize("text", ["[" * 5000, '{"a":' * 5000, "<a>" * 5000, "- " * 5000, "a: {b: " * 3000])
def test_nesting_is_bounded(text: str) -> None:
    read(text.encode())


def test_attributes_and_text_of_xml_have_places() -> None:
    root = only(
        "\ufeff<?xml version='1.0'?>\n<Response><!-- referUrl='no' -->\n  <Dial\n   referUrl='https://é.example/?a=1&amp;b=2'>\n"
        "    <Sip>\n      sip:a@b\n    </Sip>\n    <Sip>sip:c@d</Sip></Dial></Response>"
    ).root
    dial = root.children[0]
    url = dial.get("referUrl")
    assert url is not None
    assert (url.value, url.place, url.pointer) == (
        "https://é.example/?a=1&b=2",
        LineColumn(4, 4),
        "Response/Dial@referUrl",
    )
    first, second = dial.children
    assert first.text is not None
    assert (first.text.value, first.text.place) == ("sip:a@b", LineColumn(6, 7))
    assert second.pointer == "Response/Dial/Sip[2]"


def test_a_bare_ampersand_is_found() -> None:
    block = only('<Response>\n  <Dial referUrl="https://a.example/?b=1&c=2"/>\n</Response>')
    assert block.trouble is not None
    assert block.trouble.place == LineColumn(2, 41)


def test_a_document_type_is_refused() -> None:
    block = read(b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><Response>&b;</Response>')
    assert block == []


def test_text_before_the_declaration_is_a_fault() -> None:
    block = only('\n<?xml version="1.0"?>\n<Response><Dial>+1</Dial></Response>')
    assert block.trouble is not None
    assert block.trouble.place == LineColumn(2, 1)
    assert block.root.children[0].place == LineColumn(3, 11)


def test_fences_of_a_ticket_are_read_one_by_one() -> None:
    ticket = (
        'Hi,\n\n```json\n{"a": 1}\n```\nand\n\n~~~xml\n&lt;Response&gt;\n  &lt;Dial referUrl="?a&amp;amp;b"/&gt;\n'
        "&lt;/Response&gt;\n~~~\n```\nSIP/2.0 200 OK\n```\n"
    )
    first, second, third = read(ticket.encode())
    assert first.root.members()["a"].place == LineColumn(4, 2)
    url = second.root.children[0].members()["referurl"]
    assert (url.value, url.place) == ("?a&b", LineColumn(10, 12))
    assert third.notation == "log"


def test_form_and_table() -> None:
    form = only("CallSid=CA1&DialCallStatus=no-answer&To=%2B1555")
    assert plain(form.root) == {"CallSid": "CA1", "DialCallStatus": "no-answer", "To": "+1555"}
    assert form.root.members()["to"].place == LineColumn(1, 38)
    table = only('"Call Sid","From","To"\nCA1,+1,"+2"\nCA2,+3,"+4\n5"\nCA3,,\n')
    assert [row.string("Call Sid".replace(" ", "")) for row in table.root.items()] == ["CA1", "CA2", "CA3"]
    assert [row.place.line for row in table.root.items()] == [2, 3, 5]


def test_templates_of_asterisk() -> None:
    text = "; pjsip\n[common](!)\ntype=endpoint ; all\nallow_transfer = no\n;--\nallow_transfer=yes\n--;\n[a](common)\ncontext=x\n"
    block = only(text)
    template, endpoint = block.root.items()
    assert template.has("!")
    assert (endpoint.string("allow_transfer"), endpoint.string("context")) == ("no", "x")
    held = endpoint.get("allow_transfer")
    assert held is not None
    assert (held.place, held.pointer) == (LineColumn(4, 1), "[common]/allow_transfer")


def test_what_is_no_text_or_too_large_is_refused() -> None:
    with pytest.raises(UnreadableError, match="not text"):
        read(b"PK\x03\x04\x00\x00")
    with pytest.raises(UnreadableError, match="larger"):
        read(b" " * (MAX_BYTES + 1))


def test_utf_16_is_read() -> None:
    assert only('{"a": "é"}'.encode("utf-16")).root.string("a") == "é"
