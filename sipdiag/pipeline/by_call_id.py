"""The messages of a capture by their Call-ID."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from sipdiag.messages.captured import CapturedMessage
from sipdiag.messages.table import Part, column
from sipdiag.sip.head import glance_call_id


def by_call_id(messages: Sequence[CapturedMessage], *, frugal: bool) -> dict[str, Part]:
    """The messages of each Call-ID.  Those without one belong to nothing."""
    found: dict[str, array[int]] = {}
    for place, raw in enumerate(column(messages, "raw")):
        call_id = glance_call_id(raw)
        if call_id is None:
            message = messages[place].message
            call_id = message.call_id
            if frugal:
                message.forget()
        if call_id:
            found.setdefault(call_id, array("I")).append(place)
    return {call_id: Part(messages, places) for call_id, places in found.items()}
