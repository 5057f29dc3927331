"""What somebody sends beside a capture takes time and memory in proportion to its size."""

from __future__ import annotations

import time

import pytest

from benchmarks.documents import CASES
from sipdiag.context.node import LONGEST_POINTER, pointer_to
from sipdiag.context.read import read

SECONDS = 3
"""CPU time of the largest; what was not linear took minutes."""


@pytest.mark.parametrize("name", CASES)
def test_a_large_document_takes_seconds(name: str) -> None:
    case = CASES[name]
    work = case.make(30 * case.size)
    start = time.process_time()
    work()
    assert time.process_time() - start < SECONDS


@pytest.mark.parametrize(
    "text",
    [
        f"<{'R' * 5000}>" + "<a/>" * 10 + f"</{'R' * 5000}>",
        f'{{"{"k" * 5000}": [1, 2, {{"a": 1}}]}}',
        f"a: 1\n{'k' * 600}: [1, 2]\n",
        f"+---+\n| {'h' * 5000} | bb |\n+---+\n| 1 | 2 |\n",
        f"Name,b,c\n{'a' * 5000},1,2\n",
        f'{{"{"k" * 5000}": {{"body": "{{\\"a\\": [1]}}"}}}}',
    ],
)
def test_pointers_are_short_whatever_the_keys(text: str) -> None:
    for block in read(text.encode()):
        assert all(len(node.pointer) <= LONGEST_POINTER for node in block.root.walk())


def test_a_short_pointer_is_whole() -> None:
    assert pointer_to("/a", "b/c~d") == "/a/b~1c~0d"
    long = pointer_to("/first/" + "k" * 1000, "last")
    assert long.startswith("/first/k")
    assert long.endswith("k/last")


def test_a_template_is_inherited_as_often_as_there_is_room() -> None:
    template = "[t](!)\n" + "".join(f"k{number}=1\n" for number in range(5000))
    (block,) = read((template + "[a](t,t,t)\n" * 1000).encode())
    held = sum(len(section.members()) for section in block.root.items())
    assert 500_000 <= held < 600_000
    assert "inherits" in block.repairs[-1].text


def test_attributes_of_a_tag_have_their_places() -> None:
    text = "<Response  b = '>'\n  c=\"1\"><Dial a=\"2\">x y='3'</Dial></Response>"
    (block,) = read(text.encode())
    found = {node.key: (node.place.line, node.place.column) for node in block.root.members().values()}
    assert found == {"b": (1, 12), "c": (2, 3)}
    (dial,) = block.root.children
    named = dial.get("a")
    assert named is not None
    assert named.place.column == 15
