"""Traffic of software that looks for open SIP servers; it is nobody's call."""

from __future__ import annotations

from sipdiag.sip.memo import remembered
from sipdiag.sip.message import Message

SCANNERS = (
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sipcli",
    "sip-scan",
    "sipscan",
    "sipsak",
    "sundayddr",
    "vaxsipuseragent",
    "pplsip",
    "iwar",
    "sivus",
    "smap ",
    "eyebeam scan",
)
"""Parts of the User-Agents of well-known scanners, lower case."""
SCANNER_USERS = frozenset({"sipvicious", "nmap"})
"""Display names and user parts that scanners write into From."""


def is_scanner(message: Message) -> bool:
    """Whether a request was sent by software that is known to scan."""
    if _names_scanner(message.header("User-Agent") or ""):
        return True
    sender = message.from_
    return sender is not None and (sender.display or "").strip().lower() in SCANNER_USERS


@remembered
def _names_scanner(agent: str) -> bool:
    lower = agent.lower()
    return any(name in lower for name in SCANNERS)
