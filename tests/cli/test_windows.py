"""What differs on Windows: consoles of a code page, line ends and marks of editors, names, patterns, folders."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_pcaps"
MISSING = SAMPLES / "transfer" / "refer-missing.pcap"
BUSY = SAMPLES / "target" / "busy-domestic.pcap"


def run(folder: Path, *args: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    result = subprocess.run(
        [sys.executable, "-m", "sipdiag", *args],
        cwd=folder,
        capture_output=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(folder),
            "APPDATA": str(folder),
            **env,
        },
    )
    assert b"Traceback" not in result.stderr, result.stderr
    return result


@pytest.mark.parametrize("page", ["cp437", "cp1252", "cp932"])
@pytest.mark.parametrize(
    "args",
    [["calls"], ["show"], ["analyze"], ["calls", "-f", "csv"], ["analyze", "-f", "markdown", "-o", "-"]],
    ids=" ".join,
)
def test_a_console_that_lacks_characters(tmp_path: Path, page: str, args: list[str]) -> None:
    (tmp_path / "call.pcap").write_bytes(BUSY.read_bytes())
    result = run(tmp_path, args[0], "call.pcap", *args[1:], PYTHONIOENCODING=page)
    assert result.returncode == 0
    assert result.stdout.decode(page)


@pytest.mark.parametrize("page", ["cp437", "cp1252"])
def test_an_error_on_such_a_console(tmp_path: Path, page: str) -> None:
    result = run(tmp_path, "calls", "→ö.pcap", PYTHONIOENCODING=page, PYTHONUTF8="0")
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1


def test_files_are_utf_8_whatever_the_console_has(tmp_path: Path) -> None:
    (tmp_path / "call.pcap").write_bytes(BUSY.read_bytes())
    args = (
        "analyze",
        "call.pcap",
        *(word for name in ("html", "markdown", "text", "json") for word in ("-f", name)),
    )
    assert run(tmp_path, *args, "-o", "out", PYTHONIOENCODING="cp437").returncode == 0
    for path in (tmp_path / "out").iterdir():
        text = path.read_bytes().decode("utf-8")
        assert "\r\n" not in text or path.suffix == ".html"
    assert "→" in (tmp_path / "out" / "call.txt").read_text(encoding="utf-8")


def test_names_with_spaces_and_letters_of_all_kinds(tmp_path: Path) -> None:
    folder = tmp_path / "My Traces (März)"
    folder.mkdir()
    for name in ("Anruf 1 – Müller.pcap", "звонок.pcap"):
        (folder / name).write_bytes(BUSY.read_bytes())
    result = run(tmp_path, "calls", folder.name, "-f", "csv", PYTHONIOENCODING="utf-8")
    assert len(list(csv.DictReader(io.StringIO(result.stdout.decode())))) == 1
    result = run(tmp_path, "analyze", f"{folder.name}/*.pcap", "--apart", PYTHONIOENCODING="utf-8")
    assert result.returncode == 0
    assert {path.name for path in (tmp_path / "reports").iterdir()} == {
        "Anruf 1 – Müller.html",
        "звонок.html",
    }


def test_patterns_are_expanded_where_the_shell_expands_none(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(MISSING.read_bytes())
    (tmp_path / "b.pcap").write_bytes(BUSY.read_bytes())
    listed = run(tmp_path, "calls", "*.pcap", "-f", "csv").stdout.decode().splitlines()
    assert len(listed) == 3
    listed = run(tmp_path, "calls", str(tmp_path / "?.pcap"), "-f", "csv").stdout.decode().splitlines()
    assert len(listed) == 3


def test_what_editors_on_windows_write(tmp_path: Path) -> None:
    """A byte order mark, and CR LF."""
    (tmp_path / "call.pcap").write_bytes(MISSING.read_bytes())
    row = run(tmp_path, "messages", "call.pcap").stdout.decode().splitlines()[1].split("\t")
    (tmp_path / "names.txt").write_bytes(b"\xef\xbb\xbf" + f"{row[2]} our-sbc\r\n".encode())
    (tmp_path / "sipdiag.toml").write_bytes(b'\xef\xbb\xbfalias = "names.txt"\r\ntz = "+02:00"\r\n')
    shown = run(tmp_path, "show", "call.pcap", PYTHONIOENCODING="utf-8").stdout.decode()
    assert "our-sbc" in shown
    assert "UTC+02:00" in shown


def test_an_archive_made_by_windows(tmp_path: Path) -> None:
    """Folders by a backslash are no separate names: nothing is written for them; others are read."""
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as packed:
        for name in ("traces\\evil.pcap", "Gespräch.pcap"):
            info = zipfile.ZipInfo("x")
            info.filename = name
            packed.writestr(info, BUSY.read_bytes())
    result = run(tmp_path, "calls", "t.zip", "-f", "csv", PYTHONIOENCODING="utf-8")
    assert result.returncode == 0
    assert len(result.stdout.decode().splitlines()) == 2
    assert b"left out" in result.stderr
