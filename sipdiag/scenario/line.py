"""The grammar of one ladder line: ``dialog [host] METHOD|status [details] [flags] [+seconds|@seconds]``."""

from __future__ import annotations

import re

from msgspec.structs import replace

from sipdiag.knowledge.spelling import did_you_mean
from sipdiag.scenario.document import Node
from sipdiag.scenario.schema import LadderLine

_TOKEN = re.compile(r'"([^"]*)"|(\S+)')
_METHOD = re.compile(r"[A-Z]+$")
_STATUS = re.compile(r"[1-6]\d\d$")
_SECONDS = re.compile(r"([+@])(\d+(?:\.\d+)?)$")
_NUMBER = re.compile(r"\d+(?:\.\d+)?$")
_LATE = re.compile(r"late=(\d+(?:\.\d+)?)$")
_SHARE = re.compile(r"(lost|copy|twice|reorder|late)=(\d+(?:\.\d+)?)%$")
_URI = re.compile(r"<|tel:|sips?:")

STREAMED = ("RTP", "STUN", "DTLS")
"""What goes on for some seconds, between the ends of the media."""

FLAGS = {
    "again": "the same bytes once more (a retransmission)",
    "lost": "sent, but not captured",
    "unreachable": "UDP: the other host's network answers it with ICMP port unreachable",
    "unassembled": "UDP: the other host says 30 s later that fragments of it were lost (ICMP)",
    "copy": "captured twice",
    "reorder": "captured before the line above it",
    "hold": "offer sendonly",
    "inactive": "offer inactive",
    "resume": "offer sendrecv",
    "sdp": "with a session description",
    "nosdp": "without a session description",
    "noauth": "without answering the challenge",
    "stale": "the challenge says stale=true",
    "reliable": "a provisional response that wants a PRACK",
    "join": "TCP: in the same segment as the message before",
    "split": "TCP: cut into two segments",
    "unacknowledged": "TCP: the other host does not acknowledge it",
}


def parse_line(node: Node, text: str, hosts: set[str], dialogs: set[str]) -> LadderLine:
    """The step that a line stands for."""
    words = [
        (m.group(1), True) if m.group(1) is not None else (m.group(2), False) for m in _TOKEN.finditer(text)
    ]
    if len(words) < 2:
        raise node.error(f"expected 'dialog METHOD' or 'dialog status', found {text!r}")
    dialog = words.pop(0)[0]
    if dialog not in dialogs:
        raise node.error(f"unknown dialog {dialog!r}; {did_you_mean(dialog, sorted(dialogs))}")
    sender = words.pop(0)[0] if words[0][0] in hosts else ""
    if not words:
        raise node.error("a method or status is missing after the host")
    word = words.pop(0)[0]
    if not (_METHOD.match(word) or _STATUS.match(word)):
        raise node.error(f"{word!r} is no host of this scenario, no METHOD and no status")
    step = LadderLine(
        node.line,
        dialog,
        sender,
        "" if word.isdigit() else word,
        int(word) if word.isdigit() else 0,
    )
    for detail, quoted in words:
        step = replace(step, phrase=detail) if quoted else _with_detail(node, step, detail, dialogs)
    return step


def _with_detail(node: Node, step: LadderLine, word: str, dialogs: set[str]) -> LadderLine:
    if seconds := _SECONDS.match(word):
        value = float(seconds.group(2))
        return replace(step, after=value) if seconds.group(1) == "+" else replace(step, at=value)
    if word in FLAGS:
        return replace(step, flags=step.flags | {word})
    if _URI.match(word):
        return replace(step, target=word)
    if word.startswith("replaces="):
        other = word.removeprefix("replaces=")
        if other not in dialogs:
            raise node.error(f"replaces= names the unknown dialog {other!r}")
        return replace(step, replaces=other)
    if word.startswith("realm="):
        return replace(step, realm=word.removeprefix("realm="))
    if step.method == "RTP" and (share := _SHARE.match(word)):
        if float(share.group(2)) > 100:
            raise node.error(f"{word!r} is more than all packets")
        return replace(step, shares=(*step.shares, (share.group(1), float(share.group(2)))))
    if step.method not in STREAMED and (late := _LATE.match(word)):
        return replace(step, late=float(late.group(1)))
    if _NUMBER.match(word) and step.method in STREAMED:
        return replace(step, seconds=float(word))
    if _STATUS.match(word) and step.method == "NOTIFY":
        return replace(step, notified=int(word))
    if _METHOD.match(word) and step.status:
        return replace(step, of=word)
    raise node.error(f"{word!r} is not understood; flags are {', '.join(FLAGS)}")
