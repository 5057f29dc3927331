"""Why something was refused: the provider's tables asked about a final response or a sipfrag."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sipdiag.calls.model import Notify
from sipdiag.calls.party import Side, Sides
from sipdiag.facts.enums import CauseSource
from sipdiag.knowledge.causes import Cause
from sipdiag.knowledge.provider import Classified, Step
from sipdiag.knowledge.providers import Providers
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.message import Message
from sipdiag.sip.secrets import mask

Facts = dict[str, object]


def by_response(final: CapturedMessage, refuser: Side, providers: Providers) -> Classified | None:
    """What a final response means, by the tables of who sent it."""
    message = final.message
    return providers.classify(
        refuser.id,
        status=message.status or 0,
        reason=message.reason,
        header=message.header,
        reasons=message.reasons,
        warnings=message.warnings,
    )


def by_notify(notify: Notify, notifier: Side, providers: Providers) -> Classified | None:
    """What the final status in a sipfrag means, by the tables of who sent the NOTIFY."""
    fragment = notify.captured.message.sipfrag
    if fragment is None or fragment.status is None:
        return None

    def header(name: str) -> str | None:
        return fragment.header(name) or notify.captured.message.header(name)

    return providers.classify(
        notifier.id,
        status=fragment.status,
        reason=fragment.reason,
        header=header,
        reasons=fragment.reasons or notify.captured.message.reasons,
        warnings=(),
    )


def cause_facts(known: Classified | None, refuser: Side, wording: str | None, q850: int | None) -> Facts:
    """The facts every refused subject has."""
    facts: Facts = {
        "cause_known": known is not None,
        "refused_by_carrier": refuser.kind == "carrier",
        "refused_by_platform": refuser.kind == "platform",
        "refuser": refuser.id,
        "refuser_name": spoken_name(refuser),
        "refuser_wording": wording,
        "q850": q850,
        "q850_known": q850 is not None,
        "cause_advised": known is not None and bool(known.fix),
    }
    if known is not None:
        facts |= {
            "cause": Cause[known.cause],
            "cause_source": CauseSource[known.source],
            "cause_code": known.code,
            "cause_meaning": known.meaning,
            "cause_act": known.act,
            "cause_fix": known.fix,
            "cause_url": known.url,
            "cause_unconfirmed": known.unconfirmed,
        }
    return facts


def cause_advice(facts: Mapping[str, object]) -> dict[str, Sequence[Step]]:
    """The table's own remedy for a known cause, as a step."""
    text, url = facts.get("cause_fix"), facts.get("cause_url")
    if not isinstance(text, str):
        return {}
    return {"cause": (Step(text, None, url if isinstance(url, str) else None),)}


def wording_of(status: int | None, reason: str, remark: str = "") -> str | None:
    """``488 Not Acceptable Here ("no resources")``: a refusal in its own words."""
    if status is None:
        return None
    said = f"{status} {reason}".strip().rstrip(".")
    return f'{said} ("{remark}")' if remark else said


def worded(final: CapturedMessage | None) -> str | None:
    """Status and reason phrase of a response, without what else it says."""
    return wording_of(final.message.status, final.message.reason) if final is not None else None


def remark_of(message: Message) -> str:
    """What a response adds to its reason phrase: the text of Reason or Warning, if it says more."""
    texts = [reason.text for reason in message.reasons] + [warning.text for warning in message.warnings]
    for text in texts:
        plain = (text or "").strip().rstrip(".")
        if plain and plain.lower() not in message.reason.lower():
            return mask(plain)[:160]
    return ""


def said_in(message: Message) -> list[str]:
    """All words of a response: its reason phrase, and the texts of Reason and Warning."""
    texts = [reason.text for reason in message.reasons] + [warning.text for warning in message.warnings]
    return [message.reason, *(text or "" for text in texts)]


def q850_of(final: CapturedMessage) -> int | None:
    """The first Q.850 cause of a response."""
    for reason in final.message.reasons:
        if reason.protocol == "Q.850" and reason.cause is not None:
            return reason.cause
    return None


def side_name(side: Side) -> str | None:
    """A provider's name, with "-based" where only its software is proven; None without one."""
    if side.provider is None or side.recognition is None:
        return None
    return side.provider.name if side.recognition.proven else f"{side.provider.name}-based platform"


def spoken_name(side: Side) -> str | None:
    """The same as it stands in a sentence: ``Twilio``, ``the LiveKit-based platform``."""
    name = side_name(side)
    return name if name is None or side.recognition is None or side.recognition.proven else f"the {name}"


def side_label(sides: Sides, caller: bool) -> str:
    """A name for one end of a leg: its provider, else its address."""
    side = sides.of(caller)
    return spoken_name(side) or f"the {'calling' if caller else 'called'} side ({side.host.address})"


def known_only(facts: Mapping[str, object]) -> Facts:
    """Drop what is not known: an absent fact is left out, never None."""
    return {name: value for name, value in facts.items() if value is not None}
