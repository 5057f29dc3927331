"""Strings from a capture, made fit to be looked at.

Whatever a header carried, a reader sees it and nothing acts on it: control characters, and those
that reorder or hide text, become their code in angle brackets (``⟨1B⟩``, ``⟨U+202E⟩``).  Escaping
for a format (HTML, Markdown) comes on top, in the module of that format.
"""

from __future__ import annotations

from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.credentials import mask

MESSAGE_CHARACTERS = 16_000
"""Characters of one message that are shown; the rest is counted."""


def _pictures() -> dict[int, str]:
    table = {code: f"⟨{code:02X}⟩" for code in (*range(0x20), *range(0x7F, 0xA0))}
    invisible = [0x00AD, 0x061C, 0x180E, 0xFEFF]
    invisible += [*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070)]
    invisible += range(0xE0000, 0xE0080)
    table.update({code: f"⟨U+{code:04X}⟩" for code in invisible})
    table.update(dict.fromkeys(range(0xD800, 0xE000), "\ufffd"))
    return table


_LINE = _pictures() | {0x09: " "}
_BLOCK = {code: text for code, text in _pictures().items() if code not in (0x09, 0x0A)}


def visible(text: str) -> str:
    """One line: every control, bidirectional, invisible or unpaired surrogate character is shown."""
    # Everything the table names is unprintable, and most texts have nothing of the kind.
    return text if text.isprintable() else text.translate(_LINE)


def visible_block(text: str) -> str:
    """As :func:`visible`, but line feeds and tabs stay."""
    return text.replace("\r\n", "\n").translate(_BLOCK)


def message_text(captured: CapturedMessage) -> str:
    """A message as a block to read: digest responses masked, at most :data:`MESSAGE_CHARACTERS`."""
    text = mask(captured.message.raw).decode("utf-8", "replace")
    shown = visible_block(text[:MESSAGE_CHARACTERS])
    if len(text) > MESSAGE_CHARACTERS:
        shown += f"\n… {len(text) - MESSAGE_CHARACTERS:,} more characters are not shown"
    return shown


def shorten(text: str, width: int) -> str:
    """At most ``width`` characters, the end replaced by an ellipsis."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"


def host_text(host: Host) -> str:
    """``192.0.2.1:5060``, ``[2001:db8::1]:5060``."""
    address = f"[{host.address}]" if ":" in host.address else host.address
    return f"{address}:{host.port}"


def sentence(text: str) -> str:
    """A phrase as a sentence: a capital in front (an id keeps its letters), a full stop behind."""
    closed = text if text.endswith((".", "?", "!")) else f"{text}."
    first = closed.partition(" ")[0]
    return closed if any(c.isdigit() for c in first) else closed[:1].upper() + closed[1:]


def plural(count: int, noun: str) -> str:
    """``1 call``, ``2 calls``, ``12,000 calls``."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
