"""How long after the answer the first RTP packet of each side came."""

from __future__ import annotations

from sipdiag.pipeline.results import CallDetail
from sipdiag.report.times import seconds_between


def first_rtp_s(result: CallDetail, *, to_caller: bool) -> float | None:
    """Seconds from the 2xx of the first answered leg to the first RTP packet that way; negative for early media.

    None where the leg was not answered, its times are not known, or no such packet was captured.
    """
    leg = next((one.leg for one in result.legs if one.leg.answer is not None), None)
    if leg is None or leg.answer is None or not result.time_known:
        return None
    answer_ns = leg.answer.clock_ns
    first = [
        one.stream.first_ns
        for one in result.media.streams
        if one.leg == leg.id and one.to_caller == to_caller
    ]
    return seconds_between(answer_ns, min(first)) if first else None
