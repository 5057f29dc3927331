"""The files that apply to one call."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from sipdiag.context.bind import BoundEvent, CallKeys, LegKeys, bind, events
from sipdiag.context.documents import Document
from sipdiag.context.when import moment
from sipdiag.facts.callview import CallView
from sipdiag.facts.configuration.check import CitedValue, place
from sipdiag.facts.configuration.files import (
    Files,
    Noun,
    Tool,
    digits,
    host_of,
    is_variable,
    other_trunk,
    same_trunk,
    trunk_host,
    user_of,
)
from sipdiag.facts.configured.events import Said
from sipdiag.facts.identity import shown
from sipdiag.facts.legview import LegView
from sipdiag.facts.once import once
from sipdiag.knowledge.classify import Classified
from sipdiag.position import Place

_SHORTEST_ID = 8
_SHORTEST_NATIONAL = 7
"""Digits of a number without its country that tell it from others."""


def keys_of(call: CallView, *, alone: bool) -> CallKeys:
    """What the call can be known by."""
    return CallKeys(tuple(_leg_keys(call, view) for view in call.legs), alone)


def _leg_keys(call: CallView, view: LegView) -> LegKeys:
    identity = call.related(view).identity
    leg = view.leg
    ids = {leg.call_id, leg.from_tag or "", *leg.to_tags}
    opening = view.opening
    for captured in [opening.first if opening is not None else None, view.final, leg.answer]:
        if captured is not None:
            ids |= {value.strip() for name, value in captured.message.fields if name.lower().startswith("x-")}
    return LegKeys(
        leg.id,
        frozenset(one for one in ids if len(one) >= _SHORTEST_ID),
        shown(identity.caller) or "",
        shown(identity.callee) or "",
        leg.messages[0].captured.time_ns,
        leg.last_ns,
    )


class CallFiles:
    """The configuration and events that concern one call."""

    def __init__(self, files: Files, call: CallView, *, alone: bool) -> None:
        self.files = files
        self.call = call
        self.bindings: Sequence[BoundEvent] = bind(files.context, keys_of(call, alone=alone))
        self.said = Said(files, self.bindings)

    @property
    def bound_places(self) -> tuple[tuple[int, str], ...]:
        """The bound events as they can pass between processes."""
        order = {one: number for number, one in enumerate(events(self.files.context))}
        return tuple((order[one.document], one.by) for one in self.bindings)

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts in the addresses of the call."""
        return frozenset(host_of(uri) for view in self.call.legs for uri in uris_of(view)) - {""}

    @property
    def called(self) -> frozenset[str]:
        """The numbers called in it."""
        callees = (shown(self.call.related(view).identity.callee) for view in self.call.legs)
        return frozenset(callee for callee in callees if callee)

    def record_causes(self) -> None:
        """Tell each leg what the carrier's records say about its refusal."""
        for view in self.call.legs:
            for statement, entry in self.said.codes(view.leg.id):
                recorded = Classified(
                    entry.cause,
                    "record",
                    statement.text,
                    entry.meaning,
                    entry.act,
                    entry.fix,
                    entry.source,
                    entry.provider,
                    unconfirmed=not statement.sure,
                )
                view.observed = replace(view.observed, recorded=recorded)

    def places(self, *cites: CitedValue | None) -> list[Place]:
        """What a rule cites."""
        return [place(self.files, one) for one in cites if one is not None]

    def certain(self, *cites: CitedValue) -> bool:
        """Read without repair, and not changed after the call."""
        return not any(
            one.document.is_repaired(one.node) or self.changed_after(one.document) for one in cites
        )

    def changed_after(self, document: Document) -> bool:
        """It was changed after the call had ended, or is of another version, so that another value may have applied."""
        return any(self._later(one) for one in self.files.whole if one.block is document.block)

    def _later(self, document: Document) -> bool:
        changed = moment(document.value("changed_at"))
        if changed is not None and changed.timestamp() > self.call.call.end_ns / 1e9:
            return True
        version = document.value("version")
        versions = self.said.versions(document.kind.provider)
        return version is not None and bool(versions) and str(version) not in versions

    @once
    def tool(self) -> Tool | None:
        """The transfer tool of this call: the one that was invoked, or all of them where they agree."""
        tools = [tool for tool in self.files.tools if self._fits(tool)]
        named = [tool for tool in tools if tool.document.value("tool.name") in self.said.invoked]
        candidates = named or tools
        methods = {tool.method.value for tool in candidates}
        # A tool for another number says nothing of how this transfer was made.
        aimed = [tool for tool in candidates if not self._aims_elsewhere(tool)]
        return aimed[0] if aimed and len(methods) == 1 else None

    def _fits(self, tool: Tool) -> bool:
        """The tool's platform may be the one in the call."""
        family = self.files.providers.get(tool.document.kind.provider).family
        sides = [side for view in self.call.legs for side in (view.sides.caller, view.sides.callee)]
        platforms = [side.provider for side in sides if side.provider is not None and side.provider.voice_ai]
        if not platforms:
            return bool(self.bindings)
        return any(provider.family == family for provider in platforms)

    def _aims_elsewhere(self, tool: Tool) -> bool:
        """The call was transferred, and to other numbers than this tool's."""
        if is_variable(tool.target):
            return False
        called = {_number(one.transfer.target) for one in self.call.transfers} - {""}
        wanted = _number(tool.target)
        return bool(called and wanted) and not any(_same_number(one, wanted) for one in called)

    def dial_of(self, view: LegView) -> Noun | None:
        """The TwiML that placed this leg: its Sip noun has the leg's number and host."""
        opening = view.opening
        if opening is None:
            return None
        uri = opening.first.message.uri or ""
        for noun in self.files.nouns:
            same_user = digits(user_of(noun.uri)) == digits(user_of(uri)) and bool(digits(user_of(uri)))
            if noun.node.key == "Sip" and same_user and host_of(noun.uri) == host_of(uri):
                return noun
        return None

    def on_trunk(self, view: LegView) -> Document | None:
        """The Elastic SIP trunk by which this leg comes or goes."""
        if self.dial_of(view) is not None:
            return None
        called = shown(self.call.related(view).identity.callee) or ""
        for number in self.files.of("twilio.number"):
            if digits(str(number.value("number") or "")) == digits(called) and not number.value("trunk.id"):
                return None
        trunks = self.files.of("twilio.trunk")
        uris = uris_of(view)
        for trunk in trunks:
            if any(same_trunk(trunk_host(trunk), uri) for uri in uris):
                return trunk
        # A host of another trunk of that carrier: the file is not about this leg.
        elsewhere = any(other_trunk(trunk_host(one), uri) for one in trunks for uri in uris)
        return trunks[0] if len(trunks) == 1 and not elsewhere else None


def _number(target: str | None) -> str:
    """The digits of a number, or of the user part of an address."""
    target = target or ""
    return digits(user_of(target) if "@" in target else target)


def _same_number(one: str, other: str) -> bool:
    """The same digits, or one with its country and the other without."""
    shorter, longer = sorted((one, other), key=len)
    return one == other or (len(shorter) >= _SHORTEST_NATIONAL and longer.endswith(shorter.lstrip("0")))


def uris_of(view: LegView) -> list[str]:
    """Request-URI, From and To of the leg's INVITE."""
    opening = view.opening
    if opening is None:
        return []
    message = opening.first.message
    return [message.uri or "", *(one.uri.raw for one in (message.from_, message.to) if one is not None)]
