"""What a document sets on a given day, by the tables of the providers."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from sipdiag.context.documents import ContextSet, Reader, collect
from sipdiag.context.error import ContextError
from sipdiag.context.when import moment
from sipdiag.knowledge.providers import Providers
from sipdiag.rules.catalogue import catalogue_root

DAY = datetime.date(2026, 6, 1)
BEFORE = datetime.date(2026, 1, 22)


@pytest.fixture(scope="module")
def reader() -> Reader:
    providers = Providers.load([catalogue_root()])
    return Reader({provider.id: provider.settings for provider in providers})


def load(reader: Reader, folder: Path, day: datetime.date = DAY, **files: str) -> ContextSet:
    for name, text in files.items():
        (folder / name).write_text(text)
    return reader.load(collect([str(folder)]), day)


TOOL = '{"type": "transfer_call",\n "transfer_option": {"type": "cold_transfer", "show_transferee_as_caller": true}}'


def test_a_default_is_that_of_the_day(reader: Reader, tmp_path: Path) -> None:
    now = load(reader, tmp_path, tool=TOOL).documents[0].settings["transfer.method"]
    assert (now.value, now.explicit, now.node.pointer, now.node.place.line) == (
        "invite",
        False,
        "/transfer_option",
        2,
    )
    assert now.since == datetime.date(2026, 1, 23)
    before = load(reader, tmp_path, BEFORE).documents[0].settings["transfer.method"]
    assert (before.value, before.explicit) == ("refer", False)
    assert before.node.pointer == "/transfer_option/show_transferee_as_caller"
    assert before.source.startswith("https://docs.retellai.com/")


def test_durations_are_seconds(reader: Reader, tmp_path: Path) -> None:
    tool = TOOL.replace('"show_transferee_as_caller": true', '"transfer_ring_duration_ms": 25000')
    context = load(
        reader,
        tmp_path,
        tool=tool,
        call='{"sip_trunk_id": "ST_x", "sip_call_to": "+1", "ringing_timeout": "1.5m"}',
        dial="<Response><Dial timeout='20'>+1</Dial></Response>",
    )
    values = {
        name: document.value(name)
        for document in context.documents
        for name in document.settings
        if "ring" in name
    }
    assert values == {"transfer.ring_s": 25.0, "call.ring_s": 90.0, "dial.ring_s": 20.0}


def test_a_folder_is_read_with_its_folders_but_no_deeper(reader: Reader, tmp_path: Path) -> None:
    for name in ("a.json", "in/b.json", "in/deep/c.json", ".hidden.json", "node_modules/d.json"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TOOL)
    (tmp_path / "x.bin").write_bytes(b"\0\1")
    given, skipped, _ = collect([str(tmp_path)])
    assert [one.name for one in given] == [f"{tmp_path.name}/a.json", f"{tmp_path.name}/in/b.json"]
    assert skipped == 3


def test_roles(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<Response/>")
    (one,), _, _ = collect([f"refer-answer={tmp_path / 'a.xml'}"])
    assert (one.role, one.name) == ("refer-answer", "a.xml")
    with pytest.raises(ContextError, match="the role 'answer' is not known; write refer-answer=FILE or"):
        collect([f"answer={tmp_path / 'a.xml'}"])
    (missing,) = collect([str(tmp_path / "b.xml")]).errors
    assert "no such file" in str(missing)


@pytest.mark.parametrize(
    "value",
    [
        1774000396000,
        "1774000396",
        "2026-03-20T09:53:16Z",
        "2026-03-20T10:53:16+01:00",
        "Fri, 20 Mar 2026 09:53:16 +0000",
    ],
)
def test_times(value: object) -> None:
    assert moment(value) == datetime.datetime(2026, 3, 20, 9, 53, 16, tzinfo=datetime.UTC)


@pytest.mark.parametrize("value", [None, True, "", "soon", "1e300", "nan", "9" * 40])
def test_what_is_no_time(value: object) -> None:
    assert moment(value) is None
