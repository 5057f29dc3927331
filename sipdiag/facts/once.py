"""A view's values about a leg, call or transfer: computed on first access and kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class Once(Generic[T]):
    """As ``functools.cached_property``, without the lock that some Pythons take for each value."""

    def __init__(self, compute: Callable[[Any], T]) -> None:
        self.compute = compute
        self.name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, view: None, owner: type | None = None) -> Self: ...
    @overload
    def __get__(self, view: object, owner: type | None = None) -> T: ...
    def __get__(self, view: Any, owner: type | None = None) -> Self | T:
        if view is None:
            return self
        value = self.compute(view)
        setattr(view, self.name, value)
        return value


once = Once
