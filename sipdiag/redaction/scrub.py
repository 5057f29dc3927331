"""A redacted capture made of what was read: SIP messages, and reports that some did not get through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sipdiag.capture.payload import Endpoint
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.redaction.pcap_writer import Failed, WrittenMessage, capture_of, mark

if TYPE_CHECKING:
    from sipdiag.messages.read import Reading

_DATAGRAMS = "UDP"


def scrubbed(reading: Reading) -> Iterator[bytes]:
    """The pcap file of a reading that was redacted, in pieces."""
    events: list[WrittenMessage | Failed] = [*_sent(reading), *_failed(reading), *_media(reading)]
    return capture_of(sorted(events, key=lambda event: event.time_ns))


def scrubbed_log(reading: Reading) -> Iterator[bytes]:
    """The messages of text logs as a log of the form of the first of them."""
    # Imported only here: captures do without.
    from sipdiag.logs.forms import BY_NAME
    from sipdiag.logs.write import Logged, written

    logs = [file.log for file in reading.files if file.log is not None]
    own = {(transport, end) for log in logs for transport, end in log.own.items()}
    names = {address: name for file in reading.files for address, name in file.names.items()}
    messages = (
        Logged(
            captured.clock_ns,
            _end(captured.src),
            _end(captured.dst),
            captured.transport,
            captured.message.raw,
            (captured.transport, _end(captured.src)) in own,
        )
        for captured in reading.messages
    )
    return written(BY_NAME[logs[0].form], messages, names)


def left_out(reading: Reading) -> list[str]:
    """What the scrubbed capture does not hold, as counted phrases."""
    frames = reading.accounting
    parts = [
        (reading.kept.left_out if reading.kept is not None else frames.rtp, "RTP or RTCP frames"),
        (frames.other, "other UDP or TCP frames"),
        (sum(frames.undecoded.values()), "frames that could not be decoded"),
    ]
    return [f"{count} {what}" for count, what in parts if count]


def _sent(reading: Reading) -> Iterator[WrittenMessage]:
    """The messages, between marks where the capture began and ended: silence is evidence too."""
    first, last = reading.accounting.first_ns, reading.accounting.last_ns
    times = [captured.clock_ns for captured in reading.messages]
    if first is not None and (not times or first < times[0]):
        yield mark(first)
    for captured in reading.messages:
        stream = captured.transport != _DATAGRAMS
        # A stream delivers each byte once, however often it was captured.
        if captured.copy_of is None or not stream:
            yield _of(captured, stream)
    if last is not None and (not times or last > times[-1]):
        yield mark(last)


def _failed(reading: Reading) -> Iterator[Failed]:
    """Reports, with as much of the redacted message as shows whose it was."""
    requests = {
        (captured.message.call_id, captured.src): captured.message.raw
        for captured in reading.messages
        if captured.message.is_request
    }
    for report in reading.accounting.unreachable:
        quoted = requests.get((report.call_id, Host(*report.src)), b"") if report.call_id is not None else b""
        yield Failed(report, quoted)


def _media(reading: Reading) -> Iterator[WrittenMessage]:
    """RTP and RTCP with the headers they had: what was lost and when stays, what was said does not."""
    if reading.kept is not None:
        for time_ns, src, dst, data in reading.kept.written():
            yield WrittenMessage(time_ns, src, dst, False, data)


def _of(captured: CapturedMessage, stream: bool) -> WrittenMessage:
    message = captured.message
    missing = max(1, (message.content_length or 0) - message.body_present) if captured.truncated else 0
    return WrittenMessage(
        captured.clock_ns, _end(captured.src), _end(captured.dst), stream, message.raw, missing
    )


def _end(host: Host) -> Endpoint:
    return Endpoint(host.address, host.port)
