"""Exit statuses, and how what went wrong with files becomes one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sipdiag.cli import streams
from sipdiag.cli.inputs import told

if TYPE_CHECKING:
    from sipdiag.capture.payload import CaptureError

FAILED, UNUSABLE = 1, 2
"""Exit status: findings at or above ``--fail-on``; input or usage that cannot be worked with."""
INTERRUPTED, TERMINATED = 130, 143
"""Exit status of whoever ends by SIGINT or SIGTERM, as shells count it."""


def complain(errors: Sequence[CaptureError | str]) -> int:
    """One line on stderr for each file that could not be read; the exit status."""
    for error in errors:
        streams.complain(f"Error: {error if isinstance(error, str) else told(error)}")
    return UNUSABLE if errors else 0
