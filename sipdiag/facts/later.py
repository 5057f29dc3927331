"""What a fact of the whole capture is while the capture is still being read: not absent, but not known yet."""

from __future__ import annotations

from enum import Enum
from typing import Final


class Later(Enum):
    """Stands for whatever will be known, be it that the fact is absent."""

    LATER = "later"


LATER: Final = Later.LATER


class UnsettledError(Exception):
    """What is asked for cannot be said yet."""
