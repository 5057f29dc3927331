"""One message on one hop: start line, headers in the usual order, body."""

from __future__ import annotations

import re
from collections.abc import Callable

from sipdiag.scenario.body import request_body, response_body
from sipdiag.scenario.dialog import Dialogue, PlayedRequest
from sipdiag.scenario.digest import DigestChallenge, credentials
from sipdiag.scenario.party import ScenarioHost, user_part
from sipdiag.scenario.phrases import phrase
from sipdiag.scenario.routing import Fields, hop_uri, recorded_in_response, routes, vias
from sipdiag.scenario.schema import LadderLine

Headers = tuple[tuple[str, tuple[str, ...]], ...]

_WITH_CONTACT = frozenset({"INVITE", "UPDATE", "SUBSCRIBE", "NOTIFY", "REFER", "REGISTER", "OPTIONS"})
_WITH_ALLOW = frozenset({"INVITE", "REFER", "OPTIONS", "UPDATE"})
_AGENTLESS = frozenset({"ACK", "CANCEL"})
_URI_IN_BRACKETS = re.compile(r"<([^>]*)>")


class Composer:
    """Writes the messages of a scenario; ``resolve`` fills in references such as ``{a.call_id}``."""

    def __init__(self, resolve: Callable[[str], str], replaces: Callable[[str, str, bool], str]) -> None:
        self._resolve = resolve
        self._replaces = replaces
        """(dialog name, host name, it is the reader) → Replaces value as that host, or its peer, must read it."""

    def request(self, dialog: Dialogue, transaction: PlayedRequest, step: LadderLine) -> dict[int, bytes]:
        """A request's bytes by hop."""
        body = request_body(dialog, transaction, step)
        common = self._request_fields(dialog, transaction, step)
        given = (
            (*dialog.spec.headers,) if not transaction.in_dialog and not transaction.hop_by_hop else ()
        ) + step.headers
        result = {}
        for position in transaction.positions:
            uri = hop_uri(dialog, transaction, position)
            fields: Fields = [("Via", via) for via in vias(dialog, transaction, position, answered=False)]
            fields.append(
                ("Max-Forwards", str(dialog.parties[transaction.side].flavour.max_forwards - position))
            )
            fields += routes(dialog, transaction, position)
            fields += common
            result[position] = self._encode(f"{transaction.method} {uri} SIP/2.0", fields, given, step, body)
        if contact := _given_contact(given):
            dialog.targets[transaction.side] = contact
        return result

    def response(self, dialog: Dialogue, transaction: PlayedRequest, step: LadderLine) -> dict[int, bytes]:
        """A response's bytes by hop."""
        body = response_body(dialog, transaction, step)
        common = self._response_fields(dialog, transaction, step, dialog.parties[1 - transaction.side])
        result = {}
        for position in _response_hops(transaction, step.status):
            # A 100 never passes a proxy: each writes its own (RFC 3261 §16.7).
            party = transaction.nodes[position + 1] if step.status == 100 else transaction.nodes[-1]
            if step.status == 100:
                common = self._response_fields(dialog, transaction, step, party)
            text = step.phrase or (party.flavour.trying if step.status == 100 else phrase(step.status))
            fields: Fields = [("Via", via) for via in vias(dialog, transaction, position, answered=True)]
            result[position] = self._encode(
                f"SIP/2.0 {step.status} {text}", fields + common, step.headers, step, body
            )
        if 200 <= step.status < 300 and (contact := _given_contact(step.headers)):
            dialog.targets[1 - transaction.side] = contact
        return result

    def _request_fields(self, dialog: Dialogue, transaction: PlayedRequest, step: LadderLine) -> Fields:
        method, side = transaction.method, transaction.side
        party = dialog.parties[side]
        flavour = party.flavour
        fields: Fields = [
            ("From", f"{dialog.address_of(side)};tag={dialog.tags[side]}"),
            ("To", _request_to(dialog, transaction)),
            ("Call-ID", dialog.call_id),
            ("CSeq", f"{transaction.cseq} {method}"),
        ]
        if method in _WITH_CONTACT:
            fields.append(("Contact", f"<{dialog.targets[side]}>"))
        fields += self._method_fields(dialog, transaction, step)
        if method in _WITH_ALLOW:
            fields.append(("Allow", flavour.allow))
        if flavour.supported and method == "INVITE":
            fields.append(("Supported", flavour.supported))
        agent = (
            flavour.bye_agent
            if method == "BYE" and side == 0 and flavour.bye_agent
            else flavour.request_agent
        )
        if agent and method not in _AGENTLESS:
            fields.append(("User-Agent", agent))
        if "noauth" not in step.flags and not transaction.hop_by_hop:
            fields += _authorization(dialog, transaction, party)
        if transaction.initial and method == "INVITE":
            users = {"caller": user_part(dialog.spec.caller), "callee": user_part(dialog.spec.callee)}
            fields += _product_headers(dialog, flavour.invite_headers, users)
        return fields

    def _method_fields(self, dialog: Dialogue, transaction: PlayedRequest, step: LadderLine) -> Fields:
        method = transaction.method
        if method == "PRACK":
            invite = dialog.latest("INVITE", transaction.side)
            return [("RAck", f"{dialog.rseq} {invite.cseq if invite else 1} INVITE")]
        if method == "REGISTER":
            return [("Expires", "3600")]
        if method == "REFER":
            return [("Refer-To", self._refer_to(dialog, transaction, step))]
        if method == "INVITE" and step.replaces:
            return [
                ("Replaces", self._replaces(step.replaces, dialog.parties[1 - transaction.side].name, True))
            ]
        if method == "NOTIFY":
            refer = dialog.latest("REFER", 1 - transaction.side)
            state = "terminated;reason=noresource" if step.notified >= 200 else "active;expires=60"
            return [("Event", f"refer;id={refer.cseq}" if refer else "refer"), ("Subscription-State", state)]
        return []

    def _refer_to(self, dialog: Dialogue, transaction: PlayedRequest, step: LadderLine) -> str:
        target = step.target.strip("<>")
        if step.replaces:
            value = self._replaces(step.replaces, dialog.parties[transaction.side].name, False)
            escaped = value.replace(";", "%3B").replace("=", "%3D").replace("@", "%40")
            return f"<{target}?Replaces={escaped}>"
        bare = dialog.parties[transaction.side].flavour.bare_tel and target.startswith("tel:")
        return target if bare and not step.target.startswith("<") else f"<{target}>"

    def _response_fields(
        self, dialog: Dialogue, transaction: PlayedRequest, step: LadderLine, party: ScenarioHost
    ) -> Fields:
        status, side = step.status, transaction.side
        fields: Fields = []
        if transaction.initial and 100 < status < 300:
            fields += recorded_in_response(dialog, transaction)
        tag = _response_tag(dialog, transaction, step)
        fields += [
            ("From", f"{dialog.address_of(side)};tag={dialog.tags[side]}"),
            ("To", dialog.address_of(_to_side(transaction)) + (f";tag={tag}" if tag else "")),
            ("Call-ID", dialog.call_id),
            ("CSeq", f"{transaction.cseq} {transaction.method}"),
        ]
        if status < 300 and status > 100 and transaction.method in _WITH_CONTACT - {"NOTIFY"}:
            fields.append(
                ("Contact", f"<{dialog.targets[1 - side if transaction.method != 'REGISTER' else side]}>")
            )
        if status // 100 == 3 and step.target:
            fields.append(("Contact", f"<{step.target.strip('<>')}>"))
        if 200 <= status < 300 and transaction.method == "INVITE":
            fields.append(("Allow", party.flavour.allow))
        if status in (401, 407):
            transaction.challenge = DigestChallenge(
                realm=step.realm or party.realm,
                nonce=dialog.tokens.pattern("%32x", dialog.spec.name, "nonce", len(dialog.transactions)),
                proxy=status == 407,
                stale="stale" in step.flags,
            )
            fields.append(transaction.challenge.header)
        if "reliable" in step.flags:
            dialog.rseq += 1
            fields += [("Require", "100rel"), ("RSeq", str(dialog.rseq))]
        if party.flavour.server:
            fields.append(("Server", party.flavour.server))
        if status > 100:
            fields += _product_headers(dialog, party.flavour.reply_headers, {})
        return fields

    def _encode(
        self, start: str, fields: Fields, given: Headers, step: LadderLine, body: tuple[str, bytes]
    ) -> bytes:
        if step.hex is not None:
            return step.hex
        if step.raw is not None:
            return self._resolve(step.raw).replace("\r\n", "\n").replace("\n", "\r\n").encode()
        for name, values in given:
            fields = _with_header(fields, name, [self._resolve(value) for value in values])
        dropped = {name.lower() for name in step.remove}
        fields = [field for field in fields if field[0].lower() not in dropped]
        kind, content = body
        written = {name.lower() for name, _ in fields} | dropped
        if kind and "content-type" not in written:
            fields.append(("Content-Type", kind))
        if "content-length" not in written:
            fields.append(("Content-Length", str(len(content))))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields)
        return f"{self._resolve(step.start) or start}\r\n{head}\r\n".encode() + content


def _response_hops(transaction: PlayedRequest, status: int) -> list[int]:
    """Hops of a response in the order of its travel; each proxy sends its own 100."""
    if status == 100 or transaction.method == "CANCEL":
        return list(transaction.positions)
    travels = 100 < status < 300 and transaction.method == "INVITE"
    positions = range(len(transaction.nodes) - 1) if travels else transaction.positions
    return sorted(positions, reverse=True)


def _with_header(fields: Fields, name: str, values: list[str]) -> Fields:
    """The fields with a header replaced where it stands, or added at the end."""
    places = [index for index, field in enumerate(fields) if field[0].lower() == name.lower()]
    where = places[0] if places else len(fields)
    rest = [field for field in fields if field[0].lower() != name.lower()]
    return rest[:where] + [(name, value) for value in values] + rest[where:]


def _given_contact(given: Headers) -> str:
    for name, values in given:
        if name.lower() in ("contact", "m") and (match := _URI_IN_BRACKETS.search(values[0])):
            return match.group(1)
    return ""


def _to_side(transaction: PlayedRequest) -> int:
    return transaction.side if transaction.method == "REGISTER" else 1 - transaction.side


def _request_to(dialog: Dialogue, transaction: PlayedRequest) -> str:
    value = dialog.address_of(_to_side(transaction))
    tagged = transaction.in_dialog or (transaction.hop_by_hop and transaction.method == "ACK")
    return f"{value};tag={transaction.to_tag}" if tagged else value


def _response_tag(dialog: Dialogue, transaction: PlayedRequest, step: LadderLine) -> str:
    if step.to_tag:
        transaction.to_tag = step.to_tag
    if step.status == 100 and not transaction.in_dialog:
        return ""
    invite = dialog.latest("INVITE", transaction.side)
    return invite.to_tag if transaction.method == "CANCEL" and invite else transaction.to_tag


def _product_headers(
    dialog: Dialogue, patterns: tuple[tuple[str, str], ...], users: dict[str, str]
) -> Fields:
    fields = []
    for name, pattern in patterns:
        for key, value in users.items():
            pattern = pattern.replace(f"{{{key}}}", value)
        owner = "account" if name.endswith("AccountSid") else dialog.spec.name
        fields.append((name, dialog.tokens.pattern(pattern, owner, name)))
    return fields


def _authorization(dialog: Dialogue, transaction: PlayedRequest, party: ScenarioHost) -> Fields:
    """Credentials for every realm that challenged the tries right before this one."""
    challenges: dict[str, DigestChallenge] = {}
    before = [t for t in dialog.transactions if t.method == transaction.method and t.side == transaction.side]
    if dialog.parent and dialog.spec.continues:
        before = [
            t for t in dialog.parent.transactions if t.method == transaction.method and not t.side
        ] + before
    for earlier in reversed([t for t in before if t is not transaction]):
        if not earlier.challenge or earlier.final not in (401, 407):
            break
        challenges.setdefault(earlier.challenge.realm, earlier.challenge)
    user = party.spec.user or "voice-trunk"
    password = party.spec.password or "s3cret-of-the-trunk"
    return [
        credentials(challenge, user, password, transaction.method, transaction.uri, dialog.tokens)
        for challenge in challenges.values()
    ]
