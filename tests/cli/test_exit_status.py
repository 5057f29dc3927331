"""The exit table, to the letter: what ends with which status, and what is said where."""

from __future__ import annotations

import json
import os
import signal
import struct
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_pcaps"
MISSING_REFER = SAMPLES / "transfer" / "refer-missing.pcap"
PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
COMMANDS = ("analyze", "calls", "messages")
ENVIRONMENT = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
NEEDS_FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")


def run(
    *args: str | Path, cwd: Path, stdin: bytes = b"", env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """The real program, in a folder of its own."""
    result = subprocess.run(
        [sys.executable, "-m", "sipdiag", *map(str, args)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT), **(env or {})},
        check=False,
    )
    assert b"Traceback" not in result.stderr, result.stderr.decode()
    return result


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Inputs of every sort."""
    whole = MISSING_REFER.read_bytes()
    (tmp_path / "good.pcap").write_bytes(whole)
    (tmp_path / "cut.pcap").write_bytes(whole[:-77])
    (tmp_path / "empty.pcap").write_bytes(PCAP_HEADER)
    (tmp_path / "nosip.pcap").write_bytes(
        PCAP_HEADER + struct.pack("<IIII", 1, 0, 42, 42) + b"\xff" * 12 + b"\x08\x06" + b"\0" * 28
    )
    (tmp_path / "nothing.pcap").write_bytes(b"")
    (tmp_path / "junk.pcap").write_bytes(bytes(range(64)))
    (tmp_path / "folder").mkdir()
    return tmp_path


def report(folder: Path, *args: str) -> dict[str, object]:
    result = run("analyze", *args, "-f", "json", "-o", "-", cwd=folder)
    loaded: dict[str, object] = json.loads(result.stdout)
    return {"status": result.returncode, "stderr": result.stderr.decode(), **loaded}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("empty.pcap", "capture/no-sip"),
        ("nosip.pcap", "capture/no-sip"),
        ("cut.pcap", "capture/damaged"),
    ],
)
def test_what_could_be_read_is_reported(folder: Path, name: str, rule: str) -> None:
    found = report(folder, name)
    assert (found["status"], found["stderr"]) == (0, "")
    findings = found["findings"]
    assert isinstance(findings, list)
    assert rule in {finding["rule"] for finding in findings}


def test_a_cut_file_says_how_much_was_read(folder: Path) -> None:
    capture = report(folder, "cut.pcap")["capture"]
    assert isinstance(capture, dict)
    (warning,) = capture["warnings"]
    assert warning["code"] == "truncated-file"
    assert warning["byte"]
    assert capture["frames"]["seen"] == 6


UNUSABLE = {
    "junk.pcap": ("byte 0", "pcap or pcapng"),
    "nothing.pcap": ("is empty",),
    "missing.pcap": ("no such file",),
    "folder": ("is a directory",),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", UNUSABLE)
def test_what_is_no_capture(folder: Path, command: str, name: str) -> None:
    result = run(command, name, cwd=folder)
    assert result.returncode == 2
    line = result.stderr.decode()
    assert line.count("\n") == 1
    assert line.startswith(f"Error: {name}: ")
    assert all(word in line for word in UNUSABLE[name])
    assert not result.stdout
    assert not (folder / "reports").exists()


@pytest.mark.parametrize("bad", ["junk.pcap", "missing.pcap", "folder"])
def test_one_bad_file_among_good_ones(folder: Path, bad: str) -> None:
    found = report(folder, "good.pcap", bad)
    assert found["status"] == 2
    assert str(found["stderr"]).startswith(f"Error: {bad}: ")
    assert str(found["stderr"]).count("\n") == 1
    assert isinstance(calls := found["calls"], list)
    assert len(calls) == 1


def test_a_bad_file_outweighs_a_finding(folder: Path) -> None:
    args = ("analyze", "good.pcap", "--expect", "transfer", "--fail-on", "error")
    assert run(*args, cwd=folder).returncode == 1
    assert run(*args, "missing.pcap", cwd=folder).returncode == 2


@pytest.mark.parametrize(
    ("limit", "args", "status"),
    [
        ("never", ["--expect", "transfer"], 0),
        ("error", ["--expect", "transfer"], 1),
        ("warning", ["--expect", "transfer"], 1),
        ("error", [], 0),
        ("warning", [], 0),
    ],
)
def test_fail_on(folder: Path, limit: str, args: list[str], status: int) -> None:
    assert run("analyze", "good.pcap", *args, "--fail-on", limit, cwd=folder).returncode == status


def test_fail_on_warning_is_not_fail_on_error(folder: Path) -> None:
    busy = SAMPLES / "target" / "busy-domestic.pcap"
    assert run("analyze", busy, "--fail-on", "warning", cwd=folder).returncode == 1
    assert run("analyze", busy, "--fail-on", "error", cwd=folder).returncode == 0


BROKEN_RULE = """title: Broken
subject: leg
severity: error
confidence: certain
responsible: carrier
when: answerd && status == 486
sentence: Broken.
why: It is a test.
"""


def test_a_broken_rule(folder: Path) -> None:
    (folder / "rules" / "mine").mkdir(parents=True)
    (folder / "rules" / "mine" / "broken.yaml").write_text(BROKEN_RULE)
    result = run("analyze", "good.pcap", "--rules", "rules", cwd=folder)
    assert result.returncode == 2
    said = result.stderr.decode()
    assert "rules/mine/broken.yaml:6:7" in said
    assert "answerd" in said
    assert "answered" in said
    assert not result.stdout
    assert not (folder / "reports").exists()


def test_a_broken_provider_table(folder: Path) -> None:
    (folder / "rules" / "providers").mkdir(parents=True)
    (folder / "rules" / "providers" / "mine.yaml").write_text("name: [\n")
    result = run("analyze", "good.pcap", "--rules", "rules", cwd=folder)
    assert result.returncode == 2
    assert "rules/providers/mine.yaml" in result.stderr.decode()


def test_rules_that_are_not_there(folder: Path) -> None:
    result = run("analyze", "good.pcap", "--rules", "nowhere", cwd=folder)
    assert result.returncode == 2
    assert result.stderr.decode().startswith("Error: nowhere: ")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere that folder can be made")
@pytest.mark.parametrize("output", ["good.pcap/report.html", "/proc/nowhere/report.html"])
def test_output_that_cannot_be_written(folder: Path, output: str) -> None:
    result = run("analyze", "good.pcap", "-o", output, cwd=folder)
    assert result.returncode == 2
    line = result.stderr.decode()
    assert line.startswith(f"Error: {output}: ")
    assert line.count("\n") == 1
    assert (folder / "good.pcap").read_bytes() == MISSING_REFER.read_bytes()


WRONG_USAGE = [
    [],
    ["analyze"],
    ["analyse", "good.pcap"],
    ["analyze", "good.pcap", "--frobnicate"],
    ["analyze", "good.pcap", "-f", "pdf"],
    ["analyze", "good.pcap", "--expect", "miracle"],
    ["analyze", "good.pcap", "--fail-on", "info"],
    ["analyze", "good.pcap", "-f", "html", "-f", "json", "-o", "-"],
    ["analyze", "good.pcap", "-f", "html", "-f", "json", "-o", "good.pcap"],
    ["messages", "good.pcap", "-f", "xml"],
    *([command, "good.pcap", "--call", "999999"] for command in ("analyze", "calls", "show")),
    ["analyze", "good.pcap", "-f", "html", "-f", "json", "-o", "x.html"],
    ["analyze", "good.pcap", "-o", ""],
    ["calls", ""],
    ["show", "empty.pcap"],
    ["rules", "show", "transfer/refer-mising"],
    ["rules", "check", "nowhere"],
]


@pytest.mark.parametrize("args", WRONG_USAGE, ids=" ".join)
def test_wrong_usage(folder: Path, args: list[str]) -> None:
    result = run(*args, cwd=folder)
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1 if args else b"Usage: " in result.stderr
    assert not result.stdout
    assert not (folder / "reports").exists()


@pytest.mark.parametrize(
    "args",
    [
        ["messages", "good.pcap"],
        ["analyze", "good.pcap", "-f", "json", "-o", "-"],
        ["calls", "good.pcap"],
        ["show", "good.pcap"],
        ["rules", "list"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_a_closed_pipe_ends_silently(folder: Path, args: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = subprocess.run(
            [sys.executable, "-m", "sipdiag", *args],
            cwd=folder,
            stdout=writer,
            stderr=subprocess.PIPE,
            env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (0, b"")


def ended(
    folder: Path, *args: str | Path, before: str = "", **streams: Any
) -> subprocess.CompletedProcess[bytes]:
    """The program with streams as they are given, and something done before it starts."""
    return subprocess.run(
        [sys.executable, "-c", f"{before}\nfrom sipdiag.cli import main; main()", *map(str, args)],
        cwd=folder,
        env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        check=False,
        **streams,
    )


@pytest.mark.parametrize(
    "args", [["analyze", "missing.pcap"], ["show", "good.pcap", "--call", "nobody"], ["nonsense"]]
)
@pytest.mark.parametrize(
    "how", ["closed", pytest.param("full", marks=NEEDS_FULL), "a pipe that nobody reads"]
)
def test_an_error_that_nobody_can_read(folder: Path, args: list[str], how: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = writer if how.startswith("a pipe") else os.open("/dev/full", os.O_WRONLY)
    closing = "import os, sys; os.close(2); sys.stderr = None" if how == "closed" else ""
    result = ended(folder, *args, before=closing, stdout=subprocess.PIPE, stderr=stream)
    os.close(writer)
    assert (result.returncode, result.stdout) == (2, b"")


def test_standard_input_that_is_closed(folder: Path) -> None:
    closing = "import os, sys; os.close(0); sys.stdin = None"
    for command in ("analyze", "messages", "scrub"):
        args = [command, "-", *(["-o", "x.pcap"] if command == "scrub" else [])]
        result = ended(folder, *args, before=closing, capture_output=True)
        assert result.returncode == 2
        assert result.stderr.startswith(b"Error: -: standard input is closed; ")


def test_a_file_of_ours_never_takes_the_place_of_a_closed_stream(folder: Path) -> None:
    closing = "import os, sys; os.close(1); os.close(2); sys.stdout = sys.stderr = None"
    assert ended(folder, "analyze", "good.pcap", "-f", "json", "-o", "x.json", before=closing).returncode == 0
    assert len(json.loads((folder / "x.json").read_bytes())["calls"]) == 1


def test_nobody_looks_for_garbage_at_the_end(folder: Path) -> None:
    seen = "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > len(gc.get_objects())))"
    for args, status in ((["analyze", "good.pcap", "-f", "json", "-o", "x.json"], 0), (["nonsense"], 2)):
        result = ended(folder, *args, before=seen, capture_output=True)
        assert (result.returncode, result.stdout.split()[-1]) == (status, b"True")


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a process that is told to end is ended")
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_whoever_is_told_to_end_leaves_nothing_behind(folder: Path, number: int, status: int) -> None:
    """Told while the report is written."""
    (folder / "out").mkdir()
    (folder / "out" / "x.json").write_text("old")
    before = (
        "import os, signal, sipdiag.report.json as json; whole = json.iter_json\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"def half(analysis):\n yield 'half'; os.kill(os.getpid(), {int(number)}); yield from whole(analysis)\n"
        "json.iter_json = half"
    )
    result = ended(
        folder, "analyze", "good.pcap", "-f", "json", "-o", "out/x.json", before=before, capture_output=True
    )
    assert result.returncode == status
    assert b"Traceback" not in result.stderr
    assert {path.name: path.read_text() for path in (folder / "out").iterdir()} == {"x.json": "old"}


@pytest.mark.skipif(os.name != "posix", reason="elsewhere no file can have such a name")
def test_the_names_of_files_act_on_nothing(folder: Path) -> None:
    name = "a\nError: b\x1b[2J\u202e.pcap"
    result = run("calls", name, cwd=folder)
    assert (
        result.stderr.decode() == "Error: a⟨0A⟩Error: b⟨1B⟩[2J⟨U+202E⟩.pcap: no such file; check the name\n"
    )
    (folder / name).write_bytes(MISSING_REFER.read_bytes())
    result = run("analyze", name, "-o", name + ".html", cwd=folder)
    assert result.stdout.decode().splitlines()[-1] == "Report: a⟨0A⟩Error: b⟨1B⟩[2J⟨U+202E⟩.pcap.html"
    assert not any(sign in result.stdout for sign in (b"\x1b", "\u202e".encode()))


def test_a_fault_of_ours_is_one_line(folder: Path) -> None:
    before = "import sipdiag.report.json as json\ndef iter_json(analysis): return [1 / 0]\njson.iter_json = iter_json"
    result = ended(
        folder, "analyze", "good.pcap", "-f", "json", "-o", "-", before=before, capture_output=True
    )
    assert result.returncode == 2
    assert result.stderr.startswith(b"Error: internal error in __main__, line ")
    assert b"ZeroDivisionError" in result.stderr
    assert result.stderr.count(b"\n") == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_cannot_be_read_by_tshark(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    writer = threading.Thread(
        target=(folder / "pipe").write_bytes, args=(MISSING_REFER.read_bytes(),), daemon=True
    )
    writer.start()
    result = run("analyze", "pipe", "--engine", "tshark", cwd=folder)
    assert result.returncode == 2
    assert result.stderr.startswith((b"Error: pipe: tshark cannot read a pipe; ", b"Error: tshark is not "))


@NEEDS_FULL
@pytest.mark.parametrize(
    "args", [["messages", "good.pcap"], ["analyze", "good.pcap", "-f", "json", "-o", "-"]], ids=" ".join
)
def test_a_full_disk_behind_stdout(folder: Path, args: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        result = subprocess.run(
            [sys.executable, "-m", "sipdiag", *args],
            cwd=folder,
            stdout=full,
            stderr=subprocess.PIPE,
            env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)},
            check=False,
        )
    assert result.returncode == 2
    assert result.stderr.startswith(b"Error: standard output: ")
    assert result.stderr.count(b"\n") == 1


def test_standard_input(folder: Path) -> None:
    result = run("analyze", "-", "-f", "json", "-o", "-", cwd=folder, stdin=MISSING_REFER.read_bytes())
    assert result.returncode == 0
    assert len(json.loads(result.stdout)["calls"]) == 1
    assert run("analyze", "-", cwd=folder, stdin=MISSING_REFER.read_bytes()).returncode == 0
    assert [path.name for path in (folder / "reports").iterdir()] == ["stdin.html"]


@pytest.mark.parametrize("stdin", [b"", b"\0no capture at all\1\2\3"])
def test_standard_input_that_is_no_capture(folder: Path, stdin: bytes) -> None:
    result = run("analyze", "-", cwd=folder, stdin=stdin)
    assert result.returncode == 2
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_a_terminal_that_cannot_show_everything(folder: Path, encoding: str) -> None:
    result = run("analyze", "good.pcap", cwd=folder, env={"PYTHONIOENCODING": encoding})
    assert result.returncode == 0


def test_a_file_name_that_is_no_text(folder: Path) -> None:
    name = os.fsdecode(b"caf\xe9.pcap")
    (folder / name).write_bytes(MISSING_REFER.read_bytes())
    for args in (
        ["analyze", name],
        ["analyze", name, "-f", "json", "-o", "-"],
        ["messages", name, "good.pcap"],
        *(
            ["analyze", name, "-f", format_, "-o", "-"]
            for format_ in ("html", "markdown", "text", "sarif", "junit")
        ),
        ["calls", name],
        ["show", name],
        ["scrub", name, "-o", "clean.pcap"],
        ["compare", name, "good.pcap", "-f", "json"],
        ["expect", name],
        ["test", name],
        ["analyze", name, "--redact-map", name + ".map"],
    ):
        result = run(*args, cwd=folder, env={"PYTHONIOENCODING": "utf-8:strict"})
        assert result.returncode == 0
