"""What the events about a call say: that a transfer was requested, how it ended, why something was refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from sipdiag.facts.configuration.check import CitedValue
from sipdiag.facts.configuration.files import Files
from sipdiag.facts.once import once
from sipdiag.knowledge.provider import ProviderResponse

if TYPE_CHECKING:
    from sipdiag.context.bind import BoundEvent
    from sipdiag.context.kinds import DocumentKind, Told
    from sipdiag.context.node import Node


class Statement(Struct, frozen=True):
    """Something that an event says."""

    cite: CitedValue
    text: str
    sure: bool
    """The event is certainly about this call."""


class Said:
    """The events about one call, read."""

    def __init__(self, files: Files, bindings: Sequence[BoundEvent]) -> None:
        self._files = files
        self._bindings = bindings
        self._tools = frozenset(str(tool.document.value("tool.name")) for tool in files.tools)

    def _told(self, told: Callable[[DocumentKind], Told], *, quoted: bool = False) -> list[Statement]:
        """What the events tell: the kind of record, or its own words."""
        return [
            _statement(bound, node, self._files.context.mask.text(str(node.value)) if quoted else None)
            for bound in self._bindings
            for node in told(bound.document.kind)(bound.document.node, self._tools)
        ]

    def _set(self, name: str) -> Iterator[Statement]:
        """The events that have this setting."""
        for bound in self._bindings:
            setting = bound.document.settings.get(name)
            if setting is not None:
                yield _statement(bound, setting.node)

    def _values(self, provider: str, name: str) -> set[str]:
        """What this provider's records have for a setting."""
        values = (
            one.document.value(name) for one in self._bindings if one.document.kind.provider == provider
        )
        return {str(value) for value in values if value is not None}

    @once
    def asked(self) -> list[Statement]:
        """Where a transfer was asked for."""
        return self._told(lambda kind: kind.asked)

    @once
    def call_told(self) -> bool:
        """The platform's own record of the whole call is there."""
        return any(bound.document.kind.whole_call for bound in self._bindings)

    @once
    def results(self) -> list[Statement]:
        """What the platform was told of a transfer that failed, in its own words."""
        return self._told(lambda kind: kind.failed, quoted=True)

    @once
    def claims(self) -> list[Statement]:
        """Where a transfer is reported as done, or as under way."""
        return self._told(lambda kind: kind.done)

    @once
    def invoked(self) -> frozenset[str]:
        """Names of the transfer tools that were invoked in the call."""
        return frozenset(one.cite.node.string("name") or "" for one in self._told(lambda kind: kind.invoked))

    @once
    def refer_received(self) -> Statement | None:
        """The carrier's webhook for a REFER was called: one had reached the carrier."""
        return next(self._set("event.refer_target"), None)

    @once
    def webhook_failures(self) -> list[Statement]:
        """Alerts that a webhook could not be fetched, or answered what cannot be run."""
        return list(self._set("event.webhook_failed"))

    def codes(self, leg: str) -> Iterator[tuple[Statement, ProviderResponse]]:
        """The carrier's own error codes about this leg, as its table explains them."""
        for bound in self._bindings:
            code = bound.document.settings.get("event.code")
            if code is None or not bound.document.kind.later or bound.leg not in (None, leg):
                continue
            entry = self._files.providers.get(bound.document.kind.provider).by_code.get(
                str(code.value).upper()
            )
            if entry is not None:
                yield _statement(bound, code.node, str(code.value)), entry

    def versions(self, provider: str) -> set[str]:
        """The version of the agent that took the call, as this provider's records name it."""
        return self._values(provider, "agent.version")

    def agents(self, provider: str) -> set[str]:
        """The agent that took the call, likewise."""
        return self._values(provider, "event.agent")


def _statement(bound: BoundEvent, node: Node, text: str | None = None) -> Statement:
    """What a record says at ``node``, in ``text``; else what kind of record it is."""
    return Statement(
        CitedValue(bound.document, node), bound.document.kind.title if text is None else text, bound.sure
    )
