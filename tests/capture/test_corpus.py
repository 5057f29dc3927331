"""`sipdiag messages` over every capture of the corpus: equal to what tshark found, but for listed differences."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from sipdiag.capture import tshark
from sipdiag.cli import cli
from tests.capture.build import read_paths
from tests.outside import CORPUS, needs_corpus

CAPTURES = sorted(
    path for path in CORPUS.glob("captures/*/*") if path.suffix not in (".keylog", ".pem", ".md")
)
DIFFERENCES = Path(__file__).with_name("differences.tsv")
"""Where we differ from tshark on purpose: capture, frame, method or status, what differs, why."""

ONLY_OURS, ONLY_TSHARK, CSEQ, CALL_ID = "only ours", "only tshark", "CSeq", "Call-ID"

Key = tuple[int, str]
"""Frame; method or status."""
Difference = tuple[int, str, str]
"""Frame, method or status, what differs."""


class Seen(NamedTuple):
    """One message."""

    frame: int
    kind: str
    cseq: str
    call_id: str

    @property
    def key(self) -> Key:
        return self.frame, self.kind


def table(text: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def plain(cell: str) -> str:
    """A cell of the table without its escapes."""
    return re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), cell)


def ours(path: Path) -> list[Seen]:
    """What the command line prints."""
    keylog = path.with_suffix(".keylog")
    options = ["--keylog", str(keylog)] if keylog.exists() else []
    run = CliRunner().invoke(cli, ["messages", "-f", "tsv", str(path), *options], standalone_mode=False)
    assert run.exception is None
    assert run.return_value == 0
    return [
        Seen(
            int(row["frame"]),
            (row["method"] or row["status"]).upper(),
            f"{row['cseq']} {row['cseq_method']}",
            plain(row["call_id"]),
        )
        for row in table(run.stdout)
    ]


def truth(name: str) -> list[Seen]:
    """What is known to be in the capture."""
    path = CORPUS / "truth" / f"{name}.esp-null.tsv"
    if not path.exists():
        path = CORPUS / "truth" / f"{name}.tsv"
    return [seen for row in table(path.read_text(encoding="utf-8")) for seen in of_row(row)]


def of_row(row: dict[str, str]) -> Iterator[Seen]:
    """A row stands for a frame; several messages of it have their values in one cell, separated by commas.

    Methods come first there and statuses after them, whatever their order in the frame: the CSeq
    of a request is the one with its method.
    """
    kinds = [kind for cell in ("sip.Method", "sip.Status-Code") for kind in row[cell].split(",") if kind]
    numbers, methods = row["sip.CSeq.seq"].split(","), row["sip.CSeq.method"].split(",")
    call_ids = row["sip.Call-ID"].split(",") if len(kinds) > 1 else [row["sip.Call-ID"]]
    sequences = [f"{number} {method}" for number, method in zip(numbers, methods, strict=True)]
    for kind in kinds:
        index = next((at for at, method in enumerate(methods) if method == kind), 0)
        if kind.isdigit():
            index = next((at for at, method in enumerate(methods) if method not in kinds), index)
        yield Seen(int(row["frame.number"]), kind.upper(), sequences[index], call_ids[index])


def differences(known: Sequence[Seen], found: Sequence[Seen]) -> set[Difference]:
    known_keys, found_keys = Counter(seen.key for seen in known), Counter(seen.key for seen in found)
    result = {(*key, ONLY_TSHARK) for key in known_keys - found_keys}
    result |= {(*key, ONLY_OURS) for key in found_keys - known_keys}
    both = known_keys.keys() & found_keys.keys()
    for what, column in ((CSEQ, 2), (CALL_ID, 3)):
        theirs = Counter((seen.key, seen[column]) for seen in known if seen.key in both)
        mine = Counter((seen.key, seen[column]) for seen in found if seen.key in both)
        result |= {(*key, what) for key, _ in theirs - mine}
    return result


def on_purpose() -> dict[str, set[Difference]]:
    listed: dict[str, set[Difference]] = {}
    for row in table(DIFFERENCES.read_text(encoding="utf-8")):
        assert row["reason"]
        difference = (int(row["frame"]), row["message"], row["difference"])
        listed.setdefault(row["capture"], set()).add(difference)
    return listed


@needs_corpus
@pytest.mark.parametrize("path", CAPTURES, ids=name_of)
def test_messages_equal_the_truth(path: Path) -> None:
    if path.parent.name == "generated-tls" and tshark.unavailable() is not None:
        pytest.skip("tshark, which decrypts it, is not installed")
    name = name_of(path)
    assert differences(truth(name), ours(path)) == on_purpose().get(name, set())


@needs_corpus
def test_every_frame_is_accounted_for() -> None:
    for path in CAPTURES:
        read_paths([path]).assert_balanced()


@needs_corpus
def test_every_listed_difference_is_of_a_capture() -> None:
    assert on_purpose().keys() <= {name_of(path) for path in CAPTURES}


def test_messages_of_one_frame_are_told_apart() -> None:
    row = {
        "frame.number": "49",
        "sip.Method": "BYE",
        "sip.Status-Code": "488",
        "sip.CSeq.seq": "33157,2",
        "sip.CSeq.method": "NOTIFY,BYE",
        "sip.Call-ID": "a,b",
    }
    assert list(of_row(row)) == [Seen(49, "BYE", "2 BYE", "b"), Seen(49, "488", "33157 NOTIFY", "a")]


def test_any_other_difference_is_found() -> None:
    known = [
        Seen(1, "INVITE", "1 INVITE", "a"),
        Seen(2, "100", "1 INVITE", "a"),
        Seen(3, "BYE", "2 BYE", "a"),
    ]
    found = [
        Seen(1, "INVITE", "2 INVITE", "a"),
        Seen(2, "100", "1 INVITE", "b"),
        Seen(4, "BYE", "2 BYE", "a"),
    ]
    assert differences(known, found) == {
        (1, "INVITE", CSEQ),
        (2, "100", CALL_ID),
        (3, "BYE", ONLY_TSHARK),
        (4, "BYE", ONLY_OURS),
    }
