"""What to say of a text without SIP messages: whose log it is, and how that program is made to print them."""

from __future__ import annotations

import re
from typing import NamedTuple

from sipdiag.logs.forms.browsers import DOUBANGO, JSSIP, SIP_JS
from sipdiag.logs.forms.sbcs import AUDIOCODES, CISCO_CUCM, CISCO_IOS, ORACLE
from sipdiag.logs.forms.servers import ASTERISK_CHAN_SIP, ASTERISK_PJSIP, SIPGO, SOFIA
from sipdiag.logs.forms.stacks import BARESIP, BELLE_SIP, JAIN, PJSUA, SIPSORCERY


class Product(NamedTuple):
    """A program by what its log is known by."""

    name: str
    marks: re.Pattern[bytes]
    tracing: str
    """How to make it print its messages."""


def _product(name: str, marks: bytes, tracing: str) -> Product:
    return Product(name, re.compile(marks), tracing)


PRODUCTS = (
    _product(
        "a list of packets",
        rb"(?:Request|Status): (?:INVITE|REGISTER|BYE|ACK|CANCEL|OPTIONS|\d{3} [A-Z])"
        rb"|\t(?:INVITE|REGISTER|BYE|ACK|CANCEL|OPTIONS) sips?:\S+ SIP/2\.0\b|\tSIP/2\.0 \d{3} "
        rb'|"sip[._](?:Request|Status)-Line": ?\[',
        "export the packets themselves as a capture (Wireshark: File > Export Specified Packets)",
    ),
    _product(
        "Asterisk's list of messages (pjsip show history)",
        rb"(?m)^\d{5} \d{10} \* (?:==>|<==)",
        "asterisk -rx 'pjsip show history entry 0', and so on for each number in the list",
    ),
    _product(
        "FreeSWITCH",
        rb"mod_sofia|sofia/|switch_core|sofia_reg\.c|\bCS_(?:NEW|EXECUTE|HANGUP)\b",
        SOFIA.tracing,
    ),
    _product("Asterisk (chan_sip)", rb"chan_sip|\bSIP/[\w-]+-[0-9a-f]{8}\b", ASTERISK_CHAN_SIP.tracing),
    _product(
        "Asterisk",
        rb"res_pjsip|chan_pjsip|PJSIP/|pbx\.c: |\bapp_(?:dial|queue)\b|Asterisk",
        ASTERISK_PJSIP.tracing,
    ),
    _product("LiveKit SIP", rb"livekit|processing invite", SIPGO.tracing),
    _product(
        "Kamailio",
        rb"kamailio",
        "load the siptrace or sipdump module, or capture: tcpdump -i any -s 0 -w call.pcap port 5060",
    ),
    _product("OpenSIPS", rb"opensips", "opensips-cli -x trace"),
    _product(
        "drachtio or jambonz",
        rb"drachtio|jambonz",
        "drachtio: log level 'debug' and sofia-loglevel 9 in drachtio.conf.xml",
    ),
    _product("PJSIP", rb"pjsua_\w{1,40}\.c|pjsip|sip_endpoint\.c", PJSUA.tracing),
    _product("Linphone", rb"liblinphone|linphone|belle-sip|belle_sip", BELLE_SIP.tracing),
    _product("baresip", rb"baresip", BARESIP.tracing),
    _product("AudioCodes", rb"\[S=\d+\] ?\[[SB]ID=", AUDIOCODES.tracing),
    _product("Cisco CUCM", rb"\|AppInfo +\||SdlSig", CISCO_CUCM.tracing),
    _product("Cisco IOS", rb"/SIP/(?:Info|State|Error)/|ccsip", CISCO_IOS.tracing),
    _product("Oracle SBC", rb"\[SIP\]|sipd@|acme ?packet|log\.sipd", ORACLE.tracing),
    _product("JsSIP", rb"JsSIP|jssip", JSSIP.tracing),
    _product("SIP.js", rb"sip\.(?:transport|ua|invitecontext|UserAgent|Transport)\b|sip\.js", SIP_JS.tracing),
    _product("Doubango", rb"SIPml|tsip_|tsk_utils", DOUBANGO.tracing),
    _product("SIPSorcery", rb"SIPSorcery", SIPSORCERY.tracing),
    _product("JAIN-SIP", rb"gov\.nist\.javax\.sip|javax\.sip", JAIN.tracing),
    _product(
        "pyVoIP",
        rb"pyVoIP|\{'raw': '",
        "pyVoIP.DEBUG = True prints parsed messages only: capture instead, tcpdump -i any -s 0 -w call.pcap",
    ),
)
"""In the order in which they win where several are named equally often."""

ANY = "capture the signalling: tcpdump -i any -s 0 -w call.pcap"


def hint(sample: bytes) -> str:
    """One sentence for whoever has this text and wants an analysis."""
    best = max(PRODUCTS, key=lambda product: _marks(product, sample))
    if not _marks(best, sample):
        return f"The text holds no SIP messages; {ANY}"
    return f"This looks like {best.name} without SIP tracing; to get the messages: {best.tracing}"


def _marks(product: Product, sample: bytes) -> int:
    return sum(1 for _ in product.marks.finditer(sample))
