"""Messages the tests of this folder start from."""

from __future__ import annotations


def request(*lines: str, start: str = "INVITE sip:+15550100@example.com SIP/2.0", body: str = "") -> bytes:
    """A request with exactly these header lines."""
    return "\r\n".join([start, *lines, "", body]).encode()


INVITE = (
    b"INVITE sip:+15550100@example.com SIP/2.0\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.15:5060;branch=z9hG4bKa1;rport=5061;received=198.51.100.7\r\n"
    b"Max-Forwards: 70\r\n"
    b'From: "Alice \\"A\\"" <sip:alice@example.net>;tag=f1\r\n'
    b"To: <sip:+15550100@example.com>\r\n"
    b"Call-ID: one@192.0.2.15\r\n"
    b"CSeq: 102 INVITE\r\n"
    b"Contact: <sip:alice@192.0.2.15>\r\n"
    b"Content-Type: application/sdp\r\n"
    b"Content-Length: 66\r\n"
    b"\r\n"
    b"v=0\r\ns=-\r\nc=IN IP4 192.0.2.15\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\n"
)
NOTIFY = (
    b"NOTIFY sip:alice@192.0.2.15 SIP/2.0\r\n"
    b"Via: SIP/2.0/TCP 192.0.2.16;branch=z9hG4bKa2\r\n"
    b"From: <sip:bob@example.com>;tag=b1\r\n"
    b"To: <sip:alice@example.net>;tag=f1\r\n"
    b"Call-ID: two@192.0.2.15\r\n"
    b"CSeq: 5 NOTIFY\r\n"
    b"Event: Refer;id=93\r\n"
    b"Subscription-State: Terminated;reason=noresource\r\n"
    b"Content-Type: message/sipfrag;version=2.0\r\n"
    b"Content-Length: 21\r\n"
    b"\r\n"
    b"SIP/2.0 486 Busy Here"
)
CHALLENGE = (
    b"SIP/2.0 407 Proxy Authentication Required\r\n"
    b"Via: SIP/2.0/UDP 192.0.2.15;branch=z9hG4bKa1\r\n"
    b"From: <sip:alice@example.net>;tag=f1\r\n"
    b"To: <sip:+15550100@example.com>;tag=t1\r\n"
    b"Call-ID: one@192.0.2.15\r\n"
    b"CSeq: 102 INVITE\r\n"
    b'Proxy-Authenticate: Digest realm="sip.example.com", nonce="a,b=c", stale=TRUE, algorithm=MD5\r\n'
    b"Content-Length: 0\r\n"
    b"\r\n"
)
