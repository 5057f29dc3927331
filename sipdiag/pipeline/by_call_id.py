"""The messages of a capture by their Call-ID."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from msgspec import Struct

from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.head import glance_call_id


class Messages(Struct, frozen=True):
    """The messages of a Call-ID, with their places in the capture."""

    captured: list[CapturedMessage]
    places: array[int]


def by_call_id(messages: Iterable[CapturedMessage], *, frugal: bool) -> dict[str, Messages]:
    """Messages without a Call-ID belong to nothing."""
    found: dict[str, Messages] = {}
    for place, captured in enumerate(messages):
        call_id = glance_call_id(captured.message.raw)
        if call_id is None:
            call_id = captured.message.call_id
            if frugal:
                captured.message.forget()
        if call_id:
            group = found.get(call_id)
            if group is None:
                group = found[call_id] = Messages([], array("L"))
            group.captured.append(captured)
            group.places.append(place)
    return found
