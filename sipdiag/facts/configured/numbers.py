"""Numbers: which is shown, whose it is, which country is switched on, and how it is dialled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.facts.configuration.callerid import overrides
from sipdiag.facts.configuration.check import CitedValue, cite
from sipdiag.facts.configuration.files import digits, is_variable, same_trunk, trunk_host, user_of
from sipdiag.facts.configuration.switches import gateway_hosts
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.identity import region_of, shown
from sipdiag.facts.once import once
from sipdiag.position import Place

if TYPE_CHECKING:
    from sipdiag.context.documents import Document
    from sipdiag.context.node import Node


class NumberSettings(BesideFiles):
    """What the files say about a leg's numbers."""

    @once
    def _requested(self) -> CitedValue | None:
        """The number to show, in the request that placed this leg."""
        for bound in self.held.bindings if self.held is not None else ():
            if bound.leg == self.view.leg.id and "call.from" in bound.document.settings:
                return cite(bound.document, "call.from")
        return None

    @once
    def _shows_caller(self) -> CitedValue | None:
        """What makes this leg show the caller's number."""
        held = self.held
        if held is None:
            return None
        if self._requested is not None:
            return self._requested
        tool = held.tool
        if (
            tool is not None
            and tool.method.value == "invite"
            and tool.document.value("transfer.shows_caller") is True
        ):
            return cite(tool.document, "transfer.shows_caller")
        if tool is not None and is_variable(str(tool.document.value("transfer.caller_id") or "")):
            return cite(tool.document, "transfer.caller_id")
        return None

    @fact
    def cfg_shows_caller(self) -> bool:
        """A file makes this leg show the number of the caller."""
        return self._shows_caller is not None

    @once
    def not_on_trunk(self) -> CitedValue | None:
        """The numbers of the outbound trunk to this host, if the leg shows none of them and no request named its number."""
        held = self.held
        if held is None or self._requested is not None or not digits(self.caller):
            return None
        trunks = [
            one for one in held.files.of("livekit.outbound_trunk") if same_trunk(trunk_host(one), self.uri)
        ]
        numbers = [number for one in trunks for number in one.texts("trunk.numbers")]
        if not numbers or any(not digits(one) or digits(one) == digits(self.caller) for one in numbers):
            return None
        return cite(trunks[0], "trunk.numbers")

    @once
    def _override(self) -> CitedValue | None:
        """The carrier's connection replaces the number that is shown."""
        held = self.held
        if held is None or self.view.sides.callee.id != "telnyx":
            return None
        found = [one for one in held.files.of("telnyx.connection") if overrides(one)]
        return cite(found[0], "trunk.caller_override") if len(found) == 1 else None

    @evidence("file_caller")
    def caller_places(self) -> list[Place]:
        """Where that is set, or where the number should stand and does not."""
        return self.cited(self._shows_caller, self.not_on_trunk, self._override)

    @once
    def _owned(self) -> CitedValue | None:
        held = self.held
        identity = self.identity
        if held is None or identity is None:
            return None
        for _, number in identity.judged[:1]:
            for document in held.files.of(
                "twilio.number", "twilio.caller_id", "retell.number", "vapi.number"
            ):
                node = _first_item(document, "number", shown(number) or "")
                if node is not None:
                    return CitedValue(document, node)
        return None

    @fact
    def cfg_number_owned(self) -> bool:
        """The number that the carrier checks is in the account's list of numbers."""
        return self._owned is not None

    @evidence("file_owned")
    def owned_places(self) -> list[Place]:
        """Where the number is listed."""
        return self.cited(self._owned)

    @once
    def _country(self) -> tuple[CitedValue, bool] | None:
        """Where the called country stands, or should stand, in the carrier's list; and whether it is off."""
        region = region_of(self.identity.callee) if self.identity is not None else None
        carrier = self.view.sides.callee.id
        if self.held is None or region is None:
            return None
        for document in self.held.files.of("twilio.permission", "telnyx.profile"):
            if document.kind.provider != carrier:
                continue
            countries = {one.upper() for one in document.texts("number.countries")}
            if countries and "*" not in countries and region not in countries:
                return cite(document, "number.countries"), True
            if str(document.value("country")).upper() == region and "country.allowed" in document.settings:
                return cite(document, "country.allowed"), document.value("country.allowed") is False
        return None

    @fact
    def cfg_country_off(self) -> bool:
        """The called country is switched off in the list of permissions, or is not on the carrier's list."""
        return self._country is not None and self._country[1]

    @evidence("file_country")
    def country_places(self) -> list[Place]:
        """Where the country stands in that list."""
        return self.cited(self._country[0] if self._country is not None else None)

    @once
    def _plus(self) -> CitedValue | None:
        if self.held is None or not user_of(self.uri)[:1].isdecimal():
            return None
        trunks = self.held.files.of("vapi.trunk")
        there = [
            one for one in trunks if any(same_trunk(str(host.value), self.uri) for host in gateway_hosts(one))
        ]
        for trunk in there or trunks[: len(trunks) == 1]:
            plus = trunk.settings.get("trunk.leading_plus")
            if plus is not None and plus.value is False:
                return CitedValue(trunk, plus.node, "" if plus.explicit else "outboundLeadingPlusEnabled")
        return None

    @fact
    def cfg_plus_off(self) -> bool:
        """The number was dialled without +, as the platform's trunk is set to."""
        return self._plus is not None

    @evidence("file_plus")
    def plus_places(self) -> list[Place]:
        """Where that is set."""
        return self.cited(self._plus)


def _first_item(document: Document, name: str, wanted: str) -> Node | None:
    """The item of a list that is this number."""
    setting = document.settings.get(name)
    if setting is None:
        return None
    items = setting.node.items() or [setting.node]
    return next((node for node in items if digits(str(node.value)) == digits(wanted)), None)
