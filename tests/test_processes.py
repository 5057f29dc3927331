"""Several processes work like one."""

from __future__ import annotations

import os

import pytest

from sipdiag import processes
from sipdiag.processes import Crew, WorkerLostError, can_fork


@pytest.fixture(params=["forked", "spawned"], autouse=True)
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything holds for both kinds of processes, as far as the system has them."""
    if request.param == "forked" and not can_fork():
        pytest.skip("this system cannot fork")
    monkeypatch.setattr(processes, "can_fork", lambda: request.param == "forked")


class Counter:
    def __init__(self, index: int) -> None:
        self.index = index
        self.total = 0

    def add(self, number: int, *, times: int = 1) -> tuple[int, int]:
        self.total += number * times
        return self.index, self.total

    def process(self) -> int:
        return os.getpid()

    def fail(self) -> None:
        if self.index:
            raise ValueError("only in another process")

    def die(self) -> None:
        if self.index:
            os._exit(9)


@pytest.mark.parametrize("jobs", [1, 2, 4])
def test_every_worker_answers_in_order_and_keeps_its_state(jobs: int) -> None:
    with Crew(Counter, jobs) as crew:
        assert crew.all(Counter.add, 2, times=3) == [(index, 6) for index in range(jobs)]
        assert crew.each(Counter.add, [(index,) for index in range(jobs)]) == [
            (index, 6 + index) for index in range(jobs)
        ]
        processes = crew.all(Counter.process)
    assert len(set(processes)) == jobs
    assert processes[0] == os.getpid()


@pytest.mark.parametrize("step", [Counter.fail, Counter.die])
def test_a_worker_that_is_lost_is_told(step: object) -> None:
    with pytest.raises(WorkerLostError), Crew(Counter, 3) as crew:
        crew.all(step)  # type: ignore[arg-type]


@pytest.mark.skipif(os.name != "posix", reason="os.kill asks for no process here, it ends it")
def test_no_process_is_left_behind() -> None:
    with Crew(Counter, 3) as crew:
        others = crew.all(Counter.process)[1:]
    for process in others:
        assert not _runs(process)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True
