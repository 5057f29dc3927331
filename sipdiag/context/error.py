"""What ends a run whose files beside the capture cannot be used."""

from __future__ import annotations


class ContextError(ValueError):
    """Something named on the command line that cannot be used; ``str()`` is one line."""
