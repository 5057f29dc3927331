"""Whether the platform has a trunk and a dispatch rule for a leg."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from sipdiag.facts.configuration.check import CitedValue, cite
from sipdiag.facts.configuration.dispatch import rule_lists, takes
from sipdiag.facts.configuration.files import digits, host_of, network_of
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.position import Place

if TYPE_CHECKING:
    from sipdiag.context.documents import Document

_COMPARED = ("rule.trunks", "rule.numbers", "rule.callers")
NUMBER_ON_NONE = "the called number is on no inbound trunk"
SENDER_LEFT_OUT = "the sender's address is not among allowed_addresses"
CALLER_LEFT_OUT = "the caller is not among allowed_numbers"
DROPPED_S = 10.0
"""A caller that hears nothing gives up after this long at least."""


class Admission(BesideFiles):
    """Trunks and rules of the platform that a leg goes to."""

    @once
    def _admission(self) -> tuple[str, list[CitedValue]] | None:
        """Why no inbound trunk of the list takes this leg: what does not fit, and where that stands."""
        held = self.held
        trunks = held.files.of("livekit.inbound_trunk") if held is not None else []
        if not trunks or not self.to_livekit or held is None:
            return None
        caller, called = self.caller, self.called
        misses = [_miss(trunk, caller, called, self.view.sides.caller.host.address) for trunk in trunks]
        if any(miss is None for miss in misses):
            return None
        known = [miss for miss in misses if miss is not None]
        # The trunk that has the number is the one that was meant.
        best = [miss for miss in known if miss[0] != NUMBER_ON_NONE] or known
        return best[0][0], [cite for _, cite in best]

    @fact
    def cfg_no_trunk(self) -> bool:
        """No inbound trunk of the list takes this leg."""
        return self._admission is not None

    @fact(absent="no trunk fits")
    def cfg_no_trunk_why(self) -> str | None:
        """What does not fit."""
        return self._admission[0] if self._admission is not None else None

    @fact
    def cfg_caller_left_out(self) -> bool:
        """The trunk that has the called number does not let this caller in."""
        return self._admission is not None and self._admission[0] == CALLER_LEFT_OUT

    @fact(absent="the sender's address")
    def cfg_sender_left_out(self) -> str | None:
        """The sender's address, where the trunk that has the called number does not let it in."""
        left_out = self._admission is not None and self._admission[0] == SENDER_LEFT_OUT
        return self.view.sides.caller.host.address if left_out else None

    @fact
    def cfg_admitted(self) -> bool:
        """By the files a trunk takes this leg, and a dispatch rule where they have any, although the platform found none."""
        return bool(self.fits)

    @fact
    def cfg_no_rule(self) -> bool:
        """A trunk takes this leg, and no dispatch rule of the list takes the trunk."""
        return bool(self._unruled)

    @fact
    def cfg_dropped(self) -> bool:
        """No dispatch rule takes the trunk, and the platform fell silent after its 100: the open-source server does so."""
        view = self.view
        # The 487 answers the CANCEL of a caller who had waited long enough.
        gave_up = view.cancel is not None and view.status == 487
        silent = view.tried and not view.provisionals and (view.final is None or gave_up)
        waited = view.waited_out or (view.trying_s or 0.0) > DROPPED_S
        return silent and waited and self.cfg_no_rule and not self._in_a_cloud

    @once
    def _in_a_cloud(self) -> bool:
        """It goes to a platform's own host, which refuses what it has no rule for."""
        return self.held is not None and self.held.files.providers.of_host(host_of(self.uri)) is not None

    @once
    def _unruled(self) -> list[CitedValue]:
        held = self.held
        if held is None or not self.to_livekit or self._admission is not None:
            return []
        rules, empty = rule_lists(held.files)
        trunks = held.files.of("livekit.inbound_trunk")
        every = held.files.of("livekit.dispatch_rule")
        if (
            not trunks
            or not (rules or empty)
            or any(self._taken(rule, trunk) for rule in every for trunk in trunks)
        ):
            return []
        return [
            *(cite(rule, name) for rule in every for name in _COMPARED if name in rule.settings),
            *(CitedValue(one, one.node.get("items") or one.node) for one in empty),
        ]

    def _taken(self, rule: Document, trunk: Document) -> bool:
        """A rule takes this call from a trunk: its numbers are compared as text."""
        numbers, callers = rule.texts("rule.numbers"), rule.texts("rule.callers")
        called = self.view.opening.first.message.to if self.view.opening is not None else None
        dialled = (called.uri.user or "") if called is not None else ""
        return (
            takes(rule, trunk)
            and (not numbers or dialled in numbers)
            and (not callers or self.caller in callers)
        )

    @once
    def fits(self) -> str:
        """What of the files takes this leg, although the platform says it found none; empty where they do not tell.

        A refusal for want of a trunk is answered by the trunks alone, one for want of a rule only by the rules too.
        """
        held = self.held
        if held is None or not self.to_livekit or not held.files.of("livekit.inbound_trunk"):
            return ""
        rules, empty = rule_lists(held.files)
        if self._admission is not None or self._unruled:
            return ""
        if rules or empty:
            return "trunk and dispatch rule fit this call, but the platform found none"
        reason = self.view.final.message.reason if self.view.final is not None else None
        if not reason or "rule" in reason.lower():
            return ""
        return "an inbound trunk fits this call, but the platform found none"

    @evidence("file_trunk")
    def trunk_places(self) -> list[Place]:
        """Where that stands."""
        cites = self._admission[1] if self._admission is not None else self._unruled
        return self.held.places(*cites[:4]) if self.held is not None else []


def _miss(trunk: Document, caller: str, called: str, source: str) -> tuple[str, CitedValue] | None:
    """Why a trunk does not take a call; None if it does."""
    numbers = trunk.texts("trunk.numbers")
    if numbers and digits(called) not in {digits(one) for one in numbers}:
        return NUMBER_ON_NONE, cite(trunk, "trunk.numbers")
    addresses = [one for one in map(network_of, trunk.texts("trunk.allowed_addresses")) if one is not None]
    sender = ipaddress.ip_address(source)
    if addresses and not any(sender in one for one in addresses):
        return SENDER_LEFT_OUT, cite(trunk, "trunk.allowed_addresses")
    callers = trunk.texts("trunk.allowed_numbers")
    if callers and digits(caller) not in {digits(one) for one in callers}:
        return CALLER_LEFT_OUT, cite(trunk, "trunk.allowed_numbers")
    return None
