"""PBXs and media servers: Asterisk, FreeSWITCH and what else uses Sofia, LiveKit and what else uses sipgo."""

from __future__ import annotations

from sipdiag.logs.form import OWN, PEER, Form, lines, ways

ASTERISK_PJSIP = Form(
    "asterisk-pjsip",
    "Asterisk, chan_pjsip (pjsip logger)",
    (
        lines(
            rb"<--- (?P<way>Received|Transmitting) SIP (?:request|response) \(\d+ bytes\) (?:from|to) "
            rb"(?P<transport>\w+):" + PEER + rb" --->"
        ),
        lines(
            rb"<--- History Entry \d+ (?P<way>Sent to|Received from) "
            + PEER
            + rb" at (?P<seconds>\d{9,10}) {0,2}--->"
        ),
    ),
    "asterisk -rx 'pjsip set logger on'",
    ways("transmitting|sent to", "received|received from"),
    head="<--- {way} SIP {kind} ({size} bytes) {preposition} {transport}:{peer} --->\n",
    tail="\n",
    words=("Transmitting", "Received"),
)

ASTERISK_CHAN_SIP = Form(
    "asterisk-chansip",
    "Asterisk, chan_sip (sip debug)",
    (
        lines(rb"<-{2,3} SIP (?P<way>read) from (?:(?P<transport>\w+):)?" + PEER + rb"(?: --->|:)"),
        lines(rb"<--- (?:Reliably )?(?P<way>Transmitting) \((?:no )?NAT\) to " + PEER + rb" --->"),
        lines(rb"(?P<way>[Tt]ransmitting) (?:#\d+ )?\((?:no )?NAT\) to " + PEER + rb":\s*$"),
    ),
    "asterisk -rx 'sip set debug on'",
    ways("transmitting", "read"),
    ends=lines(rb"<-{4,}>|---(?: \(\d+ headers \d+ lines\).*)?$"),
    head="<--- {way} {peer} --->\n",
    tail="<------------>\n",
    words=("Transmitting (NAT) to", "SIP read from {transport}:"),
)

SOFIA = Form(
    "sofia",
    "FreeSWITCH, drachtio or another program on Sofia-SIP",
    (
        lines(
            rb"(?P<way>recv|send) \d+ bytes (?:from|to) (?P<transport>\w+)/"
            rb"\[(?P<peer>[^\]\s]{1,64})\]:(?P<pport>\d{1,5})(?: at (?P<time>\d\d:\d\d:\d\d\.\d+))?:"
        ),
    ),
    "fs_cli -x 'sofia global siptrace on'",
    ways("send", "recv"),
    ends=lines(rb"\*\*\* message truncated at \d+ \*\*\*|-{60,}$"),
    head="{way} {size} bytes {preposition} {transport_lower}/[{peer_host}]:{peer_port} at {clock}:\n"
    + "-" * 72
    + "\n",
    tail="\n",
    words=("send", "recv"),
)

SIPGO = Form(
    "sipgo",
    "LiveKit SIP or another program on sipgo",
    (
        lines(
            rb"(?P<transport>[A-Za-z]{2,8}) (?P<way>read from|write to) "
            + OWN
            + rb" ?(?:<-|->) ?"
            + PEER
            + rb"(?: ===|:|\s*$)"
        ),
    ),
    "LiveKit SIP: set the environment variable SIP_DEBUG=true and restart it",
    ways("write to", "read from"),
    head="=== {transport} {way} {own} {arrow} {peer} ===\n",
    tail="\n",
    words=("write to", "read from"),
)

KAMAILIO = Form(
    "kamailio",
    "Kamailio, sipdump module",
    (
        lines(
            rb"^time: (?P<seconds>\d{9,10}\.\d{1,9})\s*\n(?:date: [^\n]*\n)?proto: (?P<transport>\w+)[^\n]*\n"
            rb"srcip: (?P<src>[^\s]{1,64})\s*\nsrcport: (?P<sport>\d{1,5})\s*\n"
            rb"dstip: (?P<dst>[^\s]{1,64})\s*\ndstport: (?P<dport>\d{1,5})\s*$"
        ),
    ),
    'loadmodule "sipdump.so" with modparam("sipdump", "enable", 1)',
    ends=lines(rb"\|{20,}\s*$|={20,}\s*$"),
    head="====================\ntag: rcv\npid: 1\nprocess: 1\ntime: {seconds}\ndate: \nproto: {transport_lower} ipv4\n"
    "srcip: {src_host}\nsrcport: {src_port}\ndstip: {dst_host}\ndstport: {dst_port}\n~~~~~~~~~~~~~~~~~~~~\n",
    tail="||||||||||||||||||||\n",
)

SERVERS = (ASTERISK_PJSIP, ASTERISK_CHAN_SIP, SOFIA, SIPGO, KAMAILIO)
