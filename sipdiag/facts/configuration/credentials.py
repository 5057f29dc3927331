"""User names and passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.facts.configuration.check import CitedValue, Spot, check, spot
from sipdiag.facts.configuration.files import (
    Files,
    Noun,
    digits,
    is_enabled,
    is_placeholder,
    is_variable,
    stated,
    user_of,
)

if TYPE_CHECKING:
    from sipdiag.context.documents import Document


def has_auth(trunk: Document) -> bool:
    """It challenges: both halves are set."""
    return bool(trunk.value("trunk.user")) and bool(trunk.value("trunk.password"))


def _against_trunk(files: Files) -> list[tuple[Noun, Document]]:
    """Each `Sip` noun with the one trunk that serves it."""
    found = []
    for noun in files.nouns:
        trunks = files.serving(user_of(noun.uri))
        if noun.node.key == "Sip" and len(trunks) == 1 and files.platform_of(noun.uri) in (None, "livekit"):
            found.append((noun, trunks[0]))
    return found


@check
def sip_user_differs(files: Files) -> Spot | None:
    """TwiML sends another user name than the trunk wants."""
    for noun, trunk in _against_trunk(files):
        sent, wanted = noun.node.get("username"), trunk.settings.get("trunk.user")
        name = stated(trunk, "trunk.user")
        if sent is None or wanted is None or not name or not has_auth(trunk):
            continue
        text = str(sent.value)
        if text and text != name and not is_variable(text) and not is_placeholder(text):
            return spot(
                files, [CitedValue(noun.dial, sent), CitedValue(trunk, wanted.node)], value=text, other=name
            )
    return None


@check
def sip_password_differs(files: Files) -> Spot | None:
    """TwiML and trunk agree on the user name, and not on the password."""
    for noun, trunk in _against_trunk(files):
        sent, wanted = noun.node.get("password"), trunk.settings.get("trunk.password")
        user = noun.node.string("username")
        if sent is None or wanted is None or user != trunk.value("trunk.user"):
            continue
        pair = (str(sent.value), str(wanted.value))
        if pair[0] != pair[1] and all(map(_is_secret_itself, pair)):
            return spot(
                files, [CitedValue(noun.dial, sent), CitedValue(trunk, wanted.node)], value=user or ""
            )
    return None


def _is_secret_itself(text: str) -> bool:
    """Neither a placeholder nor a variable, and not masked in the export."""
    return bool(text.strip("*•x. ")) and not is_placeholder(text) and not is_variable(text)


@check
def sip_credentials_missing(files: Files) -> Spot | None:
    """The trunk wants credentials, and TwiML sends none."""
    for noun, trunk in _against_trunk(files):
        wanted = trunk.settings.get("trunk.user")
        if wanted is not None and has_auth(trunk) and not noun.node.string("username"):
            return spot(
                files,
                [CitedValue(noun.dial, noun.node, "username"), CitedValue(trunk, wanted.node)],
                value=stated(trunk, "trunk.user") or "a user name",
            )
    return None


@check
def half_credentials(files: Files) -> Spot | None:
    """A trunk has a user name or a password, and not both."""
    cites = []
    for trunk in files.of("livekit.inbound_trunk"):
        user, password = trunk.settings.get("trunk.user"), trunk.settings.get("trunk.password")
        one = user or password
        if one is not None and (user is None or password is None):
            cites.append(CitedValue(trunk, one.node))
    named = cites and cites[0].node.key
    return spot(files, cites, value=str(named or ""))


@check
def digest_towards_twilio_origination(files: Files) -> Spot | None:
    """An inbound trunk challenges, and its calls come from a Twilio trunk, which answers no challenge."""
    for trunk in files.of("livekit.inbound_trunk"):
        user = trunk.settings.get("trunk.user")
        if user is None or not has_auth(trunk):
            continue
        source = _originating(files, trunk)
        if source is not None:
            return spot(files, [CitedValue(trunk, user.node), source])
    return None


def _originating(files: Files, trunk: Document) -> CitedValue | None:
    """What shows that the trunk is called by an Elastic SIP trunk."""
    numbers = {digits(one) for one in trunk.texts("trunk.numbers")}
    for number in files.of("twilio.number"):
        on_trunk = number.settings.get("trunk.id")
        listed_there = not numbers or digits(str(number.value("number") or "")) in numbers
        if on_trunk is not None and str(on_trunk.value).startswith("TK") and listed_there:
            return CitedValue(number, on_trunk.node)
    for origination in files.of("twilio.origination"):
        url = origination.settings.get("origination.url")
        if url is not None and files.platform_of(str(url.value)) == "livekit" and is_enabled(origination):
            return CitedValue(origination, url.node)
    return None
