"""Numbers: which is shown, whose it is, which country is switched on, and how it is dialled."""

from __future__ import annotations

from sipdiag.facts.configuration.check import Cite, cite
from sipdiag.facts.configuration.files import is_variable, user_of
from sipdiag.facts.configured.beside import Beside
from sipdiag.facts.configured.call import first_item
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.identity import region_of, shown
from sipdiag.facts.once import once
from sipdiag.position import Place


class NumberSettings(Beside):
    """What the files say of the numbers of a leg."""

    @once
    def _shows_caller(self) -> Cite | None:
        """What makes this leg show the caller's number."""
        held = self.held
        if held is None:
            return None
        for bound in held.bindings:
            if bound.leg == self.view.leg.id and "call.from" in bound.document.settings:
                return cite(bound.document, "call.from")
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

    @evidence("file_caller")
    def caller_places(self) -> list[Place]:
        """Where that is set."""
        return self.cited(self._shows_caller)

    @once
    def _owned(self) -> Cite | None:
        held = self.held
        identity = self.identity
        if held is None or identity is None:
            return None
        for _, number in identity.judged[:1]:
            for document in held.files.of(
                "twilio.number", "twilio.caller_id", "retell.number", "vapi.number"
            ):
                node = first_item(document, "number", shown(number) or "")
                if node is not None:
                    return Cite(document, node)
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
    def _country(self) -> Cite | None:
        """The entry of the called country in the list of permissions."""
        region = region_of(self.identity.callee) if self.identity is not None else None
        if self.held is None or region is None or self.view.sides.callee.id != "twilio":
            return None
        for document in self.held.files.of("twilio.permission"):
            if str(document.value("country")).upper() == region and "country.allowed" in document.settings:
                return cite(document, "country.allowed")
        return None

    @fact
    def cfg_country_off(self) -> bool:
        """The called country is switched off in the list of permissions."""
        return self._country is not None and self._country.node.value is False

    @evidence("file_country")
    def country_places(self) -> list[Place]:
        """Where the country stands in that list."""
        return self.cited(self._country)

    @once
    def _plus(self) -> Cite | None:
        opening = self.view.opening
        uri = opening.first.message.uri or "" if opening is not None else ""
        if self.held is None or not user_of(uri)[:1].isdecimal():
            return None
        for trunk in self.held.files.of("vapi.trunk"):
            plus = trunk.settings.get("trunk.leading_plus")
            if plus is not None and plus.value is False:
                return Cite(trunk, plus.node, "" if plus.explicit else "outboundLeadingPlusEnabled")
        return None

    @fact
    def cfg_plus_off(self) -> bool:
        """The number was dialled without +, as the platform's trunk is set to."""
        return self._plus is not None

    @evidence("file_plus")
    def plus_places(self) -> list[Place]:
        """Where that is set."""
        return self.cited(self._plus)
