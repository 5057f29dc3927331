"""The packets of calls: messages, other packets cited as evidence, and media."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sipdiag.capture.connections import Ends, Renumbered, closed_up
from sipdiag.capture.extract import Flow, StoredPacket, WantedStreams, media_frames, stored
from sipdiag.capture.payload import Endpoint
from sipdiag.capture.tcp import SIP, WEBSOCKET
from sipdiag.facts.media import ends_named
from sipdiag.media.stream import RtpStream
from sipdiag.messages.captured import CapturedMessage
from sipdiag.pipeline.results import CallDetail
from sipdiag.position import Frame


def packets_of(calls: Sequence[CallDetail], paths: Sequence[str], *, media: bool) -> list[StoredPacket]:
    """Every packet of the calls in the captures, in the order of time; ``media``: RTP and RTCP too, and what sets them up.

    :raises sipdiag.capture.payload.CaptureError: a file cannot be read again.
    """
    frames: dict[int, set[int]] = defaultdict(set)
    streams: dict[int, list[WantedStreams]] = defaultdict(list)
    for call in calls:
        own = _frames(call)
        for file, numbers in own.items():
            frames[file] |= numbers
        flows = [Flow(one.stream.src, one.stream.dst, one.stream.ssrc) for one in call.media.streams]
        ends = frozenset(end for captured in _messages(call) for end in ends_named(captured))
        if media and (flows or ends):
            for file in range(len(paths)):
                known = own.get(file, set())
                seen = [number for one in call.media.streams for number in _ends(one.stream, file)]
                if known or seen:
                    streams[file].append(
                        WantedStreams(flows, (min([*known, *seen]), max([*known, *seen])), ends)
                    )
    for file, wanted in streams.items():
        frames[file] |= media_frames(paths[file], wanted)
    renumbered: dict[int, dict[int, Renumbered]] = {}
    for file, connections in _connections(calls).items():
        segments = closed_up(paths[file], connections)
        frames[file] |= segments.keys()
        renumbered[file] = {frame: changed for frame, changed in segments.items() if changed is not None}
    return stored(paths, frames, renumbered)


def _connections(calls: Sequence[CallDetail]) -> dict[int, dict[Ends, set[int]]]:
    """File → connection → the frames whose data is extracted of it."""
    found: dict[int, dict[Ends, set[int]]] = defaultdict(lambda: defaultdict(set))
    for captured in (one for call in calls for one in _messages(call)):
        if captured.transport in (SIP, WEBSOCKET):
            ends = frozenset((Endpoint(*captured.src), Endpoint(*captured.dst)))
            found[captured.position.file][ends].update(captured.position.numbers)
    return found


def _ends(stream: RtpStream, file: int) -> list[int]:
    """The first and the last frame of a stream, as far as they are in the file."""
    ends = ((stream.first_file, stream.first_frame), (stream.last_file, stream.last_frame))
    return [frame for place, frame in ends if place == file]


def _frames(call: CallDetail) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    positions = [captured.position for captured in _messages(call)]
    positions += [
        item.position
        for finding in call.findings
        for item in finding.evidence
        if isinstance(item.position, Frame)
    ]
    for position in positions:
        found[position.file].update(position.numbers)
    return found


def _messages(call: CallDetail) -> Iterator[CapturedMessage]:
    """The messages of its legs, and those of REFERs, which may be dialogs of their own."""
    for leg in call.call.legs:
        yield from (entry.captured for entry in leg.messages)
    for transfer in call.call.transfers:
        for request in (*transfer.refers, *(notify.request for notify in transfer.notifies)):
            for hop in request.hops:
                yield from (*hop.requests, *hop.responses, *hop.repeats)
