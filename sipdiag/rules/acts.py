"""Who has to act on a finding: the class a rule names, and the party by name."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct, field

Responsible = Literal[
    "carrier",
    "carrier-account",
    "platform",
    "configuration",
    "callee",
    "caller",
    "network",
    "capture",
    "nobody",
]
Named = Responsible | Literal["transferor", "transferee", "proxy"]
"""What a rule may name: a class; an end of the moved leg, whose class follows from who it is; the proxy at fault."""
RESPONSIBLE: tuple[Responsible, ...] = get_args(Responsible)
NAMED: tuple[Named, ...] = (*RESPONSIBLE, "transferor", "transferee", "proxy")


class Acts(Struct, frozen=True):
    """The party that has to act."""

    who: str
    """By name where one is known: ``FreeSWITCH (203.0.113.9)``, ``LiveKit administrator``."""
    as_: Responsible = field(name="as")
    because: str
    """A sentence: why it is this party."""


_UNNAMED: dict[Named, Acts] = {
    acts.as_: acts
    for acts in (
        Acts("Carrier", "carrier", "The carrier is not named by anything seen here."),
        Acts(
            "Carrier account administrator",
            "carrier-account",
            "The carrier is not named by anything seen here.",
        ),
        Acts("Voice platform", "platform", "The platform is not named by anything seen here."),
        Acts(
            "Administrator of the SIP systems",
            "configuration",
            "Neither system is named by anything seen here.",
        ),
        Acts("Called party", "callee", "The called end is not named by anything seen here."),
        Acts("Caller", "caller", "The calling end is not named by anything seen here."),
        Acts("Network operator", "network", "Neither end is proven to be at fault."),
        Acts("Capture operator", "capture", "The capture lacks what a diagnosis needs."),
        Acts("Nobody", "nobody", "Nothing has to be changed: calls end like this in ordinary use."),
    )
}


def unnamed(responsible: Named) -> Acts:
    """The party where no name is known."""
    return _UNNAMED.get(responsible) or _UNNAMED["configuration"]
