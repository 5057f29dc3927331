"""Makes strings from a capture safe to show.

Whatever a header carried, a reader sees it and nothing acts on it: control characters, and those
that reorder or hide text, become their code in angle brackets (``⟨1B⟩``, ``⟨U+202E⟩``).  Secrets are
masked on the way (:mod:`sipdiag.sip.secrets`).  Escaping for a format (HTML, Markdown) comes on top, in
the module of that format.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from sipdiag.sip.secrets import mask

if TYPE_CHECKING:
    from sipdiag.messages.captured import CapturedMessage

MESSAGE_CHARACTERS = 16_000
"""How many characters of a message are shown; the rest is counted."""
_BEHIND = 1_000


_NO_TEXT = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
"""Surrogates: they stand for bytes that are not UTF-8."""


_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_INVISIBLE = (
    *(0x00AD, 0x061C, 0x180E, 0xFEFF),
    *(*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070)),
    *range(0xE0000, 0xE0080),
)


def _pictures() -> dict[int, str]:
    table = {code: f"⟨{code:02X}⟩" for code in _CONTROLS}
    table.update({code: f"⟨U+{code:04X}⟩" for code in _INVISIBLE})
    return table | _NO_TEXT


_LINE = _pictures() | {0x09: " "}
_BLOCK = {code: text for code, text in _pictures().items() if code not in (0x09, 0x0A)}


_FORMULA = frozenset("=+-@")


@cache
def _escapes() -> dict[int, str]:
    """As Python writes them."""
    hidden = (*_CONTROLS, *_INVISIBLE, *range(0xD800, 0xE000))
    return {code: repr(chr(code))[1:-1] for code in hidden} | {ord("\\"): "\\\\", 0: "\\0"}


@cache
def _json_escapes() -> dict[int, str]:
    return {code: json.dumps(chr(code))[1:-1] for code in (*_CONTROLS, *_INVISIBLE)}


def visible(text: str) -> str:
    """One line: every control, bidirectional, invisible or unpaired surrogate character is shown, no secret is."""
    text = mask(text)
    # Everything in the table is unprintable, and most texts contain none of it.
    return text if text.isprintable() else text.translate(_LINE)


def visible_block(text: str) -> str:
    """As :func:`visible`, but line feeds and tabs stay."""
    return _block(mask(text))


def cell(text: str) -> str:
    """A cell of tab-separated values: one line, inert, and readable back.

    What could move a cursor or hide text is written as Python writes it (``\\t``, ``\\x1b``, ``\\u202e``),
    and so is a ``=``, ``+``, ``-`` or ``@`` in front, by which a spreadsheet tells a formula.
    """
    masked = mask(text)
    if masked[:1] in _FORMULA and len(masked) > 1:
        return f"\\x{ord(masked[0]):02x}{masked[1:].translate(_escapes())}"
    return masked.translate(_escapes())


def json_text(value: object) -> str:
    """JSON on one line, its text readable; what could drive a terminal is escaped, which changes no value."""
    return json.dumps(exact(value), ensure_ascii=False).translate(_json_escapes())


def json_document(value: object) -> str:
    """As :func:`json_text`, one entry per line."""
    return "\n".join(
        line.translate(_json_escapes())
        for line in json.dumps(exact(value), indent=1, ensure_ascii=False).split("\n")
    )


def exact(value: object) -> object:
    """A tree of JSON values unchanged except for secrets and for bytes that are not text, which JSON cannot hold."""
    if isinstance(value, str):
        text = mask(value)
        return text if text.isascii() else text.translate(_NO_TEXT)
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    return [exact(item) for item in value] if isinstance(value, list | tuple) else value


def _block(text: str) -> str:
    return text.replace("\r\n", "\n").translate(_BLOCK)


def message_text(captured: CapturedMessage, *, show_digits: bool = False) -> str:
    """A message as a block to read: secrets masked, at most :data:`MESSAGE_CHARACTERS`.

    ``show_digits``: the keys that somebody pressed are shown.
    """
    text = captured.message.raw.decode("utf-8", "replace")
    # Take a little more than is shown: what marks a secret, such as the @ of a URI, may come after it.
    masked = mask(text[: MESSAGE_CHARACTERS + _BEHIND], keys=not show_digits)
    shown = _block(masked[:MESSAGE_CHARACTERS])
    if len(text) > MESSAGE_CHARACTERS:
        shown += f"\n… {len(text) - MESSAGE_CHARACTERS:,} more characters are not shown"
    return shown


def shorten(text: str, width: int) -> str:
    """At most ``width`` characters, the end replaced by an ellipsis."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def file_text(path: str) -> str:
    """An input's name as given; of an absolute path only the last part, since reports are passed on."""
    given = PurePath(path)
    return given.name if given.is_absolute() and given.name else path


def sentence(text: str) -> str:
    """A phrase as a sentence: capitalised (ids keep their case), with a full stop."""
    closed = text if text.endswith((".", "?", "!")) else f"{text}."
    first = closed.partition(" ")[0]
    return closed if any(c.isdigit() for c in first) else closed[:1].upper() + closed[1:]


def plural(count: int, noun: str) -> str:
    """``1 call``, ``2 calls``, ``12,000 calls``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
