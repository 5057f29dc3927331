"""How responses and the ends of a leg are named in a sentence."""

from __future__ import annotations

from sipdiag.calls.sides import Side, Sides
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.sip.message import Message
from sipdiag.sip.secrets import mask

LONGEST_REASON = 48
"""Characters of a reason phrase that a sentence has room for; a longer one is quoted and cut there, and stands whole in the evidence."""
LONGEST_REMARK = 160
"""Longest remark quoted from a response, characters; a longer one ends in an ellipsis."""
FEEDBACK = 392
"""Warn-code under which SER, Kamailio and OpenSIPS report their own state for debugging (``Noisy feedback tells``, the
parameter sip_warning): no registered code (RFC 3261 §20.43), and no reason of a refusal."""


def wording_of(status: int | None, reason: str, remark: str = "") -> str | None:
    """``486 Busy Here``, ``503 Service Unavailable ("Trunk group full")``: a refusal in its own words."""
    if status is None:
        return None
    said = f"{status} {_phrase(reason)}".strip().rstrip(".")
    return f'{said} ("{remark}")' if remark else said


def _phrase(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON else f'"{_cut(reason, LONGEST_REASON)}"'


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most].rstrip()}…"


def worded(final: CapturedMessage | None) -> str | None:
    """Status and reason phrase of a response, without what else it says."""
    return wording_of(final.message.status, final.message.reason) if final is not None else None


def fully_worded(final: CapturedMessage) -> str | None:
    """Status and reason phrase of a response, with what its Reason, its Warning or a remark adds."""
    return wording_of(final.message.status, final.message.reason, remark_of(final.message))


def remark_of(message: Message) -> str:
    """What a response adds to its reason phrase: the text of Reason or Warning, or a remark, if it says more."""
    for text in _texts(message, but=FEEDBACK):
        plain = text.strip().rstrip(".")
        if plain and plain.lower() not in message.reason.lower():
            return _cut(mask(plain), LONGEST_REMARK)
    return ""


def said_in(message: Message) -> list[str]:
    """All words of a response: its reason phrase, the texts of Reason and Warning, and remarks."""
    return [message.reason, *_texts(message)]


def _texts(message: Message, but: int | None = None) -> list[str]:
    warnings = [warning.text for warning in message.warnings if warning.code != but]
    return [*(reason.text or "" for reason in message.reasons), *warnings, *message.remarks]


def side_name(side: Side) -> str | None:
    """A provider's name, with "-based" where only its software is proven; None without one."""
    if side.provider is None or side.recognition is None:
        return None
    return side.provider.name if side.recognition.proven else f"{side.provider.name}-based platform"


def spoken_name(side: Side) -> str | None:
    """The name as used in a sentence: ``Twilio``, ``the LiveKit-based platform``."""
    name = side_name(side)
    return name if name is None or side.recognition is None or side.recognition.proven else f"the {name}"


def proxy_label(sides: Sides, proxy: Host) -> str:
    """A name for a proxy of a leg, and its address."""
    side = sides.proxy(proxy.address)
    known = spoken_name(side) if side is not None else None
    return f"{known or 'the proxy'} ({proxy.address})"


def side_label(sides: Sides, caller: bool) -> str:
    """A name for one end of a leg: its provider, else its address."""
    side = sides.of(caller)
    return spoken_name(side) or f"the {'calling' if caller else 'called'} side ({side.host.address})"
