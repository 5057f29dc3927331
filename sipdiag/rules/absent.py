"""What a text prints for an unknown fact.

Imported only when a template is used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from jinja2 import Undefined

UNKNOWN = "unknown"


class Absent(Undefined):
    """An unknown fact: it prints its phrase, and no operation on it fails.

    Subclassed for each environment with the phrases of its facts.
    """

    phrases: ClassVar[dict[str, str]] = {}

    def __str__(self) -> str:
        return self.phrases.get(self._undefined_name or "", UNKNOWN)

    def __bool__(self) -> bool:
        return False

    def __len__(self) -> int:
        return 0

    def __iter__(self) -> Iterator[Any]:
        return iter(())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undefined)

    def __ne__(self, other: object) -> bool:
        return not isinstance(other, Undefined)

    def __hash__(self) -> int:
        return hash(Absent)

    def __contains__(self, item: object) -> bool:
        return False

    def __format__(self, spec: str) -> str:
        return str(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def _false(self: Absent, other: object) -> bool:
    return False


def _itself(self: Absent, *args: object) -> Absent:
    return self


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
OPERATIONS: dict[str, Callable[..., object]] = {
    **{f"__{name}__": _itself for name in ("getitem", "neg", "pos", "round")},
    **{f"__{side}{name}__": _itself for name in _BINARY for side in ("", "r")},
    **{f"__{name}__": _false for name in ("lt", "le", "gt", "ge")},
}
"""Operations that Jinja's own undefined value refuses, and an absent fact lets through."""
