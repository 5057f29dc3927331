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

_HOST = rb"\[[0-9A-Fa-f:.]{2,45}\]|[\w.-]{1,128}"
"""As it stands between commas, quotation marks or brackets."""
_TRANSPORT = rb"(?:\w{2,4}[:/] ?/{0,2})?"


def _named(word: bytes, host: bytes, port: bytes) -> bytes:
    """An expression for ``src=203.0.113.10:5060``."""
    return rb"\b(?:%s)[_a-z]{0,8}[=:] ?\"?" % word + rb"(?P<%s>%s):(?P<%s>\d{1,5})\b" % (host, _HOST, port)


PLAIN = Form(
    "plain",
    "bare SIP messages",
    (
        lines(rb"(?<![^\s(\[])(?:\w{2,4}:)?" + SRC + rb" ?[-=]{1,4}> ?(?:\w{2,4}:)?" + DST),
        lines(
            _named(rb"src|source|from", b"src", b"sport")
            + rb"[^\n]{0,40}?"
            + _named(rb"dst|dest|destination|to", b"dst", b"dport")
        ),
        lines(
            rb"(?:^|,)\"?(?P<src>(?:%s)):(?P<sport>\d{1,5})\"?[,;]\"?(?P<dst>(?:%s)):(?P<dport>\d{1,5})\"?[,;]"
            % (_HOST, _HOST)
        ),
        lines(
            rb"^(?:[^\n]{0,100}?[^\w\n])?(?P<way>(?i:" + _WORD + rb"))\b[^\n]{0,60}?"
            rb"(?:\b(?:from|to)[ =:]+|\b(?:peer|remote|addr|address|src|dest|dst)=|(?:>>|<<) )"
            rb"(?:src=|dest=|dst=)?" + _TRANSPORT + PEER
        ),
        lines(
            rb"^(?:[^\n]{0,100}?[^\w\n])?(?P<way>(?i:" + _WORD + rb"))\b[^\n]{0,60}?\b(?:from|to) "
            rb"\(['\"](?P<peer>[^'\"\s]{1,128})['\"], (?P<pport>\d{1,5})\)"
        ),
        lines(rb"\b(?P<way>from|to|From|To)[ =:]+" + _TRANSPORT + PEER),
        lines(rb"^(?:[^\n]{0,120}?[^\w\n])?(?P<way>(?i:" + _WORD + rb"))(?:[^\w\n][^\n]{0,60})?$"),
    ),
    "",
    ways(_SENT, _RECEIVED),
    tail="\n",
)
