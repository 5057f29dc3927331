"""Finished analyses to render: made of real messages, as the pipeline would hand them over."""

from __future__ import annotations

from msgspec.structs import replace

from sipdiag.calls.model import Call, Join, Leg, LegMessage, Notify, Request, Transaction, Transfer
from sipdiag.capture.payload import Accounting, FileInfo, Note
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.pipeline.results import (
    Analysis,
    CallDetail,
    CallSummary,
    CannotTell,
    LegResult,
    Participant,
    Party,
    Passed,
    TransferResult,
)
from sipdiag.position import Frame, Line
from sipdiag.rules.acts import Acts, unnamed
from sipdiag.rules.finding import Confidence, Evidence, Finding, FixStep, Severity
from sipdiag.sip.message import Message

TWILIO = Host("54.172.60.1", 5060)
LIVEKIT = Host("203.0.113.20", 5060)
TRUNK = Host("54.172.60.2", 5060)
HUMAN = Host("2001:db8::17", 5060)
START = 1_790_000_003_123_456_000
MS = 1_000_000
S = 1_000_000_000

SDP = (
    "v=0\r\no=- 1 1 IN IP4 203.0.113.20\r\ns=-\r\nc=IN IP4 203.0.113.20\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP {formats}\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
)


class Wire:
    """Writes one leg message by message."""

    position: type[Frame | Line] = Frame
    """Where its messages are read: a capture, or a log."""

    def __init__(self, leg: Leg, *, clock: int = START, frame: int = 1) -> None:
        self.leg = leg
        self.clock = clock
        self.frame = frame
        self._hops: dict[tuple[str, int], Transaction] = {}

    def send(
        self,
        start: str,
        src: Host,
        dst: Host,
        *,
        cseq: str = "1 INVITE",
        after: int = 20 * MS,
        headers: tuple[str, ...] = (),
        body: str = "",
        again: bool = False,
        within: bool = False,
        copy_of: CapturedMessage | None = None,
    ) -> CapturedMessage:
        self.clock += after
        request = not start.startswith("SIP/2.0")
        line = start if not request else f"{start} SIP/2.0"
        lines = [
            line,
            f"Via: SIP/2.0/UDP {src.address};branch=z9hG4bK{cseq.replace(' ', '')}",
            f"From: <sip:+15551234567@example.com>;tag={self.leg.from_tag}",
            "To: <sip:+15557654321@example.com>" + (";tag=to1" if within or not request else ""),
            f"Call-ID: {self.leg.call_id}",
            f"CSeq: {cseq}",
            *headers,
            *(["Content-Type: application/sdp"] if body.startswith("v=0") else []),
            f"Content-Length: {len(body.encode())}",
        ]
        raw = ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape")
        captured = CapturedMessage(
            Message(raw), self.clock, self.position(0, self.frame), src, dst, "UDP", copy_of=copy_of
        )
        self.frame += 1
        self.leg.messages.append(LegMessage(captured, again))
        if copy_of is None:
            self._account(captured, request, cseq, again)
        return captured

    def _account(self, captured: CapturedMessage, request: bool, cseq: str, again: bool) -> None:
        number, method = cseq.split()
        method_sent = captured.message.method if request else method
        key = (method if method != "ACK" else "INVITE", int(number))
        hop = self._hops.get(key)
        if hop is None:
            hop = Transaction(method_sent, int(number), "", captured.src, captured.dst)
            self._hops[key] = hop
            whole = Request(method_sent, int(number), captured.src == self.leg.caller, hop)
            whole.add(hop)
            self.leg.requests.append(whole)
            if method_sent == "INVITE":
                self.leg.invites.append(whole)
        if method_sent == "ACK":
            hop.acks.append(captured)
        elif request:
            hop.requests.append(captured)
        elif again:
            hop.repeats.append(captured)
        else:
            hop.answer(captured)


def inbound_leg(call: str = "c1") -> Leg:
    return Leg(
        call_id=f"SCL_us1_{call}_8f2c1d0e@54.172.60.1",
        from_tag="88213",
        to_tags=["to1"],
        caller=TWILIO,
        callee=LIVEKIT,
        id=f"{call}.1",
        role="inbound",
    )


def answered(wire: Wire, *, talk: int = 42 * S, platform_hangs_up: bool = False) -> None:
    """INVITE, 100, 180, 200, ACK, talk, BYE, 200 between Twilio and LiveKit."""
    identity = (
        "Contact: <sip:54.172.60.1:5060>",
        "P-Asserted-Identity: <sip:+15551234567@54.172.60.1>",
        "X-Twilio-CallSid: CA0123456789abcdef0123456789abcdef",
        "User-Agent: Twilio Gateway",
    )
    wire.send(
        "INVITE sip:+15557654321@203.0.113.20",
        TWILIO,
        LIVEKIT,
        headers=identity,
        body=SDP.format(port=16000, formats="0 8 101"),
    )
    wire.send("SIP/2.0 100 Processing", LIVEKIT, TWILIO, after=2 * MS)
    wire.send("SIP/2.0 180 Ringing", LIVEKIT, TWILIO, after=90 * MS)
    wire.send(
        "SIP/2.0 200 OK",
        LIVEKIT,
        TWILIO,
        after=1400 * MS,
        headers=("Contact: <sip:203.0.113.20:5060>", "Server: LiveKit"),
        body=SDP.format(port=50010, formats="0 101"),
    )
    wire.send("ACK sip:203.0.113.20:5060", TWILIO, LIVEKIT, cseq="1 ACK", after=30 * MS)
    src, dst = (LIVEKIT, TWILIO) if platform_hangs_up else (TWILIO, LIVEKIT)
    wire.send("BYE sip:203.0.113.20:5060", src, dst, cseq="2 BYE", after=talk)
    wire.send("SIP/2.0 200 OK", dst, src, cseq="2 BYE", after=3 * MS)


CALLER = Party("sip:+15551234567@example.com", "+15551234567", "United States")
CALLED = Party("sip:+15557654321@example.com", "+15557654321", "United States")
PARTICIPANTS = (
    Participant(TWILIO, "twilio", "Twilio", "address 54.172.60.1 is in 54.172.60.0/30"),
    Participant(LIVEKIT, "livekit", "LiveKit", "Server: LiveKit"),
)
LIVEKIT_ADMIN = Acts(
    "LiveKit administrator", "configuration", "Its settings decide this: address 203.0.113.20 is LiveKit's."
)
ACCOUNT = Acts("Twilio account administrator", "carrier-account", "The account's settings decide this.")
PASSED = (
    Passed("signalling", "Every request got a final response."),
    Passed("codec", "Offer and answer share PCMU."),
    Passed("capture", "Both directions were captured from the INVITE to the BYE."),
)


def result(
    legs: list[LegResult],
    *,
    call_id: str = "c1",
    outcome: str = "answered",
    findings: tuple[Finding, ...] = (),
    transfers: tuple[TransferResult, ...] = (),
    participants: tuple[Participant, ...] = PARTICIPANTS,
    cannot_tell: tuple[CannotTell, ...] = (),
    to: Party = CALLED,
) -> CallDetail:
    root = next((f for f in findings if f.role == "cause"), None)
    call = Call(call_id, [leg.leg for leg in legs], [item.transfer for item in transfers])
    return CallDetail(
        id=call_id,
        call_id=call.legs[0].call_id if call.legs else "",
        start_ns=call.start_ns if call.legs else 0,
        end_ns=call.end_ns if call.legs else 0,
        call=call,
        outcome=outcome,
        from_=CALLER,
        to=to,
        setup_s=1.492,
        ring_s=1.4,
        talk_s=42.033,
        ended_by="twilio",
        root_cause=root,
        findings=findings,
        passed=PASSED,
        cannot_tell=cannot_tell,
        legs=tuple(legs),
        transfers=transfers,
        participants=participants,
    )


def analysis(*results: CallDetail, notes: tuple[Note, ...] = (), **changes: object) -> Analysis:
    times = [m.captured.time_ns for r in results for leg in r.call.legs for m in leg.messages]
    roots = [(r.call.id, r.root_cause) for r in results if r.root_cause]
    made = Analysis(
        files=[FileInfo("captures/call.pcap", "pcap", ["Ethernet"], 2210, 431_002, "ab" * 32)],
        accounting=Accounting(
            2210, len(times), 2180, 12, {"ARP": 3}, min(times, default=None), max(times, default=None)
        ),
        notes=list(notes),
        sip_messages=len(times),
        calls=list(results),
        findings=[],
        headline=roots[0] if roots else None,
        rules_hash="0123456789ab",
    )
    return replace(made, **changes)


def refer_missing() -> Analysis:
    """A transfer that never happened: the carrier's call is answered and ends without a REFER."""
    leg = inbound_leg()
    wire = Wire(leg)
    answered(wire)
    answer, bye = leg.messages[3].captured, leg.messages[5].captured
    cause = Finding(
        rule="transfer/refer-missing",
        subject="c1.1",
        title="A transfer was expected, but no REFER was sent",
        severity=Severity.error,
        confidence=Confidence.certain,
        acts=LIVEKIT_ADMIN,
        sentence="LiveKit never sent a REFER on this leg; Twilio ended it with BYE after 42.0 s.",
        why="Within SIP a carrier moves a call only on REFER; a REFER webhook (Twilio referUrl) fires on "
        "nothing else. The BYE carries the CSeq after the last request of its sender, so no request is "
        "missing from the capture.",
        fix=(
            FixStep(
                "Set the platform's transfer mode to REFER explicitly.",
                "cold_transfer_mode = sip_refer",
                "https://docs.retellai.com/",
            ),
            FixStep(
                "Or transfer from your own code with the LiveKit server API.",
                'lk sip participant transfer --room my-room --identity caller --to "tel:+15550001111"',
            ),
            FixStep("Place a test call and check that the trace shows a REFER from LiveKit to Twilio."),
        ),
        evidence=(Evidence(answer, "INVITE → 200 OK"), Evidence(bye, "BYE with CSeq 2, no REFER before it")),
        references=("RFC 3515 §2.4", "RFC 5589 §6"),
        role="cause",
    )
    follow = Finding(
        rule="transfer/caller-left",
        subject="c1.1",
        title="The caller hung up",
        severity=Severity.info,
        confidence=Confidence.likely,
        acts=unnamed("nobody"),
        sentence="The caller hung up after 42.0 s without being transferred.",
        why="Nobody answers a caller who waits for a transfer that was never requested.",
        fix=(),
        evidence=(Evidence(bye, "BYE"),),
        references=(),
        role="consequence",
        consequence_of="transfer/refer-missing",
    )
    transfer = Transfer("t1", None, leg)
    legs = [
        LegResult(
            leg,
            "answered",
            200,
            "OK",
            "twilio",
            call_ids=(("X-Twilio-CallSid", "CA0123456789abcdef0123456789abcdef"),),
        )
    ]
    return analysis(
        result(
            legs,
            outcome="transfer-failed",
            findings=(cause, follow),
            transfers=(TransferResult(transfer, "not-attempted", None, Party(None, None, None)),),
            cannot_tell=(
                CannotTell(
                    "Whether the agent called the transfer tool.", "The platform's log of the same minute."
                ),
            ),
        ),
        expect="transfer",
        expect_scope="every call between a platform and a carrier",
    )


def refused_second_invite() -> Analysis:
    """Two legs: the platform calls Pakistan while the caller waits, and is refused with 486."""
    first = inbound_leg()
    wire = Wire(first)
    answered(wire)
    second = Leg(
        call_id="9b1f2c@203.0.113.20",
        from_tag="lk77",
        to_tags=["to1"],
        caller=LIVEKIT,
        callee=TRUNK,
        id="c1.2",
        role="transfer",
        joined_by=Join("the same caller number while c1.1 was up, over the same platform", "likely", first),
    )
    out = Wire(second, clock=START + 20 * S, frame=100)
    uri = "INVITE sip:+923001234567@example.pstn.twilio.com"
    offer = SDP.format(port=50020, formats="0 8 101")
    invite = out.send(
        uri,
        LIVEKIT,
        TRUNK,
        body=offer,
        headers=("Diversion: <sip:+15557654321@example.com>;reason=unconditional",),
    )
    out.send(uri, LIVEKIT, TRUNK, body=offer, again=True, after=500 * MS)
    out.send(uri, LIVEKIT, TRUNK, body=offer, copy_of=invite, after=0)
    challenge = 'Proxy-Authenticate: Digest realm="sip.twilio.com",nonce="n0nce",qop="auth"'
    out.send("SIP/2.0 407 Proxy Authentication required", TRUNK, LIVEKIT, headers=(challenge,), after=31 * MS)
    out.send("ACK sip:+923001234567@example.pstn.twilio.com", LIVEKIT, TRUNK, cseq="1 ACK", after=1 * MS)
    answer = (
        'Proxy-Authorization: Digest username="lk",realm="sip.twilio.com",nonce="n0nce",'
        'uri="sip:+923001234567@example.pstn.twilio.com",response="5ec4e75ec4e75ec4e75ec4e75ec4e75e",'
        'cnonce="c0ffee5ec4e7",nc=00000001,qop=auth'
    )
    out.send(uri, LIVEKIT, TRUNK, cseq="2 INVITE", headers=(answer,), body=offer, after=4 * MS)
    out.send("SIP/2.0 100 Trying", TRUNK, LIVEKIT, cseq="2 INVITE", after=30 * MS)
    busy = out.send("SIP/2.0 486 Busy Here", TRUNK, LIVEKIT, cseq="2 INVITE", after=310 * MS)
    out.send("ACK sip:+923001234567@example.pstn.twilio.com", LIVEKIT, TRUNK, cseq="2 ACK", after=1 * MS)
    cause = Finding(
        rule="geo/suspected",
        subject="c1.2",
        title="The carrier may not allow calls to Pakistan",
        severity=Severity.warning,
        confidence=Confidence.possible,
        acts=ACCOUNT,
        sentence="Twilio refused +92 300 1234567 (Pakistan) with 486 after 0.34 s and without ringing.",
        why="A busy line answers after the network reached it; this refusal came before anything rang.",
        fix=(
            FixStep(
                "Allow Pakistan in the account's geographic permissions.",
                None,
                "https://www.twilio.com/docs",
            ),
        ),
        evidence=(Evidence(invite, "INVITE sip:+923001234567@…"), Evidence(busy, "486 Busy Here")),
        references=(),
        role="cause",
    )
    note = Finding(
        rule="transfer/invite-instead-of-refer",
        subject="c1",
        title="The platform placed a second call instead of sending REFER",
        severity=Severity.info,
        confidence=Confidence.certain,
        acts=LIVEKIT_ADMIN,
        sentence="LiveKit called the target itself; a REFER webhook never fires this way.",
        why="The carrier sees a new outgoing call and applies its rules for outgoing calls.",
        fix=(),
        evidence=(Evidence(invite, "INVITE to a third number while c1.1 was up"),),
        references=("RFC 3515",),
    )
    moved = Transfer(
        "t1", "invite", first, new_legs=[second], target="sip:+923001234567@example.pstn.twilio.com"
    )
    target = Party(moved.target, "+923001234567", "Pakistan")
    legs = [
        LegResult(first, "answered", 200, "OK", "twilio"),
        LegResult(second, "refused", 486, "Busy Here", "twilio"),
    ]
    participants = (*PARTICIPANTS, Participant(TRUNK, "twilio", "Twilio", "address in 54.172.60.0/30"))
    return analysis(
        result(
            legs,
            outcome="transfer-failed",
            findings=(cause, note),
            transfers=(TransferResult(moved, "failed", None, target),),
            participants=participants,
        )
    )


def refer_transfer() -> Analysis:
    """A healthy blind transfer: REFER, 202, NOTIFY 100, NOTIFY 200, BYE."""
    leg = inbound_leg()
    wire = Wire(leg)
    answered(wire, platform_hangs_up=True)
    bye = leg.messages[5:]
    del leg.messages[5:]
    wire.clock = leg.messages[-1].captured.time_ns
    refer = wire.send(
        "REFER sip:54.172.60.1:5060",
        LIVEKIT,
        TWILIO,
        cseq="3 REFER",
        after=30 * S,
        headers=("Refer-To: <tel:+15550001111>", "Referred-By: <sip:+15557654321@203.0.113.20>"),
    )
    wire.send("SIP/2.0 202 Accepted", TWILIO, LIVEKIT, cseq="3 REFER", after=40 * MS)
    notifies = []
    for cseq, (frag, after) in enumerate((("100 Trying", 60 * MS), ("200 OK", 6 * S)), 5):
        notify = wire.send(
            "NOTIFY sip:203.0.113.20:5060",
            TWILIO,
            LIVEKIT,
            cseq=f"{cseq} NOTIFY",
            after=after,
            headers=("Event: refer", "Subscription-State: active", "Content-Type: message/sipfrag"),
            body=f"SIP/2.0 {frag}\r\n",
        )
        wire.send("SIP/2.0 200 OK", LIVEKIT, TWILIO, cseq=f"{cseq} NOTIFY", after=2 * MS)
        status, reason = frag.split()
        notifies.append(Notify(notify, int(status), reason, leg.requests[-1]))
    leg.messages.extend(bye)
    request = next(r for r in leg.requests if r.method == "REFER")
    assert request.first is refer
    moved = Transfer(
        "t1",
        "refer",
        leg,
        [request],
        notifies,
        target="tel:+15550001111",
        transferor=LIVEKIT,
        transferee=TWILIO,
    )
    target = Party("tel:+15550001111", "+15550001111", "United States")
    return analysis(
        result(
            [LegResult(leg, "answered", 200, "OK", "twilio")],
            outcome="transferred",
            transfers=(TransferResult(moved, "completed", 202, target),),
        )
    )


def long_call(pairs: int = 200) -> Analysis:
    """A call with OPTIONS all the time, and a transfer near its end that a finding is about."""
    made = refer_transfer()
    called = made.details[0]
    leg = called.legs[0].leg
    refer = next(entry.captured for entry in leg.messages if entry.captured.message.method == "REFER")
    wire = Wire(leg, clock=leg.messages[4].captured.time_ns, frame=1000)
    for number in range(pairs):
        wire.send("OPTIONS sip:x", TWILIO, LIVEKIT, cseq=f"{number + 50} OPTIONS", after=20 * MS)
        wire.send("SIP/2.0 200 OK", LIVEKIT, TWILIO, cseq=f"{number + 50} OPTIONS", after=20 * MS)
    cause = replace(refused(refer, "c1.1", "The transfer failed."), rule="transfer/refer-rejected")
    made.calls[0] = replace(called, findings=(cause,), root_cause=cause)
    return replace(made, headline=(called.id, cause))


def healthy() -> Analysis:
    """One answered call with nothing wrong."""
    leg = inbound_leg()
    answered(Wire(leg))
    return analysis(result([LegResult(leg, "answered", 200, "OK", "twilio")]))


def many_calls(count: int = 30, *, apart_s: int = 90, last: str = "cancelled") -> Analysis:
    """Calls of six outcomes, ``last`` the last of them; every third has a root cause."""
    outcomes = ("answered", "busy", "rejected", "transferred", "no-answer", last)
    results = []
    for number in range(1, count + 1):
        call_id = f"c{number}"
        leg = inbound_leg(call_id)
        wire = Wire(leg, clock=START + number * apart_s * S, frame=number * 10)
        answered(wire)
        findings: tuple[Finding, ...] = ()
        if number % 3 == 0:
            findings = (refused(leg.messages[0].captured, leg.id),)
        party = Party(f"sip:+1555000{number:04d}@example.com", f"+1555000{number:04d}", "United States")
        legs = [LegResult(leg, "answered", 200, "OK", "twilio")]
        outcome = outcomes[number % len(outcomes)]
        results.append(result(legs, call_id=call_id, outcome=outcome, findings=findings, to=party))
    return analysis(*results)


def brief(made: CallDetail) -> CallSummary:
    """The call as it is told where there are many: without legs and messages, its findings in a sentence."""
    findings = {id(f): replace(f, why="", fix=(), evidence=()) for f in made.findings}
    kept = {name: getattr(made, name) for name in CallSummary.__struct_fields__}
    root = findings[id(made.root_cause)] if made.root_cause else None
    return CallSummary(**kept | {"root_cause": root, "findings": tuple(findings.values())})


BRIEF = "calls summarised (--call with a Call-ID or a number shows one in full)"


def mostly_brief(count: int = 30, *, detailed: int = 6) -> Analysis:
    """Many calls, of which the first are told in full."""
    made = many_calls(count)
    made.calls[detailed:] = [brief(one) for one in made.details[detailed:]]
    made.left_out[BRIEF] = count - detailed
    return made


def refused(captured: CapturedMessage, subject: str, text: str = "The target was busy.") -> Finding:
    return Finding(
        rule="target/busy",
        subject=subject,
        title="The called party was busy",
        severity=Severity.warning,
        confidence=Confidence.likely,
        acts=unnamed("nobody"),
        sentence=text,
        why="The refusal came after ringing.",
        fix=(FixStep("Call again later."),),
        evidence=(Evidence(captured, "486 Busy Here"),),
        references=("RFC 3261 §21.4.24",),
        role="cause",
    )


def empty() -> Analysis:
    """A capture without SIP."""
    return analysis(notes=(Note("truncated-file", "The file ends within a record.", 0, 4096, 17),))


HOSTILE = (
    "<script>document.title='owned'</script>",
    "</style><img src=http://192.0.2.66/x onerror=document.title='owned'>",
    "javascript:document.title='owned'",
    "</pre></details></svg><svg onload=document.title='owned'>",
    "a\u202egnp.exe\u2066",
    "\x1b[31mred\x1b]0;owned\x07",
    "nul\x00byte",
    "`code` ``` | pipe | <b>bold</b> [x](javascript:alert(1)) **b** {{ 7*7 }} {% raw %}",
    '"quoted" onmouseover="document.title=\'owned\'"',
    "x" * 70_000,
)


def hostile() -> Analysis:
    """Every string that a capture can choose carries something that wants to act."""
    leg = inbound_leg()
    leg.call_id = HOSTILE[0]
    wire = Wire(leg)
    for number, text in enumerate(HOSTILE, 1):
        wire.send(
            f"INVITE sip:{text}",
            TWILIO,
            LIVEKIT,
            cseq=f"{number} INVITE",
            headers=(f"Subject: {text}", f"From: {text} <sip:{text}@example.com>", f"X-{text}: {text}"),
        )
        wire.send(f"SIP/2.0 486 {text}", LIVEKIT, TWILIO, cseq=f"{number} INVITE")
    nasty = " ".join(HOSTILE[:9])
    cause = refused(leg.messages[0].captured, "c1.1", nasty)
    cause = Finding(
        rule="target/busy",
        subject="c1.1",
        title=nasty,
        severity=Severity.error,
        confidence=Confidence.likely,
        acts=unnamed("carrier"),
        sentence=nasty,
        why=nasty,
        fix=(FixStep(nasty, nasty, "javascript:document.title='owned'"),),
        evidence=(Evidence(leg.messages[0].captured, nasty),),
        references=(nasty,),
        role="cause",
    )
    bad = Party(nasty, nasty, nasty)
    return analysis(
        result(
            [LegResult(leg, "refused", 486, nasty, nasty)],
            outcome="busy",
            findings=(cause,),
            participants=(Participant(TWILIO, nasty, nasty, nasty),),
            to=bad,
        ),
        notes=(Note("snaplen", nasty, 0, None, None),),
        files=[FileInfo(f"captures/{HOSTILE[1]}", "pcap", [nasty], 1, 1, "")],
    )


ALL = {
    "refer-missing": refer_missing,
    "refused-second-invite": refused_second_invite,
    "refer-transfer": refer_transfer,
    "long-call": long_call,
    "healthy": healthy,
    "many-calls": many_calls,
    "mostly-brief": mostly_brief,
    "empty": empty,
    "hostile": hostile,
}


def registration_failed() -> Analysis:
    """A healthy call beside a registration that never succeeds: the verdict is about no call."""
    made = healthy()
    leg = Leg("reg-1@192.0.2.7", "r1", caller=HUMAN, callee=TWILIO)
    wire = Wire(leg, frame=200)
    wire.send("REGISTER sip:example.com", HUMAN, TWILIO, cseq="1 REGISTER")
    refusal = wire.send("SIP/2.0 403 Forbidden", TWILIO, HUMAN, cseq="1 REGISTER")
    made.findings.append(
        Finding(
            rule="access/registration-failed",
            subject="r1",
            title="The registration was refused",
            severity=Severity.error,
            confidence=Confidence.certain,
            acts=LIVEKIT_ADMIN,
            sentence="Every REGISTER was refused with 403.",
            why="",
            fix=(),
            evidence=(Evidence(refusal, "REGISTER → 403 Forbidden"),),
            references=(),
        )
    )
    return made


def unexplained() -> Analysis:
    """A call that was rejected while no rule fired."""
    made = healthy()
    made.calls[0] = replace(made.calls[0], outcome="rejected")
    return made


ALL |= {"registration-failed": registration_failed, "unexplained": unexplained}
