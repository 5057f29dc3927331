"""Tasks as the engines do them, but for inputs whose name says that they kill whoever does them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

from sipdiag.fleet import task as real
from sipdiag.fleet.manifest import Entry
from sipdiag.fleet.task import Task


def do(task: Task) -> Entry:
    if "poison" in task.name:
        os._exit(9)
    if "slow" in task.name:
        time.sleep(60)
    return real.do(task)


def do_all(tasks: Sequence[Task]) -> list[Entry]:
    return [do(task) for task in tasks]
