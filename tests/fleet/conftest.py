"""Datasets made of a few samples."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sipdiag.fleet.query import Store
from sipdiag.fleet.run import run
from sipdiag.fleet.task import Options

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_pcaps"
CHOSEN = (
    "healthy/plain",
    "geo/blocked-twilio-32205",
    "geo/suspected-twice",
    "transfer/refer-missing",
    "transfer/refer-completed",
    "transfer/target-failed-busy",
    "caller-id/rejected-telnyx-d35",
    "access/forbidden-after-digest",
    "media/offer-disabled",
    "healthy/a-little-loss",
    "config/refer-missing-by-record",
)


def copied(folder: Path, *names: str) -> Path:
    """A folder with copies of samples, each in a folder of its family."""
    for name in names or CHOSEN:
        target = folder / f"{name}.pcap"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / f"{name}.pcap", target)
        beside = SAMPLES / f"{name}.context"
        if beside.is_dir():
            shutil.copytree(beside, target.with_suffix(".context"))
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return copied(tmp_path / "source")


@pytest.fixture(scope="session")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The chosen samples, with messages."""
    folder = tmp_path_factory.mktemp("fleet")
    run([str(copied(folder / "source"))], Options(str(folder / "dataset"), messages=True))
    return folder / "dataset"


@pytest.fixture
def store(dataset: Path) -> Store:
    return Store(dataset)


def contents(dataset: Path) -> dict[str, bytes]:
    """Every Parquet file of a dataset."""
    return {str(path.relative_to(dataset)): path.read_bytes() for path in sorted(dataset.rglob("*.parquet"))}


@pytest.fixture
def parquet() -> Callable[[Path], dict[str, bytes]]:
    return contents
