"""Material that some tests read and this repository does not hold: other people's captures, whose licences forbid it.

It lies in ``../shared`` beside the checkout, or where ``SIPDIAG_SHARED`` says.  Where a folder is absent the tests
marked with it are deselected, not skipped: whoever has only the repository sees a complete run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("SIPDIAG_SHARED", Path(__file__).parents[2] / "shared"))
CORPUS = SHARED / "corpus"
"""Real captures, with what tshark read in them."""
CASES = SHARED / "cases"
"""Labelled inputs."""

needs_corpus = pytest.mark.outside("corpus")
needs_cases = pytest.mark.outside("cases")
