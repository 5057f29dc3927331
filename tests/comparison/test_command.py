"""``sipdiag compare`` as it is typed, in every format."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from sipdiag.comparison.json import SCHEMA_FILE
from tests.comparison.conftest import DOWN, REFER, UP, Build
from tests.regression.conftest import SAMPLES, Run
from tests.schemas import strict

STORY = "The working call had REFER → 202 → NOTIFY 100 → NOTIFY 200, which the failing one lacks; it has only BYE."


@pytest.fixture
def traces(build: Build) -> tuple[Path, Path]:
    return build("good", UP + REFER + DOWN), build("bad", UP + DOWN)


def test_text(run: Run, traces: tuple[Path, Path]) -> None:
    status, out, err = run("compare", *traces)
    assert (status, err) == (0, "")
    assert out.startswith(STORY + "\n")
    assert re.search(r"^missing +\+21\.\d+ s +← REFER$", out, re.MULTILINE)


def test_markdown(run: Run, traces: tuple[Path, Path], tmp_path: Path) -> None:
    target = tmp_path / "c.md"
    assert run("compare", *traces, "-f", "markdown", "-o", target) == (0, f"Report: {target}\n", "")
    text = target.read_text()
    assert f"**{STORY}**" in text
    tables = re.findall(r"^\|[-|]+\|$", text, re.MULTILINE)
    assert len(tables) == 3


def test_json(run: Run, traces: tuple[Path, Path]) -> None:
    document = json.loads(run("compare", *traces, "-f", "json").out)
    assert document["schema"] == "sipdiag-compare/1"
    assert document["story"] == [STORY]
    assert [step["good"]["label"] for step in document["steps"] if step["kind"] == "missing"][:2] == [
        "REFER",
        "202 Accepted (REFER)",
    ]
    assert document["bad"]["outcome"] == "answered"


def test_what_was_expected_of_the_failing_call(run: Run, traces: tuple[Path, Path]) -> None:
    document = json.loads(run("compare", *traces, "-f", "json", "--expect", "transfer").out)
    assert document["bad"]["root_cause"]["rule"] == "transfer/refer-missing"
    assert document["good"]["root_cause"] is None


SCHEMA: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))


def test_the_json_fits_its_schema_and_every_key_is_documented(run: Run, traces: tuple[Path, Path]) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(strict(SCHEMA))
    document = json.loads(run("compare", *traces, "-f", "json").out)
    validator.validate(document)
    for pair in (traces, traces[::-1], (traces[0], traces[0])):
        validator.validate(json.loads(run("compare", *pair, "-f", "json", "--expect", "transfer").out))
    del document["bad"]["root_cause"]
    with pytest.raises(jsonschema.ValidationError, match="root_cause"):
        validator.validate(document)


@pytest.mark.parametrize("format_", ["text", "markdown", "json", "html"])
def test_redacted(run: Run, traces: tuple[Path, Path], tmp_path: Path, format_: str) -> None:
    target = tmp_path / "out"
    assert run("compare", *traces, "--redact", "-f", format_, "-o", target).status == 0
    text = target.read_text()
    for name in ("4155550137", "12025550148", "3125550162", "acme"):
        assert name not in text
    assert "REFER → 202 → NOTIFY 100" in text.encode().decode(
        "unicode_escape" if format_ == "json" else "utf-8"
    )


def test_whoever_is_in_both_traces_has_one_pseudonym(run: Run, traces: tuple[Path, Path]) -> None:
    out = run("compare", *traces, "--redact").out
    parties = re.findall(r"call c1, (.*), 2026", out)
    assert len(parties) == 2
    assert parties[0] == parties[1]


def test_html_is_named_and_never_overwritten(
    run: Run, traces: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("bad-compared.html", "bad-compared-2.html"):
        assert run("compare", *traces, "-f", "html").out.startswith(f"Report: reports/{name}")
        assert STORY in (tmp_path / "reports" / name).read_text()
    assert run("compare", *traces, "-f", "html", "--overwrite").out == "Report: reports/bad-compared.html\n"


def test_the_calls_can_be_chosen(run: Run) -> None:
    trace = SAMPLES / "transfer" / "two-callers-at-once.pcap"
    ids = [line["call_ids"][0] for line in _calls(run, trace)]
    document = json.loads(
        run("compare", trace, trace, "-f", "json", "--call-good", ids[1], "--call-bad", ids[0]).out
    )
    assert (document["good"]["call_ids"][0], document["bad"]["call_ids"][0]) == (ids[1], ids[0])


def _calls(run: Run, trace: Path) -> list[dict[str, list[str]]]:
    report = json.loads(run("analyze", trace, "-f", "json", "-o", "-").out)
    return [{"call_ids": [leg["call_id"] for leg in call["legs"]]} for call in report["calls"]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{good}", "none.pcap"), "none.pcap"),
        (("{text}", "{bad}"), "text.pcap"),
        (("{good}", "{empty}"), "empty.pcap: holds no call"),
        (("{good}", "{bad}", "--call-bad", "nobody"), "no call matches --call-bad 'nobody'"),
        (("{good}",), "BAD"),
        (("{good}", "{bad}", "-f", "pdf"), "pdf"),
        (("{good}", "{bad}", "-o", "{good}/x.txt"), "cannot be written"),
    ],
)
def test_what_cannot_be_compared_is_one_line(
    run: Run, traces: tuple[Path, Path], build: Build, arguments: tuple[str, ...], said: str
) -> None:
    good, bad = traces
    text = good.with_name("text.pcap")
    text.write_text("no capture\n")
    empty = good.with_name("empty.pcap")
    empty.write_bytes(good.read_bytes()[:24])
    places = {"good": good, "bad": bad, "text": text, "empty": empty}
    status, _, err = run("compare", *(one.format(**places) for one in arguments))
    assert status == 2
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("format_", ["text", "markdown", "json", "html"])
def test_any_two_samples_can_be_compared(run: Run, tmp_path: Path, format_: str) -> None:
    captures = [path for path in sorted(SAMPLES.glob("*/*.pcap")) if path.parent.name in ("transfer", "call")]
    for good, bad in zip(captures[::12], captures[5::12], strict=False):
        ran = run("compare", good, bad, "-f", format_, "-o", tmp_path / "out")
        assert ran.status == 0 or "holds no call" in ran.err
