"""SIP stacks of telephones, applications and test tools."""

from __future__ import annotations

from sipdiag.logs.form import DST, OWN, PEER, SRC, Form, lines, ways

PJSUA = Form(
    "pjsua",
    "pjsua or another program on PJSIP",
    (
        lines(
            rb"(?P<way>TX|RX) \d+ bytes (?:Request|Response) msg [^\n]{1,200}? (?:to|from) "
            rb"(?P<transport>\w+):?\s*" + PEER + rb":?"
        ),
    ),
    "log level 5 (pjsua --app-log-level 5; LogConfig.level and msgLogging in an application)",
    ways("tx", "rx"),
    ends=lines(rb"--end msg--"),
    head="{clock_ms}           pjsua_core.c  .{way} {size} bytes {Kind} msg {what} ({handle}) {preposition} {transport} {peer}:\n",
    tail="\n--end msg--\n",
    words=("TX", "RX"),
)

BELLE_SIP = Form(
    "belle-sip",
    "Linphone or another program on belle-sip",
    (
        lines(
            rb"channel \[\w+\]: message (?P<way>sent) to \[(?P<transport>\w+)://"
            + PEER
            + rb"\], size: \[\d+\] bytes"
        ),
        lines(
            rb"channel \[\w+\]: (?P<way>received) \[\d+\] new bytes from \[(?P<transport>\w+)://"
            + PEER
            + rb"\]:?"
        ),
    ),
    "Linphone: Settings, Advanced, debug logs; linphonec -d 6",
    ways("sent", "received"),
    ends=lines(rb"[^\n]*channel \[\w+\]"),
    chunks=True,
    head="{date} {clock_ms} [linphone/belle-sip] MESSAGE channel [0x7f00]: {way} [{transport}://{peer}]{sizes}\n",
    tail="\n",
    words=("message sent to", "received [{size}] new bytes from"),
)

BLINK = Form(
    "blink",
    "Blink or another program on sipsimple",
    (
        lines(
            rb"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) \[[^\]\n]{0,80}\]: (?P<way>SENDING|RECEIVED): Packet "
            rb"[^\n]*\n[^\n]{0,80}?" + SRC + rb" -\(SIP over (?P<transport>\w+)\)-> " + DST
        ),
    ),
    "Blink: Preferences, Advanced, Logging: log SIP trace to file",
    ways("sending", "received"),
    ends=lines(rb"--$"),
    head="{date} {clock} [blink 1719]: {way}: Packet {number}, +0:00:00.0\n{src} -(SIP over {transport})-> {dst}\n",
    tail="\n--\n",
    words=("SENDING", "RECEIVED"),
)

JAIN = Form(
    "jain-sip",
    "JAIN-SIP server log (Restcomm, Mobicents, Jitsi)",
    (
        lines(
            rb"<message\s+from=\"" + SRC + rb"\"\s+to=\"" + DST + rb"\"\s+"
            rb"time(?:Stamp)?\s*=\s*\"(?P<milliseconds>\d{1,15})\"(?:[^>]{0,400}?isSender=\"(?P<way>true|false)\")?[^\n]*"
        ),
    ),
    "gov.nist.javax.sip.TRACE_LEVEL=32 and LOG_MESSAGE_CONTENT=true in the stack's properties",
    ways("true", "false"),
    ends=lines(rb"\]\]>|</message>"),
    reach=20,
    head='<message\nfrom="{src}"\nto="{dst}"\ntime="{milliseconds}"\nisSender="{way}"\ntransactionId="{number}"\n>\n<![CDATA[',
    tail="]]>\n</message>\n",
    words=("true", "false"),
)

SIPSORCERY = Form(
    "sipsorcery",
    "SIPSorcery",
    (
        lines(
            rb"(?:Request|Response) (?P<way>[Ss]ent|[Rr]eceived):? (?P<transport>\w+):"
            + OWN
            + rb" ?(?:<-|->) ?\w+:"
            + PEER
        ),
    ),
    "SIPTransport.EnableTraceLogs() with the logger at level Debug",
    ways("sent", "received"),
    head="[{clock_s} DBG] {Kind} {way}: {transport_lower}:{own}{arrow}{transport_lower}:{peer}\n",
    tail="\n",
    words=("sent", "received"),
)

BARESIP = Form(
    "baresip",
    "baresip -s",
    (
        lines(
            rb"(?:(?P<time>\d\d:\d\d:\d\d\.\d+)#\s*\n)?^[^\n]{0,40}?(?P<transport>UDP|TCP|TLS|WS|WSS) "
            + SRC
            + rb" -> "
            + DST
            + rb"\s*$"
        ),
    ),
    "baresip -s, or /sip_trace",
    head="{clock_ms}#\n{transport} {src} -> {dst}\n",
    tail="\n",
)

SIPP = Form(
    "sipp",
    "SIPp -trace_msg",
    (
        lines(
            rb"(?:-{20,} (?P<time>\d{4}-\d\d-\d\d[ T\t]\d\d:\d\d:\d\d\.\d+)[^\n]*\n)?^[^\n]{0,40}?"
            rb"(?P<transport>UDP|TCP|TLS|SCTP) message (?P<way>sent|received)[^\n]*bytes ?:"
        ),
    ),
    "sipp -trace_msg",
    ways("sent", "received"),
    ends=lines(rb"-{40,} \d{4}-"),
    head="-" * 47 + " {date} {clock}\n{transport} message {way} [{size}] bytes :\n\n",
    tail="\n",
    words=("sent", "received"),
)

STACKS = (PJSUA, BELLE_SIP, BLINK, JAIN, SIPSORCERY, BARESIP, SIPP)
