"""What rules may ask of one direction of a leg's audio; :class:`sipdiag.facts.heard.Heard` reads it."""

from __future__ import annotations

from sipdiag.facts.declare import Fact


def _bool(name: str, meaning: str) -> Fact:
    return Fact(name, "bool", "", meaning)


def _text(name: str, meaning: str, absent: str | None = None) -> Fact:
    return Fact(name, "string", "", meaning, absent=absent)


def _count(name: str, meaning: str, unit: str = "", *, for_expectations: bool = False) -> Fact:
    return Fact(name, "int", unit, meaning, for_expectations=for_expectations)


def _seconds(name: str, meaning: str) -> Fact:
    return Fact(name, "double", "s", meaning)


def _percent(name: str, meaning: str) -> Fact:
    return Fact(name, "double", "%", meaning)


def _ms(name: str, meaning: str, *, for_expectations: bool = False) -> Fact:
    return Fact(name, "int", "ms", meaning, for_expectations=for_expectations)


_DTMF = (
    _count("digits", "Digits sent as events (RFC 4733).", "digits"),
    _count("digits_type", "Their payload type."),
    _bool("digits_agreed", "The receiver named that payload type as telephone-event."),
    _count("digits_agreed_type", "The one it named."),
    _count("digits_endless", "Digits of which no packet says that they are over.", "digits"),
    _count("digits_doubled", "Digits that were also sent by INFO.", "digits"),
    _count("digits_by_info", "Digits sent by INFO.", "digits", for_expectations=True),
)

FACTS: tuple[Fact, ...] = (
    _bool("to_caller", "It is what the caller hears; otherwise what the callee hears."),
    _text("party", "Who hears it: caller, called party."),
    _text("receiver_name", "That side's name or address.", "the receiving side"),
    _text("sender_name", "The other side's.", "the sending side"),
    _seconds("talk_s", "2xx to BYE."),
    _bool("both_directions", "SIP messages of both sides were captured."),
    _bool("both_send", "Every session description of the leg lets both sides send."),
    _bool("fax", "Both sides agreed on T.38 at some time."),
    _seconds("fax_audio_s", "For how long its RTP went on after both sides had agreed on T.38 and no audio."),
    _count("packets", "RTP packets of this direction, of streams that went on after the answer.", "packets"),
    _count("packets_back", "Of the other direction.", "packets"),
    _bool("lost_between", "Packets of it passed one capture point and did not reach the next."),
    _bool(
        "nothing",
        "None at all was captured, though both were to send, the other direction was, and the answer was acknowledged.",
    ),
    _bool("reported_elsewhere", "The receiver reports by RTCP that packets arrive which were not captured."),
    _bool(
        "silent_after_offer",
        "The sender had sent RTP and sent none after the last re-INVITE, though the other side did for 20 s and both had agreed to.",
    ),
    _seconds(
        "ceased_s",
        "From its last packet to the end, where it had come for 30 s without a pause, the other direction went on, and both were to send.",
    ),
    _seconds("ceased_at_s", "From the answer to that packet."),
    _text(
        "resume_answered",
        "How the sender, which never held the call itself, answered the last resume, and sent none since, though the other side did for 20 s: recvonly, inactive.",
    ),
    _seconds("resumed_s", "From that answer to the end."),
    _text("private_address", "The private address to which audio was sent to the end, from a public one."),
    _seconds("private_s", "For how long."),
    _text("private_source", "Where the receiver's own packets come from."),
    _text(
        "astray_to",
        "Where audio was sent that no description in force names, and that is not the receiver's source.",
    ),
    _seconds("astray_s", "For how long."),
    _text("astray_named", "Where the receiver wanted it."),
    _seconds("late_s", "From the answer to the first packet; 0 where media was there before."),
    _text("agreed", "The codecs that the receiver said it takes, with their payload types."),
    _count("alien_type", "A payload type that the receiver never named."),
    _text("alien_name", "Its codec, if the number is a static one."),
    _count("alien_packets", "Packets with such types.", "packets"),
    _percent("alien_percent", "Of all packets."),
    _seconds("alien_since_s", "For how long they went on after the receiver had ceased to name that type."),
    _text("odd_codec", "A codec whose packets cannot have this size."),
    _count("odd_bytes", "Their payload.", "bytes"),
    _count("odd_step", "By how much their timestamps advance."),
    _text(
        "tagged_codec",
        "A codec whose packets are longer by the tag of SRTP, though its receiver gave no keys.",
    ),
    _count("tag_bytes", "By how much.", "bytes"),
    _bool("tag_answered", "The sender's answer did, to an offer of plain RTP."),
    _text("plain_codec", "A codec whose packets have no tag of SRTP, though both sides agreed on it."),
    _seconds("stream_s", "How long the stream lasted that has most losses and late packets."),
    _count("lost", "Its packets that are missing.", "packets"),
    _count("expected", "Packets that its sequence numbers say were sent.", "packets"),
    _percent("loss_percent", "Lost ones of those."),
    _count("lost_in_a_row", "The longest run of lost packets.", "packets"),
    _bool(
        "capture_lost",
        "The capture lost them: other streams lack packets of the same moments, or the receiver reports that they arrived.",
    ),
    _bool(
        "network_lost", "They were lost on the way: other streams are whole, or the receiver misses them too."
    ),
    _count("late_packets", "Packets that came more than 60 ms later than the fastest.", "packets"),
    _percent("late_percent", "Of its packets."),
    _ms("jitter_ms", "Mean jitter (RFC 3550).", for_expectations=True),
    _ms("worst_jitter_ms", "Highest jitter."),
    _ms(
        "gap_ms", "The longest time in which nothing came though the timestamps say that something was sent."
    ),
    _seconds("gap_at_s", "From the answer to that."),
    _bool("gap_captured", "Other streams were silent at that moment, too: the capture stood still."),
    _count("remote_lost", "Packets that the receiver reports as lost, by RTCP.", "packets"),
    _count("remote_expected", "Packets sent until its last report.", "packets"),
    _percent("remote_loss_percent", "Lost ones of those."),
    _ms("remote_jitter_ms", "Highest jitter it reports.", for_expectations=True),
    _bool("all_silence", "Every G.711 packet that was listened to is silent to the last bit."),
    _bool("other_heard", "Something is to be heard in the other direction."),
    _seconds("after_bye_s", "For how long RTP went on after the BYE was answered."),
    _seconds("stopped_s", "From the last packet to the BYE that the receiver sent."),
    _seconds("stopped_at_s", "From the leg's first message to the last packet."),
    _bool("stopped_told", "The BYE's Reason speaks of media."),
    _text("stopped_reason", "Its text."),
    _bool("stopped_round", "That time is one that media timeouts are set to."),
    _bool("stopped_talk", "Until then it had gone on for 30 s, longer than a greeting."),
    _bool("other_went_on", "The other direction went on to the BYE."),
    _bool("pauses", "The sender stops sending in silences."),
    _count(
        "skew_ppm",
        "By how much the sender's clock differs from that of the capture, where it is much.",
        "ppm",
    ),
    _bool("skew_fast", "It is ahead of it."),
    _ms("skew_ms_a_minute", "What that is in a minute."),
    _bool("skew_shared", "The other direction differs alike: it is the clock of the capture."),
    _count("duplicates", "Packets that came twice from the network.", "packets"),
    _count("reordered", "Packets that came out of order.", "packets"),
    _count("stream_packets", "All packets of this direction.", "packets"),
    _seconds("source_changed_at_s", "From the leg's first message to a new SSRC on the same ports."),
    _count(
        "dscp",
        "How the packets of the stream that has most are marked (DSCP) where they were captured first.",
    ),
    _count("dscp_then", "How they are marked at the next capture point, where that is another mark."),
    _text("marked_at", "The capture point that they passed first.", "one capture point"),
    _text("remarked_at", "The next one.", "the next"),
    _text("latched_to", "Where the sender turned to: the receiver's own source."),
    _text("latched_from", "Where it had sent before."),
    _ms("latched_ms", "How long it had."),
    *_DTMF,
)

EVIDENCE: tuple[str, ...] = (
    "invite",
    "answer",
    "last_offer",
    "bye",
    "first_packet",
    "last_packet",
    "other_way",
    "private",
    "astray",
    "late",
    "alien",
    "odd_size",
    "first_hole",
    "gap",
    "late_packets",
    "report",
    "after_bye",
    "stopped",
    "changed",
    "skew",
    "latched",
    "marked",
    "digits",
    "digit_requests",
)
"""The names under which rules cite packets and messages."""
