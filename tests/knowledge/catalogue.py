"""The built-in providers, loaded once, and ways to ask them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sipdiag.knowledge.classify import Classified
from sipdiag.knowledge.provider import ProviderResponse
from sipdiag.knowledge.providers import Providers
from sipdiag.sip.message import Message

RULES = Path(__file__).parents[2] / "rules"
FILES = sorted((RULES / "providers").glob("*.yaml"))


@cache
def builtin() -> Providers:
    return Providers.load([RULES])


def message(text: str) -> Message:
    """A message from readable text: line ends and the empty line are added."""
    head, _, body = text.strip().partition("\n\n")
    lines = [line.strip() for line in head.splitlines()]
    return Message(("\r\n".join(lines) + "\r\n\r\n" + body).encode())


def response(status_line: str, *headers: str) -> Message:
    return message("\n".join([status_line, "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", *headers]))


def classify(
    provider: str | None, status_line: str, *headers: str, among: Providers | None = None
) -> Classified | None:
    """Classify a response as analysis does."""
    made = response(status_line, *headers)
    assert made.status is not None
    return (among or builtin()).classify(
        provider,
        status=made.status,
        reason=made.reason,
        header=made.header,
        reasons=made.reasons,
        warnings=made.warnings,
        remarks=made.remarks,
    )


def classify_example(entry: ProviderResponse, provider: str | None) -> Classified | None:
    """Send an entry's example through classification."""
    assert entry.example is not None
    if entry.example.startswith("SIP/2.0"):
        return classify(provider, entry.example)
    status = entry.statuses[0] if entry.statuses else 403
    return classify(provider, f"SIP/2.0 {status} Forbidden", entry.example)
