"""What should have arrived at the next capture point but did not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from sipdiag.capture.losses import Losses
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.messages.clocks import FlowDelay, Flows
from sipdiag.messages.events import Key, event_of
from sipdiag.messages.in_common import way
from sipdiag.messages.located import PointGroup, Relation

LATEST_NS = 32_000_000_000
"""64·T1 (RFC 3261 §17.1.1.2): how long a request is retransmitted."""
MARGIN_NS = 200_000_000
"""A capture covers a moment if it ran this long before and after it."""

_Cseq = tuple[str, int | None, str]


class Missing(NamedTuple):
    """A message that did not arrive."""

    captured: CapturedMessage
    point: int
    """Where it did not arrive."""
    lag_ns: int
    """The usual delay on the way there."""
    sure: bool
    """That point was capturing before."""


class _Exchange(Struct):
    """Responses of one request at one point."""

    finals: list[tuple[int, int]]
    """Time and status."""
    relayed: bool = False
    """Any response but 100, which each hop gives itself."""


class _End:
    """What one of the two points saw."""

    def __init__(self, point: int, messages: Sequence[CapturedMessage]) -> None:
        self.point = point
        self.messages = messages
        self.events: dict[Key, list[int]] = defaultdict(list)
        """The times of each message."""
        self.asked: dict[_Cseq, list[int]] = defaultdict(list)
        """The times of each request."""
        self.exchanges: dict[_Cseq, _Exchange] = {}
        for one in messages:
            message = one.message
            self.events[event_of(message)].append(one.time_ns)
            if message.is_request:
                self.asked[_cseq(one)].append(one.time_ns)
            else:
                known = self.exchanges.setdefault(_cseq(one), _Exchange([]))
                status = message.status or 0
                known.relayed |= status > 100
                if status >= 200:
                    known.finals.append((one.time_ns, status))
            message.forget()


class Arrivals:
    """Two points, the messages that both saw, and those that one of them lacks."""

    def __init__(
        self,
        relation: Relation,
        pairs: Sequence[tuple[CapturedMessage, CapturedMessage]],
        by_point: Sequence[Sequence[CapturedMessage]],
        spans: Mapping[int, tuple[int, int]],
        losses: Losses,
        groups: Sequence[PointGroup],
        logs: Mapping[int, frozenset[str]],
    ) -> None:
        """``logs``: the own addresses of the programs whose logs are points, where the logs do not print them."""
        self._ends = tuple(_End(point, by_point[point]) for point in (relation.one, relation.other))
        self._paired = {one for pair in pairs for one in pair}
        self._error_ns = relation.error_ns
        self._spans, self._losses, self._groups, self._logs = spans, losses, groups, logs
        self._onward: tuple[Flows, Flows] = (dict(relation.flows), {})
        self._ways: tuple[set[tuple[str, str]], set[tuple[str, str]]] = (set(), set())
        """Ways between two hosts on which something was seen at both."""
        self._ports: tuple[set[tuple[str, Host]], set[tuple[str, Host]]] = (set(), set())
        """Host pairs with a port that both points saw in either direction: no capture filter excludes them."""
        self._remade: set[frozenset[str]] = set()
        """Host pairs with something in between that rewrites messages: a proxy, an SBC."""
        for one, other in pairs:
            self._learn(one, other)

    def _learn(self, one: CapturedMessage, other: CapturedMessage) -> None:
        flow = self._onward[0].get(way(one.src, one.dst))
        if flow is not None:
            self._onward[1][way(other.src, other.dst)] = FlowDelay(-flow.onward, -flow.lag_ns)
        for end, sighting in enumerate((one, other)):
            self._ways[end].add((sighting.src.address, sighting.dst.address))
            self._ports[end].update(
                ((sighting.src.address, sighting.dst), (sighting.dst.address, sighting.src))
            )
        same = (
            len(one.message.vias) == len(other.message.vias)
            and one.message.branch == other.message.branch
            and one.message.call_id == other.message.call_id
        )
        if not same:
            self._remade.update((way(one.src, one.dst)[0], way(other.src, other.dst)[0]))
        one.message.forget()
        other.message.forget()

    def lost(self) -> Iterator[Missing]:
        """The messages that one point saw go to the other, which lacks them."""
        if self._error_ns is None:
            # Only messages of one direction were matched: the order of the points is unknown.
            return
        for here in (0, 1):
            for one in self._ends[here].messages:
                if one not in self._paired and self._went(one, here):
                    # Where a log has the times of the capture, what goes to it still comes there later.
                    lag_ns = abs(self._onward[here][way(one.src, one.dst)].lag_ns) or 1
                    there = self._ends[1 - here].point
                    yield Missing(one, there, lag_ns, self._spans[there][0] < one.time_ns + lag_ns)

    def _went(self, one: CapturedMessage, here: int) -> bool:
        flow = self._onward[here].get(way(one.src, one.dst))
        if flow is None or not (flow.onward == 1 or self._to_log(one, here, flow)):
            return False
        if not self._proven(one, here, flow):
            return False
        result = self._never_came(one, here)
        one.message.forget()
        return result

    def _to_log(self, one: CapturedMessage, here: int, flow: FlowDelay) -> bool:
        """An ACK that goes to the program that wrote the other point's log, which prints no times to tell the way by."""
        own = self._logs.get(self._ends[1 - here].point, frozenset())
        return not flow.onward and one.message.method == "ACK" and one.dst.address in own

    def _proven(self, one: CapturedMessage, here: int, flow: FlowDelay) -> bool:
        """The other point would have captured it."""
        if one.transport != "UDP" or one.truncated or not one.timed:
            return False
        ways, ports = self._ways[here], self._ports[here]
        seen = (one.src.address, one.dst.address) in ways and (one.src.address, one.dst) in ports
        there = self._ends[1 - here].point
        span = self._spans.get(there)
        if not seen or span is None:
            return False
        margin_ns = MARGIN_NS + (self._error_ns or 0)
        came_ns = one.time_ns + abs(flow.lag_ns)
        # Where a retransmission is the first thing captured there, the earlier ones were probably lost before that point.
        again = span[0] - came_ns <= LATEST_NS and self._ends[1 - here].events.get(event_of(one.message))
        if not ((span[0] + margin_ns <= came_ns or again) and came_ns <= span[1] - margin_ns):
            return False
        hosts = frozenset((one.src.address, one.dst.address))
        return not any(
            self._losses.between(
                hosts,
                self._groups[there].files,
                one.time_ns - margin_ns,
                one.time_ns + abs(flow.lag_ns) + margin_ns,
                datagrams=True,
                drops=drops,
            )
            for drops in (False, True)
        )

    def _never_came(self, one: CapturedMessage, here: int) -> bool:
        """Nothing at the other point shows that it arrived after all, and nothing in between would absorb it."""
        message, there = one.message, self._ends[1 - here]
        remade = way(one.src, one.dst)[0] in self._remade
        if event_of(message) in there.events:
            # Some of several sendings came through: each counts alone unless a proxy in between retransmits by itself.
            return not (remade or there.point in self._logs or self._ends[here].point in self._logs)
        if message.is_request:
            return self._request_never_came(one, here, remade=remade)
        return self._response_never_came(one, here, remade=remade)

    def _request_never_came(self, one: CapturedMessage, here: int, *, remade: bool) -> bool:
        message, there = one.message, self._ends[1 - here]
        if message.method == "ACK":
            cseq = (message.call_id, message.cseq, "INVITE")
            known = there.exchanges.get(cseq)
            # A host that got the ACK does not repeat the answer.
            since_ns = self._arrival_ns(one, here)
            return known is not None and any(
                time_ns > since_ns and (status < 300 or not remade) for time_ns, status in known.finals
            )
        if _cseq(one) in there.exchanges:
            return False
        if not remade:
            return True
        answered = self._ends[here].exchanges.get(_cseq(one))
        return message.method != "CANCEL" and (answered is None or not answered.relayed)

    def _response_never_came(self, one: CapturedMessage, here: int, *, remade: bool) -> bool:
        message, there = one.message, self._ends[1 - here]
        status = message.status or 0
        if remade and not 200 <= status < 300:
            return False
        ack = ("ACK", message.call_id, message.cseq, "ACK", message.from_tag, message.to_tag)
        if status >= 200 and message.cseq_method == "INVITE" and ack in there.events:
            return False
        if status < 200:
            return not remade
        if message.cseq_method == "INVITE":
            return True
        # A host that got the answer does not ask again.
        since_ns = self._arrival_ns(one, here)
        return any(time_ns > since_ns for time_ns in there.asked.get(_cseq(one), ()))

    def _arrival_ns(self, one: CapturedMessage, here: int) -> int:
        """The latest moment at which its first sending should have reached the other point."""
        lag_ns = abs(self._onward[here][way(one.src, one.dst)].lag_ns)
        return self._ends[here].events[event_of(one.message)][0] + lag_ns + 2 * (self._error_ns or 0)


def _cseq(one: CapturedMessage) -> _Cseq:
    message = one.message
    return message.call_id, message.cseq, message.cseq_method
