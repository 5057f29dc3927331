"""Plays a ladder: steps become messages with time, sender, receiver and bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from sipdiag.scenario.compose import Composer
from sipdiag.scenario.dialog import Dialogue, PlayedRequest
from sipdiag.scenario.keying import checks, handshake
from sipdiag.scenario.line import STREAMED
from sipdiag.scenario.media import PLAIN, TWICE_NS, faults, reports, stream
from sipdiag.scenario.party import PacketEnd, make_party
from sipdiag.scenario.schema import LadderLine, Scenario
from sipdiag.scenario.tokens import Tokens

_REFERENCE = re.compile(r"\{(\w+)\.(call_id|from_tag|to_tag|target)\}")
_SECOND = 1_000_000_000
_HOP_NS = 700_000
"""What a proxy takes to pass a message on."""
_OVERTAKES_NS = 50_000
"""How much earlier a reordered message is captured than the line above it."""
_PAUSES = {100: 0.004, 180: 0.35, 183: 0.35, 200: 0.022, "ACK": 0.011, "PRACK": 0.010}
_PAUSE = 0.040


class SentMessage(Struct, frozen=True):
    """A message on its way over one hop."""

    time_ns: int
    src: PacketEnd
    dst: PacketEnd
    transport: str
    data: bytes
    flags: frozenset[str]
    delay_ns: int = 0
    """How much later than its time it is captured (earlier if negative); its place in a stream stays."""
    dscp: int = 0
    """How its IP packet is marked (RFC 2474)."""


def _end(own: PacketEnd, other: str) -> PacketEnd:
    """Where a stream or message comes from or goes to, if it is not the end that it should."""
    address, _, port = other.rpartition(":")
    return replace(own, address=address.strip("[]"), port=int(port)) if other else own


def play(scenario: Scenario) -> list[SentMessage]:
    """Every message of the ladder in order of time, also those that are ``lost``."""
    return _Play(scenario).run()


class _Play:
    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._tokens = Tokens(scenario.seed)
        self._parties = {name: make_party(spec, self._tokens) for name, spec in scenario.hosts.items()}
        self._dialogs: dict[str, Dialogue] = {}
        self._composer = Composer(self._resolve, self._replaces)
        self._sent: dict[tuple[str, str, int, str], list[SentMessage]] = {}
        self._clock = scenario.start_ns
        self._before = scenario.start_ns
        """When the first message of the line above was sent."""

    def run(self) -> list[SentMessage]:
        result: list[SentMessage] = []
        for index, step in enumerate(self._scenario.ladder):
            self._tick(step, index)
            batch = self._repeat(step) if "again" in step.flags else self._send(step)
            result += self._disturbed(step, batch)
            self._before = batch[0].time_ns if batch else self._clock
        return sorted(result, key=lambda sent: sent.time_ns)

    def _tick(self, step: LadderLine, index: int) -> None:
        noise = self._tokens.number(0, 400, "noise", index) * 1000
        if step.at is not None:
            self._clock = self._scenario.start_ns + round(step.at * 1e6) * 1000 + noise
        elif index:
            pause = _PAUSES.get(step.status or step.method, _PAUSE) if step.after is None else step.after
            self._clock += round(pause * 1e6) * 1000 + noise

    def _disturbed(self, step: LadderLine, batch: list[SentMessage]) -> list[SentMessage]:
        delay = round(step.late * _SECOND)
        if "reorder" in step.flags:
            if step is self._scenario.ladder[0]:
                raise self._error(step, "'reorder' needs a line above it")
            delay += self._before - self._clock - _OVERTAKES_NS
        return [replace(sent, delay_ns=delay) for sent in batch] if delay else batch

    def _dialog(self, name: str) -> Dialogue:
        if name not in self._dialogs:
            spec = self._scenario.dialogs[name]
            parent = spec.fork_of or spec.continues
            self._dialogs[name] = Dialogue(
                spec=spec,
                parties=(self._parties[spec.from_], self._parties[spec.to]),
                path=tuple(self._parties[proxy] for proxy in spec.path),
                tokens=self._tokens,
                parent=self._dialog(parent) if parent else None,
            )
        return self._dialogs[name]

    def _send(self, step: LadderLine) -> list[SentMessage]:
        dialog = self._dialog(step.dialog)
        if step.method in STREAMED:
            return self._stream(dialog, step)
        if step.status:
            transaction = self._answered(dialog, step)
            messages = self._composer.response(dialog, transaction, step)
            dialog.answered(transaction, step.status)
        else:
            transaction = self._opened(dialog, step)
            messages = self._composer.request(dialog, transaction, step)
        batch = self._on_wire(step, transaction, messages)
        for of in (transaction.method, ""):
            self._sent[step.dialog, step.method, step.status, of] = batch
        return batch

    def _stream(self, dialog: Dialogue, step: LadderLine) -> list[SentMessage]:
        if None in dialog.media:
            raise self._error(step, f"{step.method} needs an offer and an answer before it")
        names = [party.name for party in dialog.parties]
        ends = [
            PacketEnd(name, *place)
            for name, place in zip(names, dialog.media, strict=True)
            if place is not None
        ]
        batch: list[SentMessage] = []
        for side in (0, 1):
            if step.sender in ("", names[side]):
                one_way = self._one_way if step.method == "RTP" else self._set_up
                batch += one_way(dialog, step, side, ends[side], ends[1 - side])
        return sorted(batch, key=lambda sent: sent.time_ns)

    def _one_way(
        self, dialog: Dialogue, step: LadderLine, side: int, src: PacketEnd, dst: PacketEnd
    ) -> Iterator[SentMessage]:
        """The RTP of one side, and the reports of the other about it."""
        spec, name = step.media or PLAIN, dialog.spec.name
        src, dst = _end(src, spec.src), _end(dst, spec.dst)
        packets = stream(self._tokens, step.seconds, name, side, spec=spec)
        hit = faults(self._tokens, step.shares, name, side, step.line)
        for (offset, packet), (flags, delay) in zip(packets, hit, strict=False):
            sent = SentMessage(
                self._clock + offset, src, dst, "udp", packet, step.flags | flags - {"twice"}, dscp=spec.dscp
            )
            yield replace(sent, delay_ns=delay) if delay else sent
            if "twice" in flags:
                yield replace(sent, time_ns=sent.time_ns + TWICE_NS)
        if spec.reported_lost is not None:
            back = replace(dst, port=dst.port + 1), replace(src, port=src.port + 1)
            for offset, packet in reports(self._tokens, step.seconds, name, side, spec=spec):
                yield SentMessage(self._clock + offset, *back, "udp", packet, step.flags)

    def _set_up(
        self, dialog: Dialogue, step: LadderLine, side: int, src: PacketEnd, dst: PacketEnd
    ) -> Iterator[SentMessage]:
        """The checks that one side asks, or the handshake that it begins."""
        spec = step.media or PLAIN
        src, dst = _end(src, spec.src), _end(dst, spec.dst)
        if step.method == "STUN":
            packets = checks(self._tokens, step.seconds, side, spec, dialog.spec.name, side, step.line)
        else:
            packets = handshake(step.seconds, side, spec)
        for offset, back, packet in packets:
            ends = (dst, src) if back else (src, dst)
            yield SentMessage(self._clock + offset, *ends, "udp", packet, step.flags)

    def _opened(self, dialog: Dialogue, step: LadderLine) -> PlayedRequest:
        side = dialog.sender_side(step.method, step.sender)
        if side is None:
            raise self._error(step, f"host {step.sender!r} is on neither side of dialog {step.dialog!r}")
        if step.method in ("ACK", "CANCEL", "PRACK") and not dialog.latest("INVITE", side):
            if not (step.method == "CANCEL" and dialog.fork_invite()):
                raise self._error(step, f"{step.method} without an INVITE by the same side before it")
            dialog.open("INVITE", side)
        return dialog.open(step.method, side)

    def _answered(self, dialog: Dialogue, step: LadderLine) -> PlayedRequest:
        if not dialog.transactions and dialog.fork_invite():
            dialog.open("INVITE", 0)
        transaction = dialog.pending(step.of)
        if transaction is None:
            # A second final response is a fault that a ladder may want; a response to nothing is a slip.
            transaction = dialog.latest(step.of) if step.of else None
        if transaction is None:
            raise self._error(step, f"{step.status} answers nothing: no request of {step.dialog!r} is open")
        if step.sender and dialog.parties[1 - transaction.side].name != step.sender:
            raise self._error(step, f"{step.status} to {transaction.method} cannot come from {step.sender!r}")
        return transaction

    def _on_wire(
        self, step: LadderLine, transaction: PlayedRequest, messages: dict[int, bytes]
    ) -> list[SentMessage]:
        batch = []
        transport = self._scenario.dialogs[step.dialog].transport
        for delay, (position, data) in enumerate(messages.items()):
            hops = len(transaction.nodes) - 1
            link = position if transaction.side == 0 else hops - 1 - position
            if step.links is not None and link not in step.links:
                continue
            src, dst = transaction.nodes[position].endpoint, transaction.nodes[position + 1].endpoint
            if step.status:
                src, dst = dst, src
            src, dst = _end(src, step.src), _end(dst, step.dst)
            batch.append(SentMessage(self._clock + delay * _HOP_NS, src, dst, transport, data, step.flags))
        return batch

    def _repeat(self, step: LadderLine) -> list[SentMessage]:
        key = (step.dialog, step.method, step.status, step.of)
        if key not in self._sent:
            raise self._error(step, "'again' needs the same message earlier in the ladder")
        before = self._sent[key]
        shift = self._clock - before[0].time_ns if before else 0
        return [
            replace(sent, time_ns=sent.time_ns + shift, flags=step.flags)
            for index, sent in enumerate(before)
            if step.links is None or index in step.links
        ]

    def _resolve(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            dialog = self._dialogs.get(match.group(1))
            if dialog is None:
                return match.group(0)
            return {
                "call_id": dialog.call_id,
                "from_tag": dialog.tags[0],
                "to_tag": dialog.tags[1],
                "target": dialog.targets[1],
            }[match.group(2)]

        return _REFERENCE.sub(value, text)

    def _replaces(self, name: str, host: str, is_reader: bool) -> str:
        dialog = self._dialog(name)
        reads = (dialog.parties[0].name == host) == is_reader
        local, remote = dialog.tags if reads else dialog.tags[::-1]
        return f"{dialog.call_id};to-tag={local};from-tag={remote}"

    def _error(self, step: LadderLine, text: str) -> Exception:
        return self._scenario.error(step.line, text)
