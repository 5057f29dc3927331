"""Where a transfer was to go: the target as written, as a number, and whether a PSTN carrier can dial it."""

from __future__ import annotations

import re

from msgspec import Struct

from sipdiag.calls.parties import called_user, last_try, user_of
from sipdiag.facts.declare import fact
from sipdiag.facts.enums import Target, TargetHost
from sipdiag.facts.identity import shown
from sipdiag.facts.once import once
from sipdiag.facts.private import is_private
from sipdiag.facts.transferview import TransferView
from sipdiag.knowledge.number import Number
from sipdiag.knowledge.numbers import parse_number
from sipdiag.sip.address import NameAddr

SEPARATORS = str.maketrans("", "", "-. ()")
"""Visual separators of RFC 3966 §3, and blanks."""
E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
NESTED = frozenset({"sip", "sips", "tel"})
"""One URI inside another, ``sip:tel:+1555…@host``, reads as a user with a password."""
DIALABLE = re.compile(r"\+?[\d*#]+\Z")
SHORTEST_NUMBER = 7
"""Fewer digits than this are an extension or a short code."""
LONGEST_NATIONAL = 10
"""A number of more digits, without 0 in front, is an international one that lacks its ``+``."""


def form_of(target: NameAddr | None) -> Target:
    """The form of a Refer-To's target: what a PSTN carrier can and cannot dial."""
    if target is None:
        return Target.invalid
    user = (target.uri.user or "").translate(SEPARATORS)
    if user.lower() in NESTED and target.uri.password:
        return Target.invalid
    if not user and target.uri.host.isdigit():
        return Target.invalid  # In sip:2002 the number stands where the host belongs.
    if not user or not any(c.isdigit() for c in user):
        return Target.sip_name if target.uri.scheme in ("sip", "sips") and target.uri.host else Target.invalid
    if E164.match(user):
        return Target.e164
    if not DIALABLE.match(user):
        named = target.uri.scheme in ("sip", "sips") and user[0].isalpha()
        return Target.sip_name if named else Target.invalid
    if user.startswith("+"):
        return Target.invalid
    if len(user) < SHORTEST_NUMBER:
        return Target.extension
    if user.startswith("0") or len(user) <= LONGEST_NATIONAL:
        return Target.national
    return Target.no_plus


class _Written(Struct, frozen=True):
    """The target as the REFER, or the new leg's INVITE, has it; None where that was not captured."""

    user: str | None
    form: Target = Target.unknown
    is_uri: bool | None = None
    is_tel: bool | None = None


class TransferTarget:
    """The target of one transfer."""

    def __init__(self, view: TransferView) -> None:
        self._view = view

    @once
    def _readable(self) -> bool:
        """The REFER itself was captured, not only the answer to it."""
        refers = self._view.transfer.refers
        return not refers or refers[0].first.message.is_request

    @once
    def _written(self) -> _Written:
        refers = self._view.transfer.refers
        if not self._readable:
            return _Written(None)
        if not refers:
            invite = last_try(self._view.new_legs[0].leg) if self._view.new_legs else None
            return _Written(called_user(invite) if invite is not None else None, Target.unknown, True, False)
        first = refers[0].first
        address = first.message.refer_to
        if first.head_cut:
            # What was sent after the cut is unknown.
            return _Written(user_of(address))
        scheme = address.uri.scheme if address is not None else ""
        return _Written(user_of(address), form_of(address), scheme in ("sip", "sips", "tel"), scheme == "tel")

    @once
    def number(self) -> Number | None:
        """The target as a number, national forms read in the country of the called number."""
        return number_of(self._view, self._written.user)

    @fact(absent="an unreadable target")
    def target(self) -> str | None:
        """Refer-To's URI, or the number called by INVITE."""
        return self._view.transfer.target or None if self._readable else None

    @fact(absent="the target")
    def target_number(self) -> str | None:
        """The target as a number, E.164 where known."""
        return shown(self.number) or self._written.user or None

    @fact(for_expectations=True)
    def target_country(self) -> str | None:
        """Country of the target."""
        return self.number.country if self.number else None

    @fact
    def target_form(self) -> Target:
        """The form of the target; `unknown` where it was not captured whole, or the transfer is a new INVITE."""
        return self._written.form

    @fact
    def target_is_uri(self) -> bool | None:
        """The target is written as a sip:, sips: or tel: URI."""
        return self._written.is_uri

    @fact
    def target_is_tel(self) -> bool | None:
        """The target is written as a tel: URI."""
        return self._written.is_tel

    @fact
    def target_host(self) -> TargetHost:
        """Where the target's URI points; `unknown` without a URI that was captured."""
        refers = self._view.transfer.refers
        address = refers[0].first.message.refer_to if refers and self._readable else None
        return self._host(address.uri.host) if address is not None else TargetHost.unknown

    def _host(self, host: str) -> TargetHost:
        private = is_private(host)
        if not host:
            return TargetHost.number
        if host == self._view.transferee.host.address:
            return TargetHost.edge
        if host == self._view.transferor.host.address:
            return TargetHost.own
        if private is None:
            return TargetHost.domain
        # Both ends of a private network reach its addresses.
        unreachable = private and is_private(self._view.transferee.host.address) is False
        return TargetHost.private if unreachable else TargetHost.address

    @fact
    def target_own_dialog(self) -> bool:
        """The Replaces in the target names the very dialog that the REFER is sent in."""
        refers = self._view.transfer.refers
        refer = refers[0].first.message if refers and self._readable else None
        replaces = refer.refer_to.uri.replaces if refer is not None and refer.refer_to is not None else None
        if refer is None or replaces is None or replaces.call_id != refer.call_id:
            return False
        return {replaces.to_tag, replaces.from_tag} == {refer.to_tag, refer.from_tag}

    @fact
    def target_pstn(self) -> bool:
        """The REFER goes to a PSTN carrier that dials the target itself, so that it must be dialable there."""
        side = self._view.transferee
        if side.kind != "carrier" or side.provider is None or side.recognition is None:
            return False
        return not side.provider.refer_of(side.recognition.product).by_webhook


def number_of(view: TransferView, text: str | None) -> Number | None:
    """The target as a number, national forms read in the country of the called number."""
    if not text:
        return None
    home = None
    invite = last_try(view.base.leg) if view.base is not None else None
    if invite is not None and (called := called_user(invite)):
        own = parse_number(called, None)
        home = own.region if own is not None else None
    return parse_number(text, home)
