"""What a view reads of a leg, call or transfer: computed when first asked for, and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from functools import cached_property

    once = cached_property
else:

    class _Once:
        """As ``functools.cached_property``, without the lock that some Pythons take for each value."""

        def __init__(self, compute: Callable[[Any], Any]) -> None:
            self._compute = compute
            self._name = compute.__name__
            self.__doc__ = compute.__doc__

        def __get__(self, view: Any, owner: type | None = None) -> Any:
            if view is None:
                return self
            value = view.__dict__[self._name] = self._compute(view)
            return value

    once = _Once
