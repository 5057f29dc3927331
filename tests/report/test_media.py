"""What the receiver of a stream says of it, in JSON and in the page."""

from __future__ import annotations

import struct

from sipdiag.capture.payload import Endpoint, MediaDatagram
from sipdiag.media.control import Control
from sipdiag.media.stream import RtpStream
from sipdiag.pipeline.media import RtcpResult, StreamResult
from sipdiag.report.mediajson import _rtcp
from sipdiag.report.mediapanel import _rtcp_text

A, B = Endpoint("192.0.2.1", 4000), Endpoint("198.51.100.2", 5000)


def claimed(mos: int) -> RtcpResult:
    """An extended report of VoIP metrics, through the reader; no report block."""
    voip = struct.pack("!BBHI", 7, 0, 8, 9) + bytes([26, 13, 0, 0]) + bytes(4) + struct.pack("!HH", 80, 0)
    voip += bytes(4) + bytes([93, 127, mos, 127]) + bytes(8)
    data = struct.pack("!BBHI", 0x80, 207, 1 + len(voip) // 4, 7) + voip
    control = Control()
    control.add(MediaDatagram(1, 1, 0, (0, 0), B, A, data))
    told = control.of((0, 0), 9, B.address)
    assert told is not None
    return RtcpResult(None, None, None, None, claimed=told.metrics)


def stream(rtcp: RtcpResult) -> StreamResult:
    return StreamResult("s1", RtpStream(A, B, 9), "PCMU", 8000, (0,), 0, None, None, None, rtcp=rtcp)


def test_metrics_are_told_as_a_claim() -> None:
    told = _rtcp(claimed(44))
    assert (told["reports"], told["lost"]) == (0, None)
    assert told["claimed"] == {
        "loss_percent": 10.2,
        "discard_percent": 5.1,
        "round_trip_ms": 80,
        "r_factor": 93,
        "mos_lq": 4.4,
        "mos_cq": None,
    }
    assert _rtcp_text(stream(claimed(44))) == "5.1% discarded, MOS 4.4 by its own account"


def test_a_rating_that_it_does_not_know() -> None:
    assert _rtcp_text(stream(claimed(127))) == "5.1% discarded"


def test_reports_alone() -> None:
    told = RtcpResult(1043, 40.0, 80.1, 50.0)
    assert _rtcp(told)["claimed"] is None
    assert _rtcp_text(stream(told)) == "1,043 lost, round trip 80 ms"
