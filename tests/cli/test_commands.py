"""What each command prints and writes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sipdiag import __version__
from sipdiag.capture.names import stem
from sipdiag.cli import COMMANDS, cli

SAMPLES = Path(__file__).parents[2] / "sample_pcaps"
MISSING_REFER = str(SAMPLES / "transfer" / "refer-missing.pcap")
REFER_DONE = str(SAMPLES / "transfer" / "refer-completed.pcap")
BUSY = str(SAMPLES / "target" / "busy-domestic.pcap")
COLUMNS = [
    "frame",
    "time",
    "src",
    "sport",
    "dst",
    "dport",
    "transport",
    "method",
    "status",
    "cseq",
    "cseq_method",
    "call_id",
    "start_line",
]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(*args: str) -> Result:
    result = CliRunner().invoke(cli, list(args), standalone_mode=False)
    assert result.exception is None, result.output
    return result


def report(*args: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(invoke("analyze", *args, "-f", "json", "-o", "-").stdout)
    return loaded


def rules_of(call: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in call["findings"]}


# -- analyze ---------------------------------------------------------------------------------------


def test_default_naming_never_overwrites(folder: Path) -> None:
    for _ in range(3):
        invoke("analyze", BUSY)
    written = sorted(path.name for path in (folder / "reports").iterdir())
    assert written == ["busy-domestic-2.html", "busy-domestic-3.html", "busy-domestic.html"]


def test_the_terminal_says_where_the_report_is() -> None:
    said = invoke("analyze", BUSY).stdout
    assert "Report: reports/busy-domestic.html" in said
    assert "target/busy" in said


def test_a_file_for_one_format(folder: Path) -> None:
    invoke("analyze", BUSY, "-f", "json", "-o", "deep/er/out.json")
    assert json.loads((folder / "deep" / "er" / "out.json").read_text())["schema"] == "sipdiag/2"


def test_a_named_file_is_overwritten(folder: Path) -> None:
    (folder / "out.json").write_text("old")
    invoke("analyze", BUSY, "-f", "json", "-o", "out.json")
    assert json.loads((folder / "out.json").read_text())["calls"]


def test_a_folder_for_several_formats(folder: Path) -> None:
    invoke("analyze", BUSY, "-f", "json", "-f", "markdown", "-f", "json", "-f", "text", "-o", "out")
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "busy-domestic.json",
        "busy-domestic.md",
        "busy-domestic.txt",
    ]


def test_a_folder_that_exists_for_one_format(folder: Path) -> None:
    (folder / "out").mkdir()
    invoke("analyze", BUSY, "-f", "json", "-o", "out")
    assert [path.name for path in (folder / "out").iterdir()] == ["busy-domestic.json"]


def test_standard_output_carries_the_report_alone() -> None:
    assert invoke("analyze", BUSY, "-f", "markdown", "-o", "-").stdout.startswith("#")
    json.loads(invoke("analyze", BUSY, "-f", "json", "-o", "-").stdout)


@pytest.mark.parametrize(
    ("capture", "name"),
    [
        ("call.pcap", "call"),
        ("a/b/call.pcap.gz", "call"),
        ("call.pcapng.zst", "call"),
        ("CALL.CAP", "CALL"),
        ("call.2026-03-02.pcap", "call.2026-03-02"),
        ("trace", "trace"),
        (".pcap", ".pcap"),
        ("-", "stdin"),
    ],
)
def test_the_stem_of_a_report(capture: str, name: str) -> None:
    assert stem(capture) == name


def test_expect_decides_what_is_missing() -> None:
    (without,) = report(MISSING_REFER)["calls"]
    assert (without["outcome"], without["root_cause"]) == ("answered", None)
    (expected,) = report(MISSING_REFER, "--expect", "transfer")["calls"]
    assert expected["outcome"] == "transfer-failed"
    assert expected["root_cause"]["rule"] == "transfer/refer-missing"
    assert expected["transfers"][0]["outcome"] == "not-attempted"


def test_expect_applies_to_the_selected_calls_alone() -> None:
    """Else to every call between a platform and a carrier; the report says which."""
    both = report(MISSING_REFER, BUSY, "--together", "--expect", "transfer")
    assert both["summary"]["by_rule"]["transfer/refer-missing"] == 1
    assert "call" in both["expect"]["scope"] if isinstance(both["expect"], dict) else both["expect"]
    call_id = next(
        leg["call_id"]
        for call in both["calls"]
        for leg in call["legs"]
        if "transfer/refer-missing" in rules_of(call)
    )
    chosen = report(MISSING_REFER, BUSY, "--expect", "transfer", "--call", call_id)
    assert [call["outcome"] for call in chosen["calls"]] == ["transfer-failed"]
    other = next(call for call in both["calls"] if "transfer/refer-missing" not in rules_of(call))
    unselected = report(MISSING_REFER, BUSY, "--expect", "transfer", "--call", other["legs"][0]["call_id"])
    assert "transfer/refer-missing" not in unselected["summary"]["by_rule"]


def test_call_is_a_call_id_a_number_or_a_sid() -> None:
    (call,) = report(MISSING_REFER)["calls"]
    leg = call["legs"][0]
    sid = next(
        line.split(":", 1)[1].strip()
        for line in Path(MISSING_REFER).read_bytes().decode("latin-1").splitlines()
        if line.startswith("X-Twilio-CallSid")
    )
    for text in (
        leg["call_id"],
        leg["call_id"][3:12].upper(),
        call["from"]["number"],
        call["to"]["number"][1:],
        sid,
    ):
        assert len(report(MISSING_REFER, "--call", text)["calls"]) == 1, text
    args = ["analyze", MISSING_REFER, "--call", "+99999999999", "-o", "-"]
    refused = CliRunner().invoke(cli, args, standalone_mode=False)
    assert "no call matches --call '+99999999999'" in str(refused.exception)
    assert not refused.stdout


OWN_RULE = """title: Mine
subject: call
severity: warning
confidence: certain
responsible: callee
when: outcome == Outcome.busy
sentence: My own words.
why: It is mine.
"""


def own_rule(folder: Path, name: str, text: str = OWN_RULE) -> str:
    path = folder / "own" / f"{name}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(folder / "own")


def test_rules_are_added(folder: Path) -> None:
    (call,) = report(BUSY, "--rules", own_rule(folder, "acme/mine"))["calls"]
    assert {"acme/mine", "target/busy"} <= rules_of(call)


def test_the_same_id_replaces(folder: Path) -> None:
    (call,) = report(BUSY, "--rules", own_rule(folder, "target/busy"))["calls"]
    (finding,) = [one for one in call["findings"] if one["rule"] == "target/busy"]
    assert finding["sentence"] == "My own words."


def test_own_rules_alone_and_the_providers_still_load(folder: Path) -> None:
    (call,) = report(BUSY, "--rules", own_rule(folder, "acme/mine"), "--no-builtin-rules")["calls"]
    assert rules_of(call) == {"acme/mine"}
    (bare,) = report(MISSING_REFER, "--no-builtin-rules")["calls"]
    assert rules_of(bare) == set()
    assert {leg["provider"] for leg in bare["legs"]} == {"twilio"}


def test_the_hash_of_the_rules_changes_with_them(folder: Path) -> None:
    plain = report(BUSY)["tool"]["rules"]
    assert plain == report(BUSY)["tool"]["rules"]
    assert plain != report(BUSY, "--rules", own_rule(folder, "acme/mine"))["tool"]["rules"]


def test_several_files_are_one_analysis_where_asked_for() -> None:
    both = report(BUSY, MISSING_REFER, "--together")
    assert both["summary"]["calls"] == 2
    assert [one["path"] for one in both["capture"]["files"]] == [
        Path(one).name for one in (BUSY, MISSING_REFER)
    ]


def test_credentials_are_masked_in_every_format(folder: Path) -> None:
    challenged = str(SAMPLES / "access" / "credentials-rejected-407.pcap")
    secret = Path(challenged).read_bytes().split(b'response="')[1].split(b'"')[0].decode()
    assert len(secret) == 32
    for format_ in ("html", "json", "markdown", "text"):
        assert secret not in invoke("analyze", challenged, "-f", format_, "-o", "-").stdout
    for args in (["show"], ["calls"], ["messages"], ["messages", "-f", "json"]):
        assert secret not in invoke(args[0], challenged, *args[1:]).stdout


# -- calls, show -----------------------------------------------------------------------------------


def test_calls_has_one_line_a_call() -> None:
    lines = [
        line for line in invoke("calls", BUSY, MISSING_REFER).stdout.splitlines() if line.startswith("c")
    ]
    assert [line.split()[0] for line in lines] == ["c1", "c2"]
    assert any("target/busy" in line for line in lines)


def test_show_names_the_call_by_any_of_its_names() -> None:
    assert "INVITE" in invoke("show", BUSY).stdout
    assert "BYE" in invoke("show", MISSING_REFER, "--call", "c1").stdout


# -- messages --------------------------------------------------------------------------------------


def rows(*args: str) -> list[dict[str, str]]:
    text = invoke("messages", *args).stdout
    return list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))


def test_rows_of_a_call() -> None:
    found = rows(REFER_DONE)
    assert list(found[0]) == COLUMNS
    first, second = found[:2]
    assert (first["frame"], first["method"], first["status"]) == ("1", "INVITE", "")
    assert (second["method"], second["status"], second["cseq_method"]) == ("", "100", "INVITE")
    assert [float(row["time"]) for row in found] == sorted(float(row["time"]) for row in found)
    assert {row["transport"] for row in found} == {"UDP"}
    assert all(len(row["time"].partition(".")[2]) == 9 for row in found)
    assert {row["start_line"].split()[0] for row in found if row["method"]} >= {"INVITE", "REFER", "NOTIFY"}


def test_json_has_the_same_keys_and_the_file() -> None:
    found = json.loads(invoke("messages", REFER_DONE, "-f", "json").stdout)
    assert list(found[0]) == [*COLUMNS, "file", "copy_of"]
    for row, one in zip(rows(REFER_DONE), found, strict=True):
        assert row == {name: "" if one[name] is None else str(one[name]) for name in COLUMNS}
        assert (one["file"], one["copy_of"]) == (Path(REFER_DONE).name, None)


def test_the_file_is_the_last_column_of_several() -> None:
    found = rows(BUSY, REFER_DONE)
    assert list(found[0])[-1] == "file"
    assert {row["file"] for row in found} == {Path(BUSY).name, Path(REFER_DONE).name}


def test_copies_are_listed_and_say_of_what() -> None:
    found = json.loads(invoke("messages", BUSY, BUSY, "-f", "json").stdout)
    copies = [one for one in found if one["copy_of"]]
    assert len(copies) == len(found) / 2
    assert all(one["copy_of"]["frame"] == one["frame"] for one in copies)


def test_names_are_told_as_they_were_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that nobody typed, or that was typed from the root, is nobody's business."""
    monkeypatch.chdir(folder)
    (folder / "in").mkdir()
    (folder / "in" / "a.pcap").write_bytes(Path(BUSY).read_bytes())
    for given, told in (("in/a.pcap", "in/a.pcap"), (str(folder / "in" / "a.pcap"), "a.pcap")):
        found = report(given)
        assert found["capture"]["files"][0]["path"] == told
        texts = [json.dumps(found), invoke("messages", given, "-f", "json").stdout]
        texts += [
            invoke("analyze", given, "-f", name, "-o", "-").stdout for name in ("html", "markdown", "sarif")
        ]
        assert all(str(folder) not in text for text in texts)


def test_tabs_and_line_ends_are_escaped() -> None:
    from sipdiag.capture.payload import Endpoint, Payload
    from sipdiag.messages.intake import Intake, messages
    from sipdiag.position import Frame
    from sipdiag.report.messagelist import tsv_lines

    raw = b"OPTIONS sip:a SIP/2.0\r\nCall-ID: a\tb\\c\r\nCSeq: 1 OPTIONS\r\n\r\n"
    here = Endpoint("192.0.2.1", 5060)
    found = list(messages([Payload(0, Frame(0, 1), here, here, "UDP", raw)], Intake()))
    _, line = tsv_lines(found, ["x"])
    assert line.count("\t") == len(COLUMNS) - 1
    assert "a\\tb\\\\c" in line


@pytest.mark.parametrize(
    ("call_id", "cell"),
    [
        ("=1+1", r"\x3d1+1"),
        ("+1", r"\x2b1"),
        ("-1", r"\x2d1"),
        ("@a", r"\x40a"),
        ("\x1b]52;c;ZQ\x07", r"\x1b]52;c;ZQ\x07"),
        ("\x9b31m", r"\x9b31m"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u2028b", r"a\u2028b"),
        ("José 日本", "José 日本"),
    ],
)
def test_what_is_listed_acts_on_nothing_and_can_be_read_back(call_id: str, cell: str) -> None:
    from sipdiag.report.text import cell as celled
    from sipdiag.report.text import json_text

    assert celled(call_id) == cell
    assert cell.encode("latin-1", "backslashreplace").decode("unicode_escape") == call_id
    text = json_text({"call_id": call_id})
    assert json.loads(text) == {"call_id": call_id}
    assert text.isprintable()


# -- rules, doctor, help ---------------------------------------------------------------------------


def test_rules_list() -> None:
    lines = invoke("rules", "list").stdout.splitlines()
    ids = [line.split()[0] for line in lines]
    assert ids == sorted(ids)
    assert len(ids) == len(set(ids))
    assert "transfer/refer-missing" in ids


def test_rules_show() -> None:
    said = invoke("rules", "show", "transfer/refer-missing").stdout
    assert "transfer/refer-missing" in said
    assert "RFC 3515" in said


def test_rules_check(folder: Path) -> None:
    assert "1 rule is sound." in invoke("rules", "check", own_rule(folder, "acme/mine")).stdout


def test_doctor_tells_what_is_installed() -> None:
    said = invoke("doctor").stdout
    for word in ("Wireshark", "scapy", "rules"):
        assert word in said


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    assert invoke(command, "--help").stdout.startswith("Usage: ")


def test_version() -> None:
    assert __version__ in invoke("--version").stdout


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color(environment: dict[str, str], coloured: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from sipdiag.cli.screen import color

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", Terminal())
    assert color() is coloured


def test_no_colour_and_no_progress_in_a_pipe() -> None:
    result = invoke("analyze", BUSY)
    assert "\x1b" not in result.stdout
    assert result.stderr == ""
