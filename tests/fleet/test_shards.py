"""Shards as Slurm and Kubernetes arrays run them: the commands of the documented examples."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from sipdiag.cli import cli
from sipdiag.fleet.run import run
from sipdiag.fleet.sources import inputs_of, shard_of
from sipdiag.fleet.task import Options
from tests.fleet.conftest import ROOT, contents

EXAMPLES = ROOT / "docs" / "fleet"


def slurm() -> tuple[str, int, str]:
    """Command, number of shards, and the variable of the array."""
    text = (EXAMPLES / "slurm.sh").read_text()
    match = re.search(r"--array=0-(\d+)", text)
    command = re.search(r"^srun (sipdiag .*)$", text, re.MULTILINE)
    assert match is not None
    assert command is not None
    return command[1], int(match[1]) + 1, "SLURM_ARRAY_TASK_ID"


def kubernetes() -> tuple[str, int, str]:
    job = next(
        one for one in yaml.safe_load_all((EXAMPLES / "kubernetes.yaml").read_text()) if one["kind"] == "Job"
    )
    spec = job["spec"]
    assert spec["completionMode"] == "Indexed"
    shell, option, command = spec["template"]["spec"]["containers"][0]["command"]
    assert (shell, option) == ("sh", "-c")
    return command, spec["completions"], "JOB_COMPLETION_INDEX"


@pytest.mark.skipif(os.name != "posix", reason="the jobs are lines of sh")
@pytest.mark.parametrize("example", [slurm, kubernetes], ids=["slurm", "kubernetes"])
def test_the_documented_arrays_give_the_dataset_of_one_run(example, source: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    command, count, variable = example()
    folder = tmp_path / "shards"
    command = command.replace("/captures", shlex.quote(str(source))).replace(
        "/dataset", shlex.quote(str(folder))
    )
    for index in range(count):
        environment = {**os.environ, variable: str(index), "PYTHONPATH": str(ROOT)}
        line = command.replace("sipdiag ", f"{shlex.quote(sys.executable)} -m sipdiag ", 1)
        subprocess.run(["sh", "-c", line], check=True, env=environment, capture_output=True)
    assert not contents(folder)
    assert CliRunner().invoke(cli, ["fleet", "compact", str(folder)]).exit_code == 0
    run([str(source)], Options(str(tmp_path / "one")))
    assert contents(folder) == contents(tmp_path / "one")


def test_each_input_is_in_one_shard(source: Path) -> None:
    inputs, _ = inputs_of([str(source)])
    shards = [shard_of(inputs, index, 3) for index in range(3)]
    assert sorted(one.id for shard in shards for one in shard) == sorted(one.id for one in inputs)
