"""Digits pressed on a phone: card numbers, PINs, menu choices.

They come as INFO or NOTIFY with a body of their own type, as KPML (RFC 4730), as JSON or as parameters.
That a key was pressed, when and for how long may be shown; which one may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LINE_START = r"(?<![^\r\n])"
_TYPED = re.compile(
    rf"{_LINE_START}(?:content-type|c)[ \t]{{0,64}}:(?:[ \t]|\r?\n[ \t]){{0,64}}"
    r"(?:application|audio|text)[ \t]{0,8}/[ \t]{0,8}"
    r"(?:([\w.+\-]{0,64}?telephone-event)|[\w.+\-]{0,64}?(?:dtmf|digit|vnd\.etsi))"
)
"""The type of a body that is made of keys; the group: binary events (RFC 4733 §2.3)."""
_BODY = re.compile(r"\r{0,2}\n\r{0,2}\n|\r\r")
_BODY_END = re.compile(r"[\r\n]--|\Z")
_LINE = re.compile(r"[^\r\n]+")
_TIMING = re.compile(r"\s*(?:duration|volume|timestamp|<\?xml)")
_KEY = re.compile(r"[0-9*#]|(?<![0-9a-z])[a-d](?![0-9a-z])")
_KEYS = r"[0-9a-d*#][0-9a-d*#, ]*"
_NAMES = r"[\w.\-]{0,32}?(?:digits?|dtmf|tones|postd|post-dial)[\w\-]{0,16}"
_NAMED = (
    rf"{_LINE_START}[ \t]{{0,8}}(?:signal|{_NAMES})[ \t]{{0,8}}[=:][ \t]{{0,8}}({_KEYS})(?=\s|\Z)",
    rf"(?<![\w.\-]){_NAMES}[ \t]{{0,8}}=[ \t]{{0,8}}\\?[\"']?({_KEYS})(?!\w)",
    rf"\"{_NAMES}\\?\"\s{{0,8}}:\s{{0,8}}\\?\"?({_KEYS})(?!\w)",
    rf"<(?:[\w\-]{{1,64}}:)?{_NAMES}(?:\s[^<>]{{0,1024}})?>\s{{0,64}}({_KEYS})",
    rf"dtmf\.digits</name>\s{{0,64}}<value>\s{{0,64}}({_KEYS})",
)
"""Keys that a name gives away: ``Signal=5``, ``digits="17"`` (RFC 4730 §5, RFC 5022, RFC 5707)."""


def keys_in(text: str) -> list[tuple[int, int]]:
    """Where keys stand in a text in lower case: begin and end of each."""
    named = [match.span(1) for pattern in _NAMED for match in re.finditer(pattern, text)]
    return [*named, *_typed(text)]


def _typed(text: str) -> Iterator[tuple[int, int]]:
    """Bodies of keys, the parts of a multipart one included."""
    done = 0
    for found in _TYPED.finditer(text):
        begin = _BODY.search(text, found.end())
        if begin is None:
            return
        if begin.end() < done:
            continue
        end = _BODY_END.search(text, begin.end())
        done = end.start() if end else len(text)
        if found[1]:
            yield begin.end(), done
        else:
            yield from _body(text, begin.end(), done)


def _body(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    for line in _LINE.finditer(text, begin, end):
        if not _TIMING.match(line[0]):
            yield from (key.span() for key in _KEY.finditer(text, *line.span()))
