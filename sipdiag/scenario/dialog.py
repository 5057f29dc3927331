"""State of a dialog while its ladder is played: tags, CSeq, branches, targets (RFC 3261 §12 and §17)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct, field

from sipdiag.scenario.digest import DigestChallenge
from sipdiag.scenario.party import ScenarioHost, user_part
from sipdiag.scenario.schema import DialogSpec
from sipdiag.scenario.session import ScenarioSdp
from sipdiag.scenario.tokens import Tokens

_OUTSIDE_DIALOGS = frozenset({"REGISTER", "CANCEL", "PUBLISH"})
_OF_THE_INVITE = frozenset({"ACK", "CANCEL", "PRACK"})
_FORMING = frozenset({"INVITE", "SUBSCRIBE", "REFER"})


class PlayedRequest(Struct, eq=False):
    """One request, on all hops of its way."""

    method: str
    cseq: int
    side: int
    """0: sent by the dialog's caller, 1: by its callee."""
    nodes: tuple[ScenarioHost, ...]
    """From the sender over the proxies to the receiver."""
    branches: tuple[str, ...]
    """Branch on each hop."""
    positions: tuple[int, ...]
    """Hops it is sent on, numbered from the sender; a fork's INVITE starts at the forking proxy."""
    uri: str
    to_tag: str
    """Tag that a response puts into To."""
    in_dialog: bool
    hop_by_hop: bool = False
    """CANCEL, and the ACK of a refusal: every hop sends its own (RFC 3261 §16.10, §17.1.1.3)."""
    final: int = 0
    challenge: DigestChallenge | None = None
    offer: ScenarioSdp | None = None
    had_body: bool = False

    @property
    def initial(self) -> bool:
        """Forms a dialog, so that proxies add Record-Route."""
        return not self.in_dialog and self.method in _FORMING


class Dialogue(Struct, eq=False):
    """A dialog of the scenario."""

    spec: DialogSpec
    parties: tuple[ScenarioHost, ScenarioHost]
    path: tuple[ScenarioHost, ...]
    tokens: Tokens
    parent: Dialogue | None = None
    """The dialog that this one forks or continues."""
    call_id: str = ""
    tags: list[str] = field(default_factory=list)
    """Of the caller and of the callee; the latter is empty until a response brings it."""
    cseq: list[int] = field(default_factory=list)
    confirmed: bool = False
    targets: list[str] = field(default_factory=list)
    """Contact URI of each side."""
    transactions: list[PlayedRequest] = field(default_factory=list)
    media: list[tuple[str, int] | None] = field(default_factory=lambda: [None, None])
    """Address and port of each side's RTP, from its latest session description."""
    rseq: int = 0

    def __post_init__(self) -> None:
        caller, callee = self.parties
        parent = self.parent
        name = self.spec.name
        self.call_id = (
            parent.call_id
            if parent
            else self.spec.call_id
            or self.tokens.pattern(caller.flavour.call_id.format(address=caller.address), name, "call-id")
        )
        self.tags = [parent.tags[0] if parent else self.tokens.pattern(caller.flavour.tag, name, "from"), ""]
        # A fork is the parent's own request; a continuation sends the next one.
        self.cseq = [
            parent.cseq[0] if parent else caller.flavour.first_cseq - 1,
            callee.flavour.first_cseq - 1,
        ]
        users = (self.spec.caller, self.spec.callee)
        self.targets = [
            p.contact(user, self.spec.transport) for p, user in zip(self.parties, users, strict=True)
        ]

    @property
    def uri(self) -> str:
        """Request-URI of the initial request."""
        return self.spec.uri or self.parties[1].uri(self.spec.callee)

    def address_of(self, side: int) -> str:
        """From or To value of a side, without tag."""
        user = (self.spec.caller, self.spec.callee)[side]
        value = f"<{self.parties[side].uri(user)}>"
        display = self.spec.display if side == 0 else ""
        if side == 0 and not display and self.parties[0].flavour.number_as_display:
            display = user_part(user)
        return f'"{display}" {value}' if display else value

    def sender_side(self, method: str, host: str) -> int | None:
        """Which side sends a request; None if ``host`` is on neither."""
        names = [party.name for party in self.parties]
        if host:
            return names.index(host) if host in names else None
        invite = self.latest("INVITE") if method in _OF_THE_INVITE else None
        return invite.side if invite else 0

    def latest(self, method: str, side: int | None = None) -> PlayedRequest | None:
        """The newest transaction of a method (and side)."""
        for transaction in reversed(self.transactions):
            if transaction.method == method and side in (None, transaction.side):
                return transaction
        return None

    def pending(self, method: str) -> PlayedRequest | None:
        """The newest transaction without a final response, of one method or of any."""
        for transaction in reversed(self.transactions):
            if not transaction.final and transaction.method != "ACK" and method in ("", transaction.method):
                return transaction
        return None

    def nodes(self, side: int, in_dialog: bool) -> tuple[ScenarioHost, ...]:
        """The way of a request: proxies that did not record a route see the first request only."""
        proxies = tuple(p for p in self.path if p.spec.record_route or not in_dialog)
        way = (self.parties[0], *proxies, self.parties[1])
        return way if side == 0 else way[::-1]

    def open(self, method: str, side: int) -> PlayedRequest:
        """A new transaction for a request of ``method`` by ``side``."""
        transaction = self._of_invite(method, side) or self._fresh(method, side)
        self.transactions.append(transaction)
        return transaction

    def fork_invite(self) -> PlayedRequest | None:
        """The parent's INVITE as this branch sees it."""
        original = self.parent.latest("INVITE", 0) if self.parent and self.spec.fork_of else None
        if not original:
            return None
        nodes = self.nodes(0, False)
        own = self._branches(nodes, "fork")
        branches = original.branches[: len(nodes) - 2] + own[len(nodes) - 2 :]
        return PlayedRequest(
            method="INVITE",
            cseq=original.cseq,
            side=0,
            nodes=nodes,
            branches=branches if len(nodes) > 2 else original.branches,
            positions=(len(nodes) - 2,) if len(nodes) > 2 else (0,),
            uri=original.uri,
            to_tag=self._new_tag(1),
            in_dialog=False,
            offer=original.offer,
            had_body=original.had_body,
        )

    def _of_invite(self, method: str, side: int) -> PlayedRequest | None:
        """CANCEL and the ACK of a refusal repeat the INVITE's branch; a fork's INVITE is its parent's."""
        if method == "INVITE" and not self.transactions:
            return self.fork_invite()
        invite = self.latest("INVITE", side)
        if not invite or not (method == "CANCEL" or (method == "ACK" and invite.final >= 300)):
            return None
        return PlayedRequest(
            method, invite.cseq, side, invite.nodes, invite.branches, invite.positions, invite.uri,
            invite.to_tag, invite.in_dialog, hop_by_hop=True,
        )  # fmt: skip

    def _fresh(self, method: str, side: int) -> PlayedRequest:
        in_dialog = self._in_dialog(method)
        invite = self.latest("INVITE", side)
        if method == "ACK" and invite:
            cseq = invite.cseq
        else:
            cseq = self.cseq[side] = self.cseq[side] + 1
        nodes = self.nodes(side, in_dialog)
        return PlayedRequest(
            method=method,
            cseq=cseq,
            side=side,
            nodes=nodes,
            branches=self._branches(nodes, method, len(self.transactions)),
            positions=tuple(range(len(nodes) - 1)),
            uri=self.targets[1 - side] if in_dialog else self.uri,
            to_tag=self.tags[1 - side] if in_dialog else self._new_tag(1 - side),
            in_dialog=in_dialog,
        )

    def _in_dialog(self, method: str) -> bool:
        if method in _OUTSIDE_DIALOGS or not self.tags[1]:
            return False
        return self.confirmed or method != "INVITE"

    def _branches(self, nodes: Sequence[ScenarioHost], *name: object) -> tuple[str, ...]:
        """A branch for each hop, in the form of the node that sends on it."""
        senders = enumerate(nodes[:-1])
        return tuple(
            self.tokens.pattern(node.flavour.branch, self.spec.name, "branch", *name, hop)
            for hop, node in senders
        )

    def _new_tag(self, side: int) -> str:
        return self.tokens.pattern(
            self.parties[side].flavour.tag, self.spec.name, "to", len(self.transactions)
        )

    def answered(self, transaction: PlayedRequest, status: int) -> None:
        """What a response changes in the dialog."""
        if status >= 200:
            transaction.final = status
        if not transaction.initial:
            return
        if 100 < status < 300:
            self.tags[1] = transaction.to_tag
            self.confirmed = self.confirmed or status >= 200
        elif status >= 300:
            self.tags[1] = ""
