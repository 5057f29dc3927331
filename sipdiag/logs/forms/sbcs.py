"""Session border controllers and call managers: Cisco, AudioCodes, Oracle."""

from __future__ import annotations

from sipdiag.logs.form import HOST, OWN, PEER, Form, lines, ways

CISCO_IOS = Form(
    "cisco-ccsip",
    "Cisco IOS gateway or CUBE (debug ccsip messages)",
    (lines(rb"(?:^[^\n]{0,200}ccsipDisplayMsg:\s*\n)?^\s*(?P<way>Sent|Received):?\s*$"),),
    "debug ccsip messages",
    ways("sent", "received"),
    ends=lines(rb"[^\n]*/SIP/(?:Msg|Info|State|Error)/|[A-Z][a-z]{2} +\d+ \d\d:\d\d:\d\d"),
    head="{month_day} {clock_ms}: //1/0A1B2C3D4E5F/SIP/Msg/ccsipDisplayMsg:\n{way}:\n",
    tail="\n",
    words=("Sent", "Received"),
)

CISCO_CUCM = Form(
    "cisco-sdl",
    "Cisco Unified Communications Manager (SDL trace)",
    (
        lines(
            rb"(?P<way>Incoming|Outgoing) SIP (?P<transport>\w+) message (?:size \d+ )?(?:from|to) "
            rb"(?P<peer>" + HOST + rb")(?: on port |:?\[)(?P<pport>\d{1,5})(?!\d)"
        ),
    ),
    "CUCM Serviceability, Trace > Configuration: Cisco CallManager at level Detailed, with SIP Stack Trace",
    ways("outgoing", "incoming"),
    ends=lines(rb"\d{6,}\.\d+ \|"),
    head="12345678.001 |{clock_ms} |AppInfo  |SIPTcp - {way} SIP {transport} message {preposition} {peer_host}:[{peer_port}]:\n[1,NET]\n",
    tail="\n",
    words=("Outgoing", "Incoming"),
)

AUDIOCODES = Form(
    "audiocodes",
    "AudioCodes SBC or gateway (syslog)",
    (
        lines(
            rb"---- (?P<way>Incoming|Outgoing) SIP Message (?:from|to) "
            + PEER
            + rb" (?:to|from) SIPInterface #\d+ \([^)\n]{0,64}\) (?P<transport>\w+)[^\n]*?----"
        ),
    ),
    "syslog at debug level 5 with the SIP messages in it (Troubleshoot > Logging > Logging Settings)",
    ways("outgoing", "incoming"),
    ends=lines(rb"\[Time:"),
    after=lines(rb"\[Time:(?P<time>\d\d-\d\d@\d\d:\d\d:\d\d\.\d+)\]"),
    head="[S=1] [SID=b9027c:24:1]  (N 1) ---- {way} SIP Message {preposition} {peer} {other} SIPInterface #1 (Trunk) {transport} TO(#1) ---- \n",
    tail="[Time:{day_month}@{clock_ms}]\n",
    words=("Outgoing", "Incoming"),
)

ORACLE = Form(
    "oracle-sbc",
    "Oracle (Acme Packet) SBC, sipmsg.log",
    (
        lines(
            rb"^[^\n]{0,48}\bOn (?:\[[^\]\n]{0,16}\])?"
            + OWN
            + rb" (?P<way>sent to|received from) "
            + PEER
            + rb"\s*$"
        ),
    ),
    "notify sipd siplog",
    ways("sent to", "received from"),
    ends=lines(rb"-{30,}$"),
    head="{month_day} {clock_ms} On [0:0]{own} {way} {peer}\n",
    tail="\n" + "-" * 40 + "\n",
    words=("sent to", "received from"),
)

SBCS = (CISCO_IOS, CISCO_CUCM, AUDIOCODES, ORACLE)
