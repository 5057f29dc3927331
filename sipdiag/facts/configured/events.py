"""What the events about a call say: that a transfer was asked for, what came of it, why something was refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sipdiag.context.bind import Binding
from sipdiag.context.documents import Document
from sipdiag.context.node import Node
from sipdiag.facts.configuration.check import Cite
from sipdiag.facts.configuration.files import Files
from sipdiag.knowledge.provider import Response

_REQUESTS = (
    "livekit.transfer_request",
    "livekit.gateway_request",
    "livekit.gateway_response",
    "livekit.transfer_response",
)
_FORWARDED = "assistant-forwarded-call"
_TRANSFERRED = ("call_transfer", _FORWARDED)


class Statement(NamedTuple):
    """Something that an event says."""

    cite: Cite
    text: str
    sure: bool
    """The event is certainly about this call."""


class Said:
    """The events about one call, read."""

    def __init__(self, files: Files, bindings: Sequence[Binding]) -> None:
        self._files = files
        self._bindings = bindings

    def _of(self, *kinds: str) -> Iterator[Binding]:
        return (one for one in self._bindings if one.document.kind.name in kinds)

    @property
    def asked(self) -> list[Statement]:
        """Where a transfer was asked for."""
        found = []
        for bound in self._bindings:
            for node in _askings(self._files, bound.document):
                found.append(Statement(Cite(bound.document, node), _who(bound.document), bound.sure))
        return found

    @property
    def call_told(self) -> bool:
        """The platform's own record of the whole call is there."""
        return any(bound.document.kind.name in ("retell.call", "vapi.call") for bound in self._bindings)

    @property
    def results(self) -> list[Statement]:
        """What the platform was told of a transfer that failed, in its own words."""
        found = []
        for bound in self._bindings:
            document = bound.document
            for node in _failures(document):
                found.append(
                    Statement(
                        Cite(document, node), self._files.context.mask.text(str(node.value)), bound.sure
                    )
                )
        return found

    @property
    def claims(self) -> list[Statement]:
        """Where a transfer is reported as done, or as under way."""
        return [
            Statement(Cite(bound.document, node), _who(bound.document), bound.sure)
            for bound in self._bindings
            for node in _successes(bound.document)
        ]

    def codes(self, leg: str) -> Iterator[tuple[Statement, Response]]:
        """The carrier's own error codes about this leg, as its table explains them."""
        for bound in self._of("twilio.alert"):
            code = bound.document.settings.get("event.code")
            if code is None or bound.leg not in (None, leg):
                continue
            entry = self._files.providers.get(bound.document.kind.provider).by_code.get(
                str(code.value).upper()
            )
            if entry is not None:
                yield Statement(Cite(bound.document, code.node), str(code.value), bound.sure), entry

    @property
    def agent_versions(self) -> Iterator[str]:
        """The version of the agent that took the call."""
        for bound in self._of("retell.call"):
            version = bound.document.value("agent.version")
            if version is not None:
                yield str(version)


def _who(document: Document) -> str:
    return document.kind.title


def _askings(files: Files, document: Document) -> Iterator[Node]:
    kind = document.kind.name
    if kind in _REQUESTS:
        yield document.node.get("transfer_to") or document.node
    elif kind == "retell.call":
        yield from (invocation for invocation, _ in _invocations(files, document))
        if document.value("event.ended_reason") == "call_transfer":
            yield document.settings["event.ended_reason"].node
    elif kind == "vapi.call" and str(document.value("event.ended_reason")).startswith(_FORWARDED):
        yield document.settings["event.ended_reason"].node
    elif kind in ("retell.transfer_error", "jambonz.refer_result", "twilio.refer_webhook"):
        yield document.node
    elif kind == "telnyx.event" and str(document.value("event.name")).startswith("call.refer."):
        yield document.settings["event.name"].node


def _invocations(files: Files, document: Document) -> Iterator[tuple[Node, Node | None]]:
    """Each invocation of a transfer tool, with its result."""
    names = {tool.document.value("tool.name") for tool in files.tools} - {None}
    transcript = document.node.get("transcript_with_tool_calls")
    entries = transcript.items() if transcript is not None else []
    results = {one.string("tool_call_id"): one for one in entries if one.string("role") == "tool_call_result"}
    for entry in entries:
        name = entry.string("name") or ""
        if entry.string("role") == "tool_call_invocation" and (name in names or "transfer" in name.lower()):
            yield entry, results.get(entry.string("tool_call_id"))


def invoked_tools(files: Files, bindings: Sequence[Binding]) -> set[str]:
    """Names of the transfer tools that were invoked in the call."""
    return {
        invocation.string("name") or ""
        for bound in bindings
        if bound.document.kind.name == "retell.call"
        for invocation, _ in _invocations(files, bound.document)
    }


def _failures(document: Document) -> Iterator[Node]:
    kind = document.kind.name
    if kind == "retell.call":
        transcript = document.node.get("transcript_with_tool_calls")
        for entry in transcript.items() if transcript is not None else []:
            content = entry.get("content")
            failed = entry.get("successful")
            ended = (
                entry.string("role") == "tool_call_result" and failed is not None and failed.value is False
            )
            if ended and content is not None:
                yield content
    elif kind == "livekit.twirp_error":
        yield document.node.get("msg") or document.node
    elif kind == "retell.transfer_error":
        yield document.settings["event.message"].node
    elif kind == "livekit.transfer_response" and document.value("event.status") == "failed":
        yield document.node.get("reason") or document.node


def _successes(document: Document) -> Iterator[Node]:
    kind = document.kind.name
    ended = document.settings.get("event.ended_reason")
    if kind == "livekit.gateway_response":
        yield document.node.get("status") or document.node
    elif kind == "livekit.transfer_response" and document.value("event.status") == "success":
        yield document.settings["event.status"].node
    elif ended is not None and str(ended.value).startswith(_TRANSFERRED):
        yield ended.node
    elif kind == "telnyx.event" and document.value("event.name") == "call.refer.completed":
        yield document.settings["event.name"].node
