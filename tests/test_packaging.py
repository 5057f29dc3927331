"""What is built from the source distribution behaves as the checkout does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

from sipdiag.knowledge.parsed import parse_all

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_pcaps" / "transfer" / "refer-missing.pcap"


def python(*args: str | Path, cwd: Path, executable: str | Path = sys.executable) -> str:
    env = dict(os.environ)
    if executable != sys.executable:
        # Else what is installed there would be hidden by the checkout.
        env.pop("PYTHONPATH", None)
    result = subprocess.run(
        [executable, *map(str, args)], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def source(tmp_path: Path) -> Path:
    """The unpacked source distribution, built from a copy of what the build looks at."""
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    for name in ("sipdiag", "rules"):
        shutil.copytree(ROOT / name, checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copy(ROOT / name, checkout)
    build = "import hatchling.build as b; print(b.build_sdist('dist'))"
    env = tmp_path / "build"
    venv.create(env, with_pip=True)
    if _pip(env, "hatchling", "jinja2", "click", "msgspec", "PyYAML", cwd=tmp_path).returncode:
        pytest.skip("pip reaches no package index: hatchling cannot be installed")
    archive = python("-c", build, cwd=checkout, executable=env / "bin" / "python").split()[-1]
    with tarfile.open(checkout / "dist" / archive) as packed:
        packed.extractall(tmp_path / "sdist", filter="data")
    (unpacked,) = (tmp_path / "sdist").iterdir()
    return unpacked


def _pip(env: Path, *args: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [
        env / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        *args,
    ]
    return subprocess.run(list(map(str, command)), cwd=cwd, capture_output=True, text=True, check=False)


def test_the_wheel_behaves_like_the_checkout(tmp_path: Path) -> None:
    """Source distribution → wheel → a clean environment, run away from the checkout."""
    unpacked = source(tmp_path)
    env = tmp_path / "clean"
    venv.create(env, with_pip=True)
    installed = _pip(env, unpacked, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    program = env / "bin" / "sipdiag"
    manual = (env / "share" / "man" / "man1" / "sipdiag.1").read_text()
    assert manual == (unpacked / "man" / "sipdiag.1").read_text()
    assert ".SH COMMANDS" in manual
    away = tmp_path / "away"
    away.mkdir()
    shutil.copy(SAMPLE, away / "call.pcap")

    args = ("analyze", "call.pcap", "--expect", "transfer", "-f", "json", "-o", "-")
    ours = json.loads(python("-m", "sipdiag", *args, cwd=away))
    theirs = json.loads(python(*args, cwd=away, executable=program))
    assert theirs == ours
    assert theirs["calls"][0]["root_cause"]["rule"] == "transfer/refer-missing"
    rules = python("rules", "list", cwd=away, executable=program)
    assert rules == python("-m", "sipdiag", "rules", "list", cwd=away)
    assert "transfer/refer-missing" in rules

    python("analyze", "call.pcap", cwd=away, executable=program)
    assert (away / "reports" / "call.html").read_text(encoding="utf-8").rstrip().endswith("</html>")
    package = next((env / "lib").glob("python*/site-packages/sipdiag"))
    assert (package / "py.typed").exists()
    assert (package / "report" / "schema" / "sipdiag-2.schema.json").exists()
    assert (package / "comparison" / "schema" / "sipdiag-compare-1.schema.json").exists()
    assert (package / "_rules" / "parsed.msgpack").read_bytes() == parse_all(unpacked / "rules")
    assert "Apache License" in (package / "knowledge" / "plans.LICENSE").read_text(encoding="utf-8")
    held = "from sipdiag.knowledge import plans; print(plans.FILE.read_bytes() == plans.prepare())"
    assert python("-c", held, cwd=away, executable=env / "bin" / "python").strip() == "True"
    run = "import sys; from sipdiag.cli import cli; cli.main(sys.argv[1:], standalone_mode=False); print(*sys.modules)"
    args = ("-c", run, "analyze", "call.pcap", "-f", "html", "-o", "x.html")
    loaded = python(*args, cwd=away, executable=env / "bin" / "python").split()
    assert "sipdiag.knowledge.plans" in loaded
    assert not {"phonenumbers", "yaml", "cel_expr_python"} & set(loaded)
    loader = "from sipdiag.report.environment import environment; print(type(environment().loader).__name__)"
    assert python("-c", loader, cwd=away, executable=env / "bin" / "python").strip() == "ModuleLoader"
    assert len(list((package / "report" / "compiled").glob("tmpl_*.py"))) == len(
        list((package / "report" / "templates").glob("*.html"))
    )
