"""What no known program prints: bare messages, and logs of the many programs that are in no table.

Before their messages most programs print both addresses with an arrow, the peer's address, or a word for
the direction.  That is used where it stands right before the message; else the ends are told from Via,
Contact and Request-URI (:mod:`sipdiag.logs.ends`).
"""

from __future__ import annotations

from sipdiag.logs.form import DST, PEER, SRC, Form, lines, ways

_SENT = "sent|sending|send|transmitting|transmitted|outgoing|outbound|tx|write|to"
_RECEIVED = "received|receiving|recv|receive|incoming|inbound|rx|read|from"
_WORD = "|".join((_SENT, _RECEIVED)).encode()
"""In the order of the table of expressions below, the first that fits counts."""

PLAIN = Form(
    "plain",
    "bare SIP messages",
    (
        lines(rb"(?<![^\s(\[])(?:\w{2,4}:)?" + SRC + rb" ?[-=]{1,4}> ?(?:\w{2,4}:)?" + DST),
        lines(
            rb"^(?:[^\n]{0,100}?[^\w\n])?(?P<way>(?i:" + _WORD + rb"))\b[^\n]{0,60}?\b(?:from|to)[ =:]+"
            rb"(?:\w{2,4}[:/]/{0,2})?" + PEER
        ),
        lines(rb"\b(?P<way>from|to|From|To)[ =:]+(?:\w{2,4}[:/]/{0,2})?" + PEER),
        lines(rb"^(?:[^\n]{0,120}?[^\w\n])?(?P<way>(?i:" + _WORD + rb"))(?:[^\w\n][^\n]{0,60})?$"),
    ),
    "",
    ways(_SENT, _RECEIVED),
    tail="\n",
)
