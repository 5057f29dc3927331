"""A file is written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sipdiag.files import write_file

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_pcaps" / "transfer" / "refer-missing.pcap"


def test_text_and_bytes(tmp_path: Path) -> None:
    write_file(tmp_path / "a", ["é", "\n"])
    write_file(tmp_path / "b", [b"1", b"2"])
    assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == ("é\n".encode(), b"12")


def failing() -> Iterator[str]:
    yield "half"
    raise OSError(errno.ENOSPC, "No space left on device")


def interrupted() -> Iterator[str]:
    yield "half"
    raise KeyboardInterrupt


@pytest.mark.parametrize("pieces", [failing, interrupted])
@pytest.mark.parametrize("before", ["old", None])
def test_a_failure_leaves_what_was_there_and_nothing_else(
    tmp_path: Path, pieces: type[Iterator[str]], before: str | None
) -> None:
    path = tmp_path / "report.html"
    if before:
        path.write_text(before)
    with pytest.raises((OSError, KeyboardInterrupt)):
        write_file(path, pieces())
    assert [one.read_text() for one in tmp_path.iterdir()] == ([before] if before else [])


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_permissions(tmp_path: Path) -> None:
    def mode(name: str) -> int:
        return stat.S_IMODE((tmp_path / name).stat().st_mode)

    before = os.umask(0o027)
    try:
        write_file(tmp_path / "new", ["a"])
        write_file(tmp_path / "map", ["a"], private=True)
        (tmp_path / "old").touch(0o604)
        (tmp_path / "old").chmod(0o604)
        write_file(tmp_path / "old", ["a"])
        (tmp_path / "open").touch(0o666)
        write_file(tmp_path / "open", ["a"], private=True)
    finally:
        os.umask(before)
    assert [mode(name) for name in ("new", "map", "old", "open")] == [0o640, 0o600, 0o604, 0o600]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "far" / "real").write_text("old")
    (tmp_path / "link").symlink_to("far/real")
    (tmp_path / "dangling").symlink_to("far/made")
    write_file(tmp_path / "link", ["new"])
    write_file(tmp_path / "dangling", ["new"])
    assert (tmp_path / "link").is_symlink()
    assert {one.name: one.read_text() for one in (tmp_path / "far").iterdir()} == {
        "real": "new",
        "made": "new",
    }


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_written_as_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    write_file(tmp_path / "pipe", ["through"])
    reader.join(10)
    assert read == [b"through"]
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


def run(
    folder: Path, *args: str | Path, before: str = "pass", stdout: int = subprocess.PIPE
) -> subprocess.CompletedProcess[bytes]:
    script = f"{before}\nfrom sipdiag.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", script, *map(str, args)],
        cwd=folder,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )


@pytest.mark.skipif(os.name != "posix", reason="there is no /dev/stdout here")
def test_standard_output_by_name(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as out:
        result = run(tmp_path, "analyze", SAMPLE, "-f", "json", "-o", "/dev/stdout", stdout=out.fileno())
    assert result.returncode == 0
    assert (tmp_path / "out").read_bytes().startswith(b'{"schema": ')


FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))"
"""No file can be larger than 600 bytes: a disk that is full."""
WRITERS = [
    ("analyze", SAMPLE, "-o", "out"),
    *(("analyze", SAMPLE, "-f", name, "-o", "out") for name in ("json", "markdown", "sarif", "text")),
    ("analyze", SAMPLE, "-f", "json", "-o", "-", "--redact-map", "out"),
    ("compare", SAMPLE, SAMPLE, "-f", "html", "-o", "out"),
    ("scrub", SAMPLE, "-o", "out"),
    ("synth", SAMPLE.with_suffix("").with_suffix(".scenario.yaml"), "-o", "out"),
]


@pytest.mark.skipif(os.name != "posix", reason="no limit can be set to the size of a file")
@pytest.mark.parametrize("args", WRITERS, ids=lambda args: f"{args[0]} {args[-3] if len(args) > 4 else ''}")
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, args: tuple[str | Path, ...]) -> None:
    (tmp_path / "out").write_text("old")
    result = run(tmp_path, *args, before=FULL)
    said = result.stderr.decode()
    assert (result.returncode, said.count("\n")) == (2, 1), said
    assert said.startswith("Error: out: cannot be written (File too large); name another place with ")
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"out": "old"}
    assert run(tmp_path, *args).returncode == 0
    assert (tmp_path / "out").read_bytes() != b"old"
