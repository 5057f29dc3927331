"""SIP in the browser: consoles of JsSIP, SIP.js and Doubango's stacks."""

from __future__ import annotations

from sipdiag.logs.form import Form, lines, ways

_WAYS = ways("sending|sent|send", "received|receiving|recv")

SIP_JS = Form(
    "sip.js",
    "SIP.js",
    (
        lines(
            rb"sip\.[Tt]ransport[^\n]{0,80}?\b(?P<way>[Ss]ending|[Rr]eceived)(?: WebSocket)?(?: text)? "
            rb"message:?\s*$"
        ),
    ),
    "SIP.js: logLevel 'debug' and traceSip true in the user agent's options",
    _WAYS,
    ends=lines(rb"\S{1,80}\.js(?::\d+|\?[^\n]{0,80}| \(line \d+\))"),
    one_peer=True,
    head="{browser_date} | sip.transport | {way} message:\n\n",
    tail="\n\n",
    words=("sending WebSocket", "received WebSocket text"),
)

JSSIP = Form(
    "jssip",
    "JsSIP",
    (lines(rb"\b(?P<way>[Ss]ending|[Rr]eceived)(?: WebSocket)?(?: text| binary)? message:?\s*$"),),
    "JsSIP.debug.enable('JsSIP:*') in the browser's console, then reload",
    _WAYS,
    ends=SIP_JS.ends,
    one_peer=True,
    head="JsSIP | TRANSPORT | {way} WebSocket message:\n\n",
    tail="\n\n",
    words=("Sending", "Received"),
)

DOUBANGO = Form(
    "doubango",
    "Doubango, sipML5 or webrtc2sip",
    (lines(rb"(?:^|\s)(?P<way>SEND|RECV|recv|send)(?:: ?|=)$"),),
    "SIPml.setDebugLevel('info') in the browser's console; debug-level in webrtc2sip's config.xml",
    _WAYS,
    one_peer=True,
    head="{way}",
    tail="\n",
    words=("SEND: ", "recv="),
)

BROWSERS = (SIP_JS, JSSIP, DOUBANGO)
