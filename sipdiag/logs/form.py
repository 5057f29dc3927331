"""One log format: how a program announces the messages it prints."""

from __future__ import annotations

import re
from typing import Literal

from msgspec import Struct

NEAR = 14
"""Lines before a start line among which nearly all programs announce the message."""

Way = Literal["sent", "received"]

HOST = rb"\[[^\]\s]{1,64}\]|[^\s\[\]]{1,128}?"
"""Addresses, names, and what people write in their stead: ``UA_ipaddr``, ``<from_ip>``, ``x.x.x.50``."""
PORT = rb"\d{1,5}"


def hop(host: str, port: str) -> bytes:
    """An expression for ``address:port`` with these group names."""
    return rb"(?P<%s>%s):(?P<%s>%s)(?![\w.]|:\w)" % (host.encode(), HOST, port.encode(), PORT)


PEER = hop("peer", "pport")
OWN = hop("own", "oport")
SRC = hop("src", "sport")
DST = hop("dst", "dport")


def lines(expression: bytes) -> re.Pattern[bytes]:
    """Compiled so that ``^`` and ``$`` are the ends of lines."""
    return re.compile(expression, re.MULTILINE)


class Form(Struct, frozen=True):
    """One way of announcing messages.

    ``frames`` are searched in the few lines before a start line, and in what stands before it on its own
    line.  Their groups, all optional: ``way``; ``peer``/``pport``, ``own``/``oport``, ``src``/``sport``,
    ``dst``/``dport``; ``transport``; ``time``, a text that :mod:`sipdiag.logs.stamps` reads, or
    ``seconds`` and ``milliseconds`` since the epoch.  A time that no group gives is looked for on the
    lines of the frame.
    """

    name: str
    """For ``--log-format``: ``asterisk-pjsip``."""
    title: str
    """For people: ``Asterisk, res_pjsip logger``."""
    frames: tuple[re.Pattern[bytes], ...]
    tracing: str
    """How to make the program print its messages."""
    ways: dict[bytes, Way] = {}
    """What the group ``way`` says, in lower case."""
    ends: re.Pattern[bytes] | None = None
    """A line that ends a message, besides what ends one in every log."""
    before: re.Pattern[bytes] | None = None
    """A time that is printed before the frame, with the groups ``time`` or ``seconds``."""
    after: re.Pattern[bytes] | None = None
    """A time printed after the message."""
    one_peer: bool = False
    """A client that talks to one server: where the frame names nobody, all messages are exchanged with it."""
    reach: int = NEAR
    """Lines before a start line among which its frame is looked for."""
    chunks: bool = False
    """A frame may announce more than one message, or one message twice."""
    head: str = ""
    """What precedes a message when writing: see :mod:`sipdiag.logs.write`; empty if the form cannot be written."""
    tail: str = ""
    words: tuple[str, str] = ("", "")
    """What ``{way}`` of :attr:`head` becomes for a message sent, and for one received."""


def ways(sent: str, received: str) -> dict[bytes, Way]:
    """The words for each direction, separated by ``|``."""
    table: dict[bytes, Way] = {word.encode(): "sent" for word in sent.split("|")}
    return table | {word.encode(): "received" for word in received.split("|")}
