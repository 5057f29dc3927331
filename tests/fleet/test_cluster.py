"""Dask as the engine: the same dataset, also with an input that kills workers."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from sipdiag.fleet import cluster
from sipdiag.fleet.cluster import CHUNK, CHUNK_BYTES, chunks
from sipdiag.fleet.manifest import Provenance
from sipdiag.fleet.run import run
from sipdiag.fleet.task import Options, Task
from tests.fleet import deadly
from tests.fleet.conftest import SAMPLES, contents


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local,
        Client(local) as client,
    ):
        yield client


def test_the_same_dataset_as_without_and_a_poison_costs_nobody(
    client: Client, source: Path, tmp_path: Path
) -> None:
    run([str(source)], Options(str(tmp_path / "slots")), jobs=2)
    shutil.copy(SAMPLES / "healthy" / "delayed-offer.pcap", source / "poison.pcap")
    engine = partial(cluster.run, client=client, do=deadly.do_all)
    tally = run([str(source)], Options(str(tmp_path / "dask")), engine=engine)
    assert (tally.done, tally.failed) == (11, 1)
    assert tally.reasons == [
        ("poison.pcap", "its worker died each time, also with this input alone (out of memory?)")
    ]
    calm = contents(tmp_path / "slots")
    assert {
        name: data
        for name, data in contents(tmp_path / "dask").items()
        if name in calm and "inputs/" not in name
    } == {name: data for name, data in calm.items() if "inputs/" not in name}


def test_chunks_are_bounded_in_number_and_size() -> None:
    task = Task("a", "a", ("a",), ("a",), Provenance("", "", ""), Options(""))
    big = Task("b", "b", ("b",), ("b",), Provenance("", "", ""), Options(""), size=CHUNK_BYTES)
    assert [len(chunk) for chunk in chunks([task] * (CHUNK + 1))] == [CHUNK, 1]
    assert [len(chunk) for chunk in chunks([big, task, big, big])] == [2, 1, 1]
