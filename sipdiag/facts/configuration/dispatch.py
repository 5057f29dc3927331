"""LiveKit's dispatch rules and outbound trunks."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from sipdiag.facts.configuration.check import CitedValue, Spot, check, first_value, spot
from sipdiag.facts.configuration.files import Files, digits, is_variable, listed

if TYPE_CHECKING:
    from sipdiag.context.documents import Document

_ADDRESS_FAULT = re.compile(r"^sips?:|@|;|://|\s|,", re.IGNORECASE)
SHORTEST_NATIONAL = 7
"""Digits of a number without its country that tell it from others."""
_DISPATCH_FILE = re.compile(r"dispatch|rule", re.IGNORECASE)


def rule_lists(files: Files) -> tuple[list[Document], list[Document]]:
    """The dispatch rules found in lists, and the lists that are empty."""
    rules = [one for one in files.of("livekit.dispatch_rule") if one.wrapper == "items"]
    empty = [
        one
        for one in files.of("livekit.empty_list")
        if _DISPATCH_FILE.search(one.file.name.rpartition("/")[2])
    ]
    return rules, empty


def takes(rule: Document, trunk: Document) -> bool:
    """A rule applies to calls of a trunk: it names it, or names none."""
    named = rule.texts("rule.trunks")
    ident = trunk.value("trunk.id")
    return not named or ident is None or ident in named


def _is_called(files: Files, trunk: Document) -> bool:
    """A call of the capture may be the trunk's, or there is no capture: what other trunks lack is not of interest."""
    numbers = [digits(one) for one in trunk.texts("trunk.numbers")]
    return (
        not files.called or not numbers or any(_ends_alike(*both) for both in product(numbers, files.called))
    )


def _ends_alike(one: str, other: str) -> bool:
    """The same number, which one of them may have without its country."""
    shorter, longer = sorted((one, other), key=len)
    return len(shorter) >= SHORTEST_NATIONAL and longer.endswith(shorter)


@check
def no_dispatch_rule(files: Files) -> Spot | None:
    """A list of dispatch rules is given, and none takes an inbound trunk."""
    listed_rules, empty = rule_lists(files)
    rules = files.of("livekit.dispatch_rule")
    if not listed_rules and not empty:
        return None
    for trunk in files.of("livekit.inbound_trunk"):
        if any(takes(rule, trunk) for rule in rules) or not _is_called(files, trunk):
            continue
        ident = trunk.settings.get("trunk.id")
        cites = [
            CitedValue(rule, rule.settings["rule.trunks"].node)
            for rule in rules
            if "rule.trunks" in rule.settings
        ]
        cites += [CitedValue(one, one.node.get("items") or one.node) for one in empty]
        cites.append(CitedValue(trunk, ident.node) if ident is not None else CitedValue(trunk, trunk.node))
        return spot(files, cites, value=str(ident.value) if ident is not None else "", grave=not rules)
    return None


@check
def dispatch_trunk_unknown(files: Files) -> Spot | None:
    """A dispatch rule names a trunk that is not in the list, or an outbound trunk."""
    inbound = files.of("livekit.inbound_trunk")
    whole_list = any(trunk.wrapper == "items" for trunk in inbound)
    known = {trunk.value("trunk.id") for trunk in inbound}
    outbound = {trunk.value("trunk.id") for trunk in files.of("livekit.outbound_trunk")} - {None}
    cites = []
    grave = False
    for rule in files.of("livekit.dispatch_rule"):
        for node in listed(rule.settings.get("rule.trunks")):
            if node.value in outbound or (whole_list and node.value not in known):
                grave = grave or node.value in outbound
                cites.append(CitedValue(rule, node))
    return spot(files, cites, value=first_value(cites), grave=grave)


@check
def dispatch_inbound_numbers_is_own(files: Files) -> Spot | None:
    """A rule's `inbound_numbers`, which are calling numbers, hold a number of our own."""
    cites = [
        CitedValue(rule, node)
        for rule in files.of("livekit.dispatch_rule")
        for node in listed(rule.settings.get("rule.callers"))
        if digits(str(node.value)) in files.own_numbers
    ]
    return spot(files, cites, value=first_value(cites))


@check
def dispatch_number_form(files: Files) -> Spot | None:
    """A rule's number is written differently from the trunk's, and is compared as text."""
    written = {
        digits(str(node.value)): str(node.value)
        for trunk in files.of("livekit.inbound_trunk")
        for node in listed(trunk.settings.get("trunk.numbers"))
    }
    for rule in files.of("livekit.dispatch_rule"):
        for node in listed(rule.settings.get("rule.numbers")):
            text = str(node.value)
            other = written.get(digits(text))
            if digits(text) and other is not None and other != text and other.startswith("+"):
                return spot(files, [CitedValue(rule, node)], value=text, other=other)
    return None


@check
def outbound_address_form(files: Files) -> Spot | None:
    """An outbound trunk's address is more than a host."""
    cites = []
    for trunk in files.of("livekit.outbound_trunk"):
        address = trunk.settings.get("trunk.host")
        if (
            address is not None
            and not is_variable(str(address.value))
            and _ADDRESS_FAULT.search(str(address.value))
        ):
            cites.append(CitedValue(trunk, address.node))
    return spot(files, cites, value=first_value(cites))


@check
def outbound_no_numbers(files: Files) -> Spot | None:
    """An outbound trunk has no number to show."""
    cites = []
    for trunk in files.of("livekit.outbound_trunk"):
        if not trunk.texts("trunk.numbers"):
            held = trunk.node.get("numbers")
            cites.append(
                CitedValue(trunk, held) if held is not None else CitedValue(trunk, trunk.node, "numbers")
            )
    return spot(files, cites)


@check
def deprecated_form(files: Files) -> Spot | None:
    """A LiveKit document has a form that is refused or deprecated."""
    cites = [
        CitedValue(one, one.node.get("inbound_numbers_regex") or one.node)
        for one in files.of("livekit.trunk_legacy")
    ]
    grave = bool(cites)
    for rule in files.of("livekit.dispatch_rule"):
        if not rule.wrapper and rule.value("rule.id") is None:
            cites.append(CitedValue(rule, rule.node.get("rule") or rule.node))
    return spot(files, cites, value=cites[0].node.key if cites else "", grave=grave)
