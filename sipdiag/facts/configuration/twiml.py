"""TwiML: what Twilio ignores, refuses or never runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.context.kinds.twilio_twiml import VERB_NAMES
from sipdiag.context.node import Node, plain_key
from sipdiag.facts.configuration.check import CitedValue, Spot, check, spot
from sipdiag.facts.configuration.files import Files, Noun, digits, user_of

if TYPE_CHECKING:
    from sipdiag.context.documents import Document

_CONTINUING = ("dial", "redirect", "enqueue", "connect", "refer")
"""Verbs after which the caller still talks to somebody."""
_REFER_KEYS = ("referurl", "refermethod")
_ELEMENTS = {
    plain_key(name): name
    for name in (
        *VERB_NAMES,
        *("Response", "Sip", "Number", "Client", "Conference", "Queue", "Parameter", "Identity", "Room"),
    )
}
"""Elements as Twilio spells them."""
_ATTRIBUTES = {
    plain_key(name): name
    for name in [
        "action",
        "answerOnBridge",
        "callerId",
        "callReason",
        "finishOnKey",
        "hangupOnStar",
        "input",
        "language",
        "length",
        "loop",
        "machineDetection",
        "maxLength",
        "method",
        "numDigits",
        "password",
        "playBeep",
        "record",
        "recordingStatusCallback",
        "recordingStatusCallbackEvent",
        "recordingStatusCallbackMethod",
        "recordingTrack",
        "ringTone",
        "sendDigits",
        "sequential",
        "speechTimeout",
        "statusCallback",
        "statusCallbackEvent",
        "statusCallbackMethod",
        "timeLimit",
        "timeout",
        "transcribe",
        "transcribeCallback",
        "trim",
        "url",
        "username",
        "voice",
    ]
}
"""Attributes, likewise."""


def _twiml(files: Files) -> list[Document]:
    return [one for one in files.context.documents if one.kind.name == "twilio.twiml"]


@check
def twiml_invalid(files: Files) -> Spot | None:
    """TwiML is not well-formed, or an element or attribute is spelt in the wrong case."""
    for document in _twiml(files):
        trouble = document.block.trouble
        if trouble is not None:
            node = Node(None, trouble.place, document.node.pointer, document.node.key)
            return spot(files, [CitedValue(document, node)], value=trouble.text, grave=True)
    wrong = [
        (CitedValue(document, node), right)
        for document in _twiml(files)
        for node, right in _misspelt(document.node)
    ]
    if not wrong:
        return None
    first, right = wrong[0]
    return spot(files, [cite for cite, _ in wrong], value=first.node.key, other=right)


def _misspelt(root: Node) -> list[tuple[Node, str]]:
    """Each name in the wrong case, with the right one."""
    found = []
    for element in (node for node in root.walk() if isinstance(node.value, dict)):
        named = [(element, _ELEMENTS), *((node, _ATTRIBUTES) for node in element.members().values())]
        for node, names in named:
            right = names.get(plain_key(node.key))
            if right is not None and node.key != right:
                found.append((node, right))
    return found


@check
def refer_url_misplaced(files: Files) -> Spot | None:
    """`referUrl` stands on another element than `Dial`, or is spelt differently."""
    cites = []
    for document in (one for one in _twiml(files) if one.block.trouble is None):
        for element in (node for node in document.node.walk() if isinstance(node.value, dict)):
            for node in element.members().values():
                misspelt = node.key not in ("referUrl", "referMethod")
                if plain_key(node.key) in _REFER_KEYS and (plain_key(element.key) != "dial" or misspelt):
                    cites.append(CitedValue(document, node))
    if not cites:
        return None
    node = cites[0].node
    element_name = node.pointer.rpartition("@")[0].rpartition("/")[2].partition("[")[0]
    return spot(files, cites, value=node.key, other=element_name)


def refer_url(dial: Document) -> Node | None:
    """The `referUrl` that Twilio reads."""
    node = dial.node.get("referUrl")
    return node if node is not None and node.key == "referUrl" and node.value else None


@check
def refer_url_on_conference(files: Files) -> Spot | None:
    """A `Dial` with `referUrl` calls a conference or queue."""
    cites = []
    for dial in files.dials:
        node = refer_url(dial)
        if node is not None and any(
            plain_key(child.key) in ("conference", "queue") for child in dial.node.children
        ):
            cites.append(CitedValue(dial, node))
    return spot(files, cites)


@check
def no_refer_url(files: Files) -> Spot | None:
    """A transfer by REFER is wanted, and the `Dial` towards the platform has no `referUrl`."""
    if not files.refer_wanted or files.refer_accepted:
        return None
    misplaced = {node for dial in files.dials for node in dial.node.walk() if _has_refer_key(node)}
    dials = {
        noun.dial.node: noun.dial
        for noun in files.nouns
        if _towards_platform(files, noun) and refer_url(noun.dial) is None
    }
    cites = [
        CitedValue(dial, dial.node, "referUrl")
        for dial in dials.values()
        if not any(node in misplaced for node in dial.node.walk())
    ]
    return spot(files, cites)


def _has_refer_key(node: Node) -> bool:
    return any(key in _REFER_KEYS for key in node.members())


def _towards_platform(files: Files, noun: Noun) -> bool:
    if noun.node.key == "Number":
        numbers = {digits(str(one.value("number") or "")) for one in files.of("retell.number", "vapi.number")}
        return digits(noun.uri) in numbers and bool(digits(noun.uri))
    return noun.node.key == "Sip" and files.platform_of(noun.uri) is not None and files.fits_tools(noun)


@check
def refer_url_never_fires(files: Files) -> Spot | None:
    """A `Dial` waits for a REFER, and every transfer tool of the set places an INVITE."""
    if not files.invite_only or any(tool.method.value == "bye" for tool in files.tools):
        return None
    if any(not tool.method.explicit and tool.method.until is not None for tool in files.tools):
        return None  # The effect of the old default is not known well enough.
    waiting = [
        (dial, node)
        for dial in files.dials
        for node in [refer_url(dial)]
        if node is not None and all(files.fits_tools(Noun(dial, child)) for child in dial.node.children)
    ]
    if not waiting:
        return None
    tools = [CitedValue(tool.document, tool.method.node) for tool in files.tools]
    default = all(not tool.method.explicit for tool in files.tools)
    return spot(
        files,
        [*tools[:4], *(CitedValue(*one) for one in waiting)],
        value=_method_said(files),
        grave=not default,
    )


def _method_said(files: Files) -> str:
    """How the first tool says its method."""
    tool = files.tools[0]
    if not tool.method.explicit:
        return "no mode is set, which means INVITE"
    return f"{tool.method.node.key} is {files.context.mask.quote(tool.method.node)}"


@check
def twiml_never_runs(files: Files) -> Spot | None:
    """A number is on a trunk, so that the TwiML made for it never runs."""
    numbers = files.of("twilio.number")
    for number in numbers:
        trunk = number.settings.get("trunk.id")
        if trunk is None or not str(trunk.value).startswith("TK"):
            continue
        wanted = digits(str(number.value("number") or ""))
        for noun in files.nouns:
            called = digits(user_of(noun.uri))
            if called == wanted or (not called and len(numbers) == 1 == len(files.dials)):
                cites = [CitedValue(number, trunk.node), CitedValue(noun.dial, noun.dial.node)]
                return spot(files, cites, value=str(number.value("number")))
    return None


def _refer_answers(files: Files) -> list[Document]:
    return [one for one in _twiml(files) if one.file.role == "refer-answer" and one.block.trouble is None]


@check
def answer_on_bridge(files: Files) -> Spot | None:
    """The answer to the REFER webhook dials without `answerOnBridge`."""
    cites = []
    for document in _refer_answers(files):
        for dial in document.node.elements("Dial"):
            if (dial.string("answerOnBridge") or "").lower() != "true":
                held = dial.get("answerOnBridge")
                cites.append(
                    CitedValue(document, held)
                    if held is not None
                    else CitedValue(document, dial, "answerOnBridge")
                )
    return spot(files, cites)


@check
def refer_answer_dials_nothing(files: Files) -> Spot | None:
    """The answer to the REFER webhook has no verb that calls anybody."""
    cites = []
    for document in _refer_answers(files):
        if not calls_somebody(document):
            cites.append(CitedValue(document, document.node))
    return spot(files, cites)


def calls_somebody(document: Document) -> bool:
    """A verb of this TwiML lets the caller talk to somebody."""
    return any(_continues(node) for node in document.node.walk())


def _continues(node: Node) -> bool:
    name = plain_key(node.key)
    if name == "dial":
        return bool(node.children) or node.text is not None
    return name in _CONTINUING and isinstance(node.value, dict)


@check
def dial_to_sip_uri(files: Files) -> Spot | None:
    """A `Dial` calls Retell at its SIP host, and the number is not imported there."""
    if not files.of("retell.transfer_tool"):
        return None
    imported = {digits(str(one.value("number") or "")) for one in files.of("retell.number")}
    cites = [
        CitedValue(noun.dial, noun.node.text)
        for noun in files.nouns
        if noun.node.text is not None
        and files.platform_of(noun.uri) == "retell"
        and digits(user_of(noun.uri)) not in imported
    ]
    return spot(files, cites)
