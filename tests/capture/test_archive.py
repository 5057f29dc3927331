"""Archives from a ticket: what is taken of them, what is not, and that nothing is written anywhere else."""

from __future__ import annotations

import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from sipdiag.capture import archive
from sipdiag.capture.archive import is_archive, unpack
from sipdiag.capture.payload import CaptureError

SAMPLE = Path(__file__).parents[2] / "sample_pcaps" / "transfer" / "refer-missing.pcap"
Mode = Literal["w", "w:gz", "w:bz2", "w:xz"]
UNSAFE = (
    *("../evil.pcap", "/abs.pcap", "a/../../evil.pcap", "C:/x.pcap", "..\\evil.pcap", "a\\b.pcap"),
    *("con.pcap", "dir/aux", "x.", "a:b.pcap", "new\nline.pcap", "/".join("a" * 20)),
)


def zipped(path: Path, *names: str, data: bytes = b"x", kind: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", kind) as file:
        for name in names:
            info = zipfile.ZipInfo("placeholder")
            # As it is, not as zipfile would tidy it.
            info.filename, info.compress_type = name, kind
            file.writestr(info, data)
    return path


def tarred(
    path: Path, *names: str, mode: Mode = "w:gz", data: bytes = b"x", form: int = tarfile.PAX_FORMAT
) -> Path:
    with tarfile.open(path, mode, format=form) as file:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    return path


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize("make", [zipped, tarred])
@pytest.mark.parametrize("name", UNSAFE)
def test_a_name_that_leads_elsewhere_is_left_out(
    tmp_path: Path, make: Callable[..., Path], name: str
) -> None:
    target = tmp_path / "deep" / "folder"
    target.mkdir(parents=True)
    path = make(tmp_path / "x.archive", "fine/call.pcap", name)
    before = set(tmp_path.rglob("*"))
    found = unpack(str(path), target)
    assert found.names == ["fine/call.pcap"]
    assert len(found.left_out) == 1
    assert set(tmp_path.rglob("*")) - before == {target / "fine", target / "fine" / "call.pcap"}


def test_links_and_devices_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as file:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo(f"member-{kind!r}")
            info.type, info.linkname = kind, "/etc/passwd"
            file.addfile(info)
        file.add(SAMPLE, "call.pcap")
    (tmp_path / "to").mkdir()
    found = unpack(str(path), tmp_path / "to")
    assert found.names == ["call.pcap"]
    assert len(found.left_out) == 4
    assert files_below(tmp_path / "to") == {"call.pcap": SAMPLE.read_bytes()}

    link = zipfile.ZipInfo("link.pcap")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as packed:
        packed.writestr(link, "/etc/passwd")
    (tmp_path / "too").mkdir()
    found = unpack(str(tmp_path / "x.zip"), tmp_path / "too")
    assert not found.names
    assert "a link or device" in found.left_out[0]
    assert not files_below(tmp_path / "too")


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_tar_archives_of_every_form(tmp_path: Path, mode: Mode, form: int) -> None:
    # USTAR splits a long name in two; GNU and pax write a header of its own.
    names = ["a.pcap", f"{'long' * 20}/{'name' * 20}.pcap"] + (
        [] if form == tarfile.USTAR_FORMAT else ["ü/" + "é" * 90]
    )
    path = tarred(tmp_path / "x", *names, mode=mode, data=SAMPLE.read_bytes(), form=form)
    assert is_archive(str(path))
    (tmp_path / "to").mkdir()
    assert unpack(str(path), tmp_path / "to").names == names
    assert files_below(tmp_path / "to") == dict.fromkeys(map(os.path.normpath, names), SAMPLE.read_bytes())


def test_a_second_file_of_the_same_name_replaces_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.tar"
    with tarfile.open(path, "w") as file:
        for name, data in (("call.pcap", b"first"), ("CALL.pcap", b"second"), ("./call.pcap", b"third")):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            file.addfile(info, io.BytesIO(data))
    (tmp_path / "to").mkdir()
    unpack(str(path), tmp_path / "to")
    assert files_below(tmp_path / "to") == {"call.pcap": b"first"}


def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "FREE_BYTES", 100_000)
    monkeypatch.setattr(archive, "MOST_RATIO", 10)
    makers: tuple[Callable[..., Path], ...] = (zipped, tarred)
    for number, make in enumerate(makers):
        path = make(tmp_path / f"bomb{number}", "zeros", data=bytes(10_000_000))
        (tmp_path / f"to{number}").mkdir()
        with pytest.raises(CaptureError, match="a decompression bomb"):
            unpack(str(path), tmp_path / f"to{number}")
        assert sum(map(len, files_below(tmp_path / f"to{number}").values())) < 2_000_000
        fine = make(tmp_path / f"fine{number}", "zeros", data=bytes(90_000))
        (tmp_path / f"ok{number}").mkdir()
        unpack(str(fine), tmp_path / f"ok{number}")


def test_a_member_that_claims_to_be_small_is_counted_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "FREE_BYTES", 100_000)
    monkeypatch.setattr(archive, "MOST_RATIO", 1)
    path = zipped(tmp_path / "x.zip", "zeros", data=bytes(5_000_000))
    raw = bytearray(path.read_bytes())
    for at in (22, raw.find(b"PK\x01\x02") + 24):
        raw[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(raw)
    (tmp_path / "to").mkdir()
    with pytest.raises(CaptureError):
        unpack(str(path), tmp_path / "to")
    assert sum(map(len, files_below(tmp_path / "to").values())) < 2_000_000


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_MEMBERS", 3)
    (tmp_path / "to").mkdir()
    with pytest.raises(CaptureError, match="more than 3 files"):
        unpack(str(zipped(tmp_path / "x.zip", *"abcd")), tmp_path / "to")
    monkeypatch.setattr(archive, "MOST_DIRECTORY", 100)
    with pytest.raises(CaptureError, match="far too many members"):
        unpack(str(zipped(tmp_path / "y.zip", *"abcd")), tmp_path / "to")


def test_damage_is_one_line(tmp_path: Path) -> None:
    whole = {"zip": zipped(tmp_path / "x.zip", "a", "b", data=os.urandom(5_000)).read_bytes()}
    whole["tar"] = tarred(tmp_path / "x.tar", "a", "b", mode="w", data=os.urandom(5_000)).read_bytes()
    whole["tgz"] = tarred(tmp_path / "x.tgz", "a", "b", data=os.urandom(5_000)).read_bytes()
    for kind, raw in whole.items():
        for number, cut in enumerate((20, 600, len(raw) // 2)):
            path = tmp_path / f"{number}.{kind}"
            path.write_bytes(raw[:cut])
            target = tmp_path / f"{number}-{kind}"
            target.mkdir()
            if is_archive(str(path)):
                with pytest.raises(CaptureError, match=r"\A[^\n]*: is a (damaged|decom)[^\n]*\Z"):
                    unpack(str(path), target)


def test_what_a_pax_header_claims_is_bounded(tmp_path: Path) -> None:
    path = tarred(tmp_path / "x.tar", "a" * 90_000, mode="w")
    (tmp_path / "to").mkdir()
    with pytest.raises(CaptureError, match="damaged"):
        unpack(str(path), tmp_path / "to")


def test_captures_are_no_archives(tmp_path: Path) -> None:
    assert not is_archive(str(SAMPLE))
    assert not is_archive(str(tmp_path))
    assert not is_archive("-")
