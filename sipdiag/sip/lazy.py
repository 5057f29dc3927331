"""Attributes of a message computed once, when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

_MISSING = object()

if TYPE_CHECKING:
    from functools import cached_property

    lazy = cached_property
else:

    def lazy(compute: Callable[[Any], Any]) -> property:
        """As ``functools.cached_property``, for a class with slots that has a ``_known`` for the values, which may be None.

        That one can be emptied as a whole, and an object of which nothing was read yet has none.
        """
        name = compute.__name__

        def read(self: Any) -> Any:
            known = self._known
            if known is None:
                known = self._known = {}
            value = known.get(name, _MISSING)
            if value is _MISSING:
                value = known[name] = compute(self)
            return value

        return property(read, doc=compute.__doc__)
