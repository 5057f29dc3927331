"""Programs that look at the wire and print it as text."""

from __future__ import annotations

from sipdiag.logs.form import DST, SRC, Form, lines

NGREP = Form(
    "ngrep",
    "ngrep or sipgrep (-W byline)",
    (
        lines(
            rb"^[^\n]{0,60}?\b(?P<transport>[UT])(?: \+?(?P<time>\d{4}[/-]\d\d[/-]\d\d \d\d:\d\d:\d\d(?:\.\d+)?))? "
            + SRC
            + rb" -> "
            + DST
            + rb"(?: \[\w*\])*(?: #\d+)?\s*$"
        ),
    ),
    "ngrep -d any -qt -W byline port 5060",
    ends=lines(rb"#+$|(?:[UT]|I) (?:\d{4}/|\S+:\d+ -> )"),
    chunks=True,
    head="{letter} {slashed} {clock} {src} -> {dst}\n",
    tail="\n\n",
)

SNGREP = Form(
    "sngrep",
    "sngrep, saved as text",
    (
        lines(
            rb"^(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d\.\d+) (?:(?P<transport>UDP|TCP|TLS|WSS?) )?"
            + SRC
            + rb" -> "
            + DST
            + rb"\s*$"
        ),
    ),
    "sngrep, then F2 in the list of calls",
    head="{slashed} {clock} {src} -> {dst}\n",
    tail="\n\n",
)

HEPLIFY = Form(
    "heplify",
    "heplify (-e)",
    (
        lines(
            rb"HEP\{Version:\d+,Protocol:\d+,SrcIP:(?P<src>[^,\s]{1,64}),DstIP:(?P<dst>[^,\s]{1,64}),"
            rb"SrcPort:(?P<sport>\d{1,5}),DstPort:(?P<dport>\d{1,5}),Tsec:(?P<seconds>\d{9,10})"
        ),
    ),
    "heplify -i any -e",
    head="",
)

OPENSIPS = Form(
    "opensips",
    "OpenSIPS (opensips-cli trace)",
    (lines(rb"^(?P<seconds>\d{9,10}\.\d{1,9}) (?P<transport>\w+)/SIP " + SRC + rb" -> " + DST + rb"\s*$"),),
    "opensips-cli -x trace",
    ends=lines(rb"\d{9,10}\.\d+ \w+/\w+ "),
    head="{seconds} {transport}/SIP {src} -> {dst}\n",
    tail="\n",
)

_DOTTED = rb"(?P<src>[^\s>]{1,200}?)\.(?P<sport>[\w-]{1,16}) > (?P<dst>[^\s>]{1,200}?)\.(?P<dport>[\w-]{1,16}): (?P<rest>[^\n]*)"

TCPDUMP = Form(
    "tcpdump",
    "tcpdump -A or -v",
    (
        lines(
            rb"^(?:(?P<time>(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+) )?(?:\S{1,32} +(?:In|Out|P|B|M) +)?IP6? "
            rb"(?:\([^\n]{1,300}\)\s*\n\s*)?" + _DOTTED
        ),
    ),
    "tcpdump -i any -n -s 0 -tttt -A port 5060; better a capture: tcpdump -i any -s 0 -w call.pcap port 5060",
    ends=lines(rb"\d\d:\d\d:\d\d\.\d+ (?:\S+ +(?:In|Out|P|B|M) +)?(?:IP6?|ARP|ethertype)\b|IP6? \S+ > \S+: "),
    chunks=True,
    head="{date} {clock} IP {src_host}.{src_port} > {dst_host}.{dst_port}: {dump}\nE..........@..<..........",
    tail="\n",
)

WIRESHARK = Form(
    "wireshark",
    "Wireshark, packets exported as text",
    (
        lines(
            rb"Internet Protocol[^\n]{0,40}, Src: (?P<src>[^\s,]{1,128})[^\n,]{0,140}, Dst: (?P<dst>[^\s,]{1,128})[^\n]*"
            rb"(?:\n[^\n]*){0,60}?\n(?P<transport>User Datagram|Transmission Control) Protocol, Src Port: (?:[\w-]+ \()?"
            rb"(?P<sport>\d{1,5})\)?, Dst Port: (?:[\w-]+ \()?(?P<dport>\d{1,5})"
        ),
    ),
    "Wireshark: File > Export Specified Packets (a capture), instead of Export Packet Dissections",
    ends=lines(rb"No\. +Time +Source|Frame \d+: "),
    before=lines(
        rb"Epoch (?:Arrival )?Time: (?P<seconds>\d{9,10}\.\d{1,9})|Arrival Time: (?P<time>[^\n]{10,60})"
    ),
    chunks=True,
    reach=160,
    head="",
)

SNIFFERS = (NGREP, SNGREP, HEPLIFY, OPENSIPS, TCPDUMP, WIRESHARK)
