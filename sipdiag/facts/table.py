"""The one table of facts: what rules may ask of each kind of subject.

A fact that is not known of a subject is absent, and a rule that asks for it stays silent.  The
computing functions live beside this module; a test holds both together.
"""

from __future__ import annotations

from enum import IntEnum

from sipdiag.facts.configuration.table import EVIDENCE as CONTEXT_EVIDENCE
from sipdiag.facts.configuration.table import FACTS as CONTEXT
from sipdiag.facts.declare import Fact
from sipdiag.facts.enums import (
    CauseSource,
    GaveUp,
    Method,
    Outcome,
    Role,
    State,
    Target,
    TransferOutcome,
)
from sipdiag.facts.evidencetable import EVIDENCE as WIRE_EVIDENCE
from sipdiag.knowledge.causes import Cause

EVIDENCE = {**WIRE_EVIDENCE, "context": CONTEXT_EVIDENCE}
"""Subject kind → the names under which rules cite its messages, or places in its documents."""

__all__ = ["EVIDENCE", "FACTS", "LEG"]


def _bool(name: str, meaning: str, *, wide: bool = False) -> Fact:
    return Fact(name, "bool", "", meaning, "capture" if wide else "call")


def _text(name: str, meaning: str, absent: str | None = None, *, wide: bool = False) -> Fact:
    return Fact(name, "string", "", meaning, "capture" if wide else "call", absent=absent)


def _count(name: str, meaning: str, unit: str = "", *, wide: bool = False) -> Fact:
    return Fact(name, "int", unit, meaning, "capture" if wide else "call")


def _seconds(name: str, meaning: str) -> Fact:
    return Fact(name, "double", "s", meaning)


def _enum(name: str, kind: type[IntEnum], meaning: str) -> Fact:
    return Fact(name, "int", "", meaning, enum=kind)


_EXPECTED = (
    _bool("expects_transfer", "a transfer was expected (``--expect transfer`` or ``refer``)"),
    _bool("expects_refer", "a transfer by REFER was expected (``--expect refer``)"),
    _bool("expects_answer", "an answer was expected (``--expect answer``)"),
)

_UNREACHABLE = (
    _bool("unreachable", "the network reported that a packet or connection did not get through"),
    _bool("unreachable_icmp", "it said so by ICMP"),
    _bool("unreachable_fragments", "of a fragmented packet not all fragments arrived"),
    _bool("unreachable_unanswered", "nobody answered when the connection was asked for"),
    _text("unreachable_what", "what it reported: port unreachable, connection refused, TLS alert"),
    _text("unreachable_by", "address of who said so"),
    _text("unreachable_from", "who sent what did not get through"),
    _text("unreachable_to", "to whom"),
    _text("unreachable_transport", "UDP, TCP or TLS"),
    _count("unreachable_frame", "frame of the report"),
    _count("unreachable_tries", "times the connection was asked for", "messages"),
)

_REFUSAL = (
    _bool("cause_known", "a provider's code, a known text or a telling Reason header names the cause"),
    _enum("cause", Cause, "why it was refused; absent unless ``cause_known``"),
    _enum("cause_source", CauseSource, "what told the cause"),
    _bool("cause_unconfirmed", "the table entry that told the cause rests on a single report"),
    _text("cause_code", "the provider's own code, such as 32204 or D35"),
    _text("cause_meaning", "what the refusal means, one clause", "the reason it gave is not known"),
    _text("cause_act", "who has to act, by the provider's table"),
    _text("cause_fix", "what the provider's table says to do"),
    _bool("cause_advised", "it says so"),
    _text("cause_url", "where the provider documents it"),
    _bool("q850_known", "the final response carries a Q.850 cause"),
    _count("q850", "Q.850 cause in the Reason header of the final response"),
    _text("refuser", "id of the provider that refused; absent if nothing proves one"),
    _text("refuser_name", "its name, or a phrase for it", "the called side"),
    _bool("refused_by_carrier", "the refusing side is a carrier"),
    _bool("refused_by_platform", "the refusing side is a voice platform"),
    _text("refuser_wording", "status and reason phrase of the refusal, as sent"),
)

LEG = (
    _enum("role", Role, "what the leg is in its call"),
    _enum("state", State, "how its INVITE ended"),
    _bool(
        "judged",
        "its failure is its own: not healed by a later try, not passed on from a leg downstream, "
        "not cancelled because the caller left or another branch answered",
    ),
    _bool("healed", "a later try for the same upstream leg was answered"),
    _bool("background", "a try of a PBX while its caller was already answered: queue, ring group"),
    _bool("first_leg", "the leg the call began with"),
    _bool("time_known", "the times of its messages are known; a log may print none"),
    _bool("start_seen", "the initial INVITE was captured"),
    _bool("ended", "BYE, refusal or CANCEL was captured"),
    _bool("both_directions", "messages of both sides were captured"),
    _bool("truncated", "a message of the leg was cut, or bytes of its stream are missing"),
    _seconds("quiet_s", "capture time after the leg's last message"),
    _bool("answered", "a 2xx to the initial INVITE was captured"),
    _bool("tried", "anything at all came back on the deciding INVITE"),
    _bool("progress", "any 18x"),
    _bool("rang", "180, or 183 with SDP"),
    _bool("alerted", "180"),
    _bool("reached", "180, or 183 with SDP for three seconds and more: no mere announcement or tone"),
    _bool("early_media", "183 with SDP: an announcement may have been played"),
    _count("status", "final response to the deciding INVITE, as its sender saw it"),
    _text("reason", "its reason phrase", "no reason phrase"),
    _count("tries", "INVITEs sent to set the leg up, retransmissions not counted", "messages"),
    _seconds("setup_s", "first INVITE to 2xx"),
    _seconds("ring_s", "first ringing to answer, refusal or CANCEL"),
    _seconds("talk_s", "2xx to BYE"),
    _seconds("verdict_s", "last INVITE to its final response"),
    _seconds("trying_s", "first INVITE to answer, refusal or CANCEL"),
    _bool("challenged", "401 or 407 to an initial INVITE"),
    _bool(
        "authenticated",
        "the deciding INVITE carried credentials; absent if they may be what was not captured of it",
    ),
    _bool(
        "rejected_again",
        "credentials were sent and challenged again in the same realm, not for a stale nonce",
    ),
    _bool("cancelled", "the caller's own CANCEL was captured"),
    _bool("answered_elsewhere", "cancelled because another branch answered"),
    _enum("gave_up", GaveUp, "who stopped an unanswered leg"),
    _bool("round_timer", "it was given up at a round number of seconds, as timers are set"),
    _bool("declining", "Q.850 21 or a text that says rejected or declined"),
    _bool("waited_out", "64·T1 passed in the capture without a final response"),
    _bool("onward_refused", "the leg that went on from this one was refused, and this one was not told"),
    _bool("ack_seen", "an ACK to the final response was captured, and did not end at a proxy"),
    _count("answer_repeats", "retransmissions of the 2xx", "messages"),
    _count(
        "answer_repeats_after_ack", "those sent more than half a second after an ACK was seen", "messages"
    ),
    _bool("ack_stopped", "a proxy got the ACK and did not pass it on to whoever answered"),
    _text("ack_stopped_at", "that proxy", "a proxy"),
    _count(
        "unconfirmed_repeats",
        "retransmissions of reliable provisional responses on a leg without any PRACK, or where all were refused",
        "messages",
    ),
    _bool("prack_refused", "every PRACK was refused, and not for its method"),
    _text("prack_wording", "status and reason phrase of that refusal"),
    _count("messages", "messages of the leg, copies included", "messages"),
    _bool(
        "challenge_open",
        "challenged, not answered, and the capture ends within 5 s: who knows what came next",
    ),
    _bool("retry_after", "the final response carries Retry-After"),
    _bool("redirected", "a 3xx to an initial INVITE"),
    _text("redirected_by", "who sent it", "the called side"),
    _bool("redirect_unfollowed", "and no new INVITE to the address it named"),
    _seconds("redirect_wait_s", "capture time after that 3xx"),
    _count("invite_repeats", "retransmissions of the last INVITE", "messages"),
    _count("invite_bytes", "size of the last INVITE", "bytes"),
    _text("transport", "UDP, TCP, TLS, WS or SCTP"),
    _bool("bye_abnormal", "the BYE's Reason names an abnormal end"),
    _text("bye_reason", "the BYE's Reason, in words", "no reason given"),
    _count("bye_q850", "its cause, if that is one of Q.850"),
    _bool(
        "bye_refused", "the BYE was refused, and not because the dialog was gone or credentials were missing"
    ),
    _text("bye_wording", "status and reason phrase of that refusal"),
    _bool("bye_timed_out", "a server on the way said that nobody answered the BYE (408)"),
    _bool(
        "bye_unanswered",
        "the BYE got no response although its timer ran out in the capture, or the network refused it",
    ),
    _bool("cancel_unanswered", "the same of the CANCEL, and the INVITE had no final response either"),
    _text("ended_by", "id of the provider that ended the leg"),
    _text("ended_by_name", "name of who ended the leg", "one side"),
    _bool("ended_by_platform", "the platform's side ended the leg"),
    _bool("ended_by_caller", "the caller's side ended the leg"),
    _text("caller_id", "id of the provider at the calling end; empty if nothing names one"),
    _text("callee_id", "id of the provider at the called end; empty if nothing names one"),
    _text("caller_name", "name of the calling end", "the calling side"),
    _text("callee_name", "name of the called end", "the called side"),
    _bool("callee_is_carrier", "the called end is a carrier"),
    _bool("callee_is_platform", "the called end is a voice platform"),
    _bool("callee_is_device", "the called end is neither a carrier nor a platform: a phone or PBX"),
    _bool("platform_known", "one end is a voice platform"),
    _text("platform", "id of the voice platform at one end"),
    _text("platform_name", "its name; LiveKit-based where only that is proven", "the platform"),
    _text("platform_family", "whose software it runs (livekit for Retell)"),
    _bool("platform_proven", "the platform itself is proven, not only its software"),
    _bool("voice_ai", "one end is a voice-AI platform"),
    _text("carrier", "id of the carrier at one end"),
    _text("carrier_name", "its name", "the carrier"),
    _bool("faces_carrier", "one end is a carrier, or the end opposite a platform"),
    _text("from_number", "calling number, E.164 where it can be told", "the calling number"),
    _text("to_number", "called number, E.164 where it can be told", "the called number"),
    _text("to_country", "country of the called number", "another country"),
    _text("home_country", "country of the trunk's own number"),
    _bool("to_country_known", "the called number has a country: no global service, nothing unparsable"),
    _bool("international", "the called number's country is not the home country"),
    _bool("exit_code", "the number was dialled with an exit code (011, 00)"),
    _bool("country_reached", "a number of that country rang or was answered over the same trunk", wide=True),
    _count(
        "country_tries",
        "legs to that country over the same trunk that were refused without ringing",
        "legs",
        wide=True,
    ),
    _bool("trunk_works", "a number of another country rang or was answered over the same trunk", wide=True),
    _text("judged_number", "the calling number that this carrier checks", "the calling number", wide=True),
    _text("judged_header", "the header it stands in", "From", wide=True),
    _bool(
        "passthrough",
        "that number is the caller's of a leg that was up, or waiting on the same trunk, when this INVITE was sent",
        wide=True,
    ),
    _text("passthrough_leg", "that leg", wide=True),
    _bool("diverted", "Diversion, History-Info or Referred-By is present"),
    _bool("diversion_present", "a Diversion header is present"),
    _bool("from_anonymous", "the calling number is withheld"),
    _bool("from_e164", "the checked number is in E.164 form with +", wide=True),
    _bool("carrier_wants_e164", "the called end wants +E.164 calling numbers"),
    _bool("transfer_judged", "the one leg of its call on which a missing transfer is judged"),
    _bool("transfer_tried", "a transfer was attempted in this call, by REFER or INVITE"),
    _bool("notify_without_refer", "a NOTIFY of a REFER was captured, the REFER was not"),
    _bool(
        "stream_gap",
        "something between its ends may be missing while it lasted: bytes of a stream, fragments, unreadable records",
    ),
    _bool("cseq_gap", "a sender's CSeq jumped: a request was not captured"),
    _bool("cseq_proof", "the BYE's CSeq is the next of its sender: no request is missing"),
    _count("bye_cseq", "CSeq of the BYE"),
    _bool("sibling_transferred", "another call between the same parties was transferred by REFER", wide=True),
    _bool(
        "placed_meanwhile",
        "while the leg was up, its platform (or PBX) placed a call that nothing ties to one caller or another, "
        "and that came to nothing or ended with the leg",
        wide=True,
    ),
    _bool("moved_by_invite", "the call was transferred, or tried to be, by a second INVITE"),
    _bool("offer_secure", "all audio that a refused INVITE offers is SRTP (RTP/SAVP), none of it plain"),
    _bool("offer_g711", "a refused INVITE offers PCMU or PCMA"),
    _text("offered_media", "audio that a refused INVITE offers, in words", "the offered media"),
    _bool("common_codec", "offer and answer share a codec; absent unless both were captured"),
    _bool(
        "srtp_mismatch", "plain RTP was offered and SRTP answered, or the reverse, and the call ended soon"
    ),
    _bool("answer_secure", "the answer is the one with SRTP then"),
    _bool("holds", "the leg was on hold when it ended"),
    _bool("scanner", "its INVITE is a known scanner's"),
    _bool("offer_refused_later", "the offer of a re-INVITE was refused, and the call went on"),
    _text("offer_refused_wording", "status and reason phrase of that refusal"),
    _bool("refresh_failed", "a re-INVITE or UPDATE failed for good, and the call ended within 40 s"),
    _text("refresh_method", "that request: re-INVITE or UPDATE"),
    _bool("refresh_answered", "it was refused; otherwise it got no answer"),
    _bool("refresh_unacknowledged", "it was answered, and no ACK came although the answer was repeated"),
    _count("refresh_status", "status of its answer"),
    _text("refresh_wording", "status and reason phrase of its answer"),
    _bool("refresh_misnumbered", "its CSeq is no higher than that of an earlier request of its sender"),
    _count("refresh_cseq", "its CSeq"),
    _text("refresh_by", "who sent it"),
    _text("refresh_peer", "to whom"),
    _seconds("refresh_to_bye_s", "from that request to the BYE"),
    _bool(
        "hold_misanswered",
        "a hold (sendonly, inactive) was answered by a side that goes on sending, and who held hung up at once",
    ),
    _text("hold_offered", "direction that the hold offered"),
    _text("hold_answered", "direction in its answer"),
    _text("hold_by", "who put the call on hold"),
    _text("hold_peer", "who answered that"),
    _seconds("hold_to_bye_s", "from that answer to the BYE"),
    _bool("dialog_lost", "a request got 481 although the dialog had not ended in the capture"),
    _text("lost_method", "that request's method"),
    _bool("lost_by_bye", "that request was the BYE"),
    _text("lost_asker", "who sent it"),
    _text("lost_at", "who did not know the dialog"),
    _bool("method_refused", "405 or 501 to INVITE, PRACK, a refreshing UPDATE or an INFO with digits"),
    _text("refused_method", "that method"),
    _text("refused_method_wording", "status and reason phrase of that refusal"),
    _text("refused_method_by", "who refused"),
    _bool("refused_invite", "it was the initial INVITE"),
    _bool(
        "session_expired", "the BYE came when the session timer ran out, with no refresh since the last 2xx"
    ),
    _seconds("session_expires_s", "Session-Expires of the last 2xx (RFC 4028)"),
    _seconds("since_refresh_s", "from that 2xx to the BYE"),
    _text("refresher", "who had to refresh the session", "the refresher"),
    _count("most_repeats", "retransmissions within the transaction that has most of them", "messages"),
    _bool("repeats_ended", "an answer, or the ACK, ended those retransmissions"),
    _text("repeated_what", "what was sent again there: INVITE, 200 to INVITE"),
    _count("bye_repeats", "retransmissions of the BYE", "messages"),
    _bool("malformed", "a message of a leg that had trouble is malformed"),
    _text("malformed_what", "what is wrong with it, a sentence"),
    _text("malformed_message", "which message"),
    _text("malformed_by", "who sent it"),
    _bool("malformed_refused", "the malformed request was refused as a bad request"),
    _bool("private_sent", "a private Contact or SDP address was given to a public peer"),
    _text("private_address", "that address"),
    _text("private_where", "where it stands"),
    _text("private_by", "who sent it"),
    _bool(
        "media_one_way",
        "once answered, RTP was captured in one direction only; absent where too little was captured",
    ),
    _bool(
        "media_stopped",
        "a side that had sent RTP sent none after the last re-INVITE, though the other did for 20 s and both had agreed to",
    ),
    _text("media_stopped_by", "which side", "one side"),
    _bool("private_missed", "the ACK, BYE or re-INVITE that had to go to that Contact went missing"),
    *_UNREACHABLE,
    *_REFUSAL,
    _bool("refusal_worded", "the refusal has words of its own, and no table knows them"),
    *_EXPECTED,
    Fact(
        "invite_headers",
        "map_string",
        "",
        "headers of the first INVITE by lower-case name, for expectation files",
    ),
    Fact("final_headers", "map_string", "", "headers of the final response by lower-case name"),
)

TRANSFER = (
    _enum("method", Method, "how it was made"),
    _enum("outcome", TransferOutcome, "how it ended"),
    _bool("best", "no other transfer of the call ended better"),
    _bool("refer_tried", "a REFER was sent in the call, for this transfer or another"),
    _text("target", "Refer-To's URI, or the number called by INVITE", "an unreadable target"),
    _text("target_number", "the target as a number", "the target"),
    _text("target_country", "its country"),
    _enum("target_form", Target, "the form of the target"),
    _bool("target_is_uri", "the target is written as a sip:, sips: or tel: URI"),
    _bool("target_is_tel", "as a tel: URI"),
    _bool("target_pstn", "the REFER goes to a PSTN carrier, so that the target must be dialable there"),
    _count("refer_status", "final response to the REFER"),
    _count("refer_tries", "REFERs sent", "messages"),
    _bool("refer_challenged", "the last REFER got 401 or 407 and was not sent again"),
    _bool("refer_unanswered", "no final response to the REFER"),
    _bool("refer_insisted", "it was sent again, or over a stream, as one without an answer is"),
    _bool("accepted", "the REFER got a 2xx, or was followed by its NOTIFYs"),
    _bool("suppressed", "no NOTIFY is due (Refer-Sub: false echoed, or nosub)"),
    _bool("result_known", "a final sipfrag was captured"),
    _count("result", "status in the final sipfrag"),
    _bool("result_declining", "its reason phrase says that the call was declined or rejected"),
    _text("result_wording", "status and reason of the final sipfrag"),
    _seconds("result_s", "REFER to the final sipfrag"),
    _bool("target_rang", "a NOTIFY or the target's own leg said that it rang"),
    _count("last_notified", "last status any NOTIFY reported"),
    _bool("status_notified", "a NOTIFY reported a status, be it 100"),
    _count("notifies", "NOTIFYs of this REFER", "messages"),
    _bool("report_missed", "a NOTIFY was answered that is not in the capture, and no result is"),
    _count("notify_refused", "status with which the transferor refused a NOTIFY"),
    _text("notify_wording", "status and reason phrase of that refusal"),
    _bool("notify_crossed_bye", "the refused NOTIFY crossed a BYE"),
    _bool("new_leg_seen", "the leg the transfer created was captured"),
    _bool("new_leg_answered", "and it was answered"),
    _bool("bye_seen", "the moved leg ended by BYE after the REFER"),
    _bool("bye_by_transferor", "that BYE came from the side that asked for the transfer"),
    _bool(
        "bye_before_result",
        "it came after the REFER was accepted, before a final result or the end of the reports",
    ),
    _bool("aborted_by_bye", "a failure was reported at once after the transferor's own BYE"),
    _seconds("bye_after_s", "REFER to BYE"),
    _bool("time_known", "the times of its messages are known; a log may print none"),
    _seconds("waited_s", "REFER to BYE or the capture's end"),
    _seconds("left_open_s", "final 2xx sipfrag to BYE or the capture's end"),
    _bool("left_open_ended", "the moved leg did end in the capture"),
    _bool("held_at_end", "the other party was on hold and never taken off it"),
    _seconds("held_for_s", "how long it stayed on hold after the transfer had failed"),
    _bool("caller_left", "the party to be transferred hung up while the transfer was under way"),
    _bool("aborts_on_bye", "the transferee ends the transfer when the transferor hangs up early"),
    _bool("success_unproven", "a reported success proves nothing here"),
    _text("success_unproven_why", "why, and what would prove it"),
    _text("transferor_id", "id of the provider that asked for the transfer"),
    _bool("transferor_is_platform", "a voice platform sent the REFER"),
    _text("transferor_name", "its name", "the transferring side"),
    _text("transferee_id", "id of the provider that took the REFER"),
    _text("transferee_name", "its name", "the other side"),
    _bool("transferee_is_carrier", "a carrier took the REFER"),
    _bool("transferee_is_platform", "a voice platform took the REFER"),
    _bool("refer_switch", "that carrier has a switch for call transfer"),
    _bool("transferor_voice_ai", "a voice-AI platform asked for the transfer"),
    _count("attempts", "legs tried by INVITE", "legs"),
    _bool("shows_own_number", "the new leg shows a number that is not the caller's"),
    _text("shown_number", "the number the new leg shows", "its own number"),
    _text("caller_number", "the caller's number on the moved leg", "the caller's number"),
    _seconds("target_talk_s", "how long the target's leg was up"),
    _bool(
        "dropped_by_platform",
        "the target answered, and the transferring side hung up on it while the caller stayed",
    ),
    _seconds("caller_stayed_s", "how long the caller's leg stayed up after that"),
    _count("replaces_status", "final response to the INVITE with Replaces"),
    *_REFUSAL,
    *_EXPECTED,
)

CALL = (
    _enum("outcome", Outcome, "how the call ended"),
    _count("legs", "legs of the call", "legs"),
    _bool("answered", "the first leg was answered"),
    _bool("start_seen", "the first INVITE was captured"),
    _bool("ended", "the end of the first leg was captured"),
    _count("status", "final response to the first leg"),
    *_EXPECTED,
)

REGISTRATION = (
    _bool("succeeded", "a REGISTER got 2xx"),
    _bool("cleared", "the last REGISTER removed the binding (Expires: 0)"),
    _count("status", "last final response"),
    _text("reason", "its reason phrase", "no reason phrase"),
    _count("tries", "REGISTERs sent", "messages"),
    _bool("authenticated", "credentials were sent"),
    _bool("rejected_again", "and challenged again in the same realm, not for a stale nonce"),
    _bool("challenge_unanswered", "a challenge, and no REGISTER with credentials"),
    _bool("unanswered", "no response although the timer ran out in the capture"),
    _bool("pending", "no response to the last REGISTER, and the capture ends before its timer runs out"),
    _text("user", "address of record", "the user"),
    _text("registrar", "who was asked", "the registrar"),
    _bool("noise", "a scanner's try, not a device's"),
    *_REFUSAL,
)

EXCHANGE = (
    _text("method", "the method of its first request"),
    _count("status", "last final response"),
    _count("requests", "requests sent", "messages"),
    _bool("scanner", "it looks like a scanner"),
    _text("source", "who sent it"),
)

CAPTURE = (
    _count("frames", "frames read", "frames"),
    _count("sip_messages", "SIP messages", "messages"),
    _count("calls", "calls", "calls"),
    _count("encrypted", "TLS connections that look like SIP and could not be read", "connections"),
    _text("encrypted_peers", "their ends"),
    _count("undecoded", "frames that could not be decoded", "frames"),
    _text("undecoded_reasons", "why, with counts"),
    _text("traffic", "what there was instead of SIP"),
    _count("truncated", "SIP messages cut by the snap length or a gap", "messages"),
    _bool("headers_cut", "the headers of one of them are cut, not only a body"),
    _text("truncated_frames", "their frames"),
    _bool("damaged", "the file's tail is cut, or records are broken"),
    _text("damage", "what is damaged"),
    *_UNREACHABLE,
    _count("unreachable_others", "reports on connections that carried no call"),
    _bool("expected_anything", "``--expect`` was given"),
    _text("tracing", "of a text without SIP messages: how its program is made to print them"),
)

FACTS: dict[str, tuple[Fact, ...]] = {
    "leg": LEG,
    "transfer": TRANSFER,
    "call": CALL,
    "registration": REGISTRATION,
    "exchange": EXCHANGE,
    "capture": CAPTURE,
    "context": CONTEXT,
}
"""Subject kind → its facts."""
