"""How two INVITEs between the same ends differ: headers, URIs, addresses, media.

Values that differ in every call (tags, branches, numbers, ids) do not count; how they are
written is one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from ipaddress import ip_address

from sipdiag.calls.parties import number_key
from sipdiag.facts.private import is_private
from sipdiag.messages.captured import CapturedMessage
from sipdiag.sip.address import parse_uri
from sipdiag.sip.message import Message

MOST_NAMED = 4
"""How many differences, or headers of one kind, a sentence names."""
_LONGEST = 60
"""Characters of a value in a sentence."""

_EACH_TIME = frozenset(
    {"via", "max-forwards", "date", "timestamp", "call-id", "cseq", "content-length", "record-route"}
)
"""Headers whose presence says nothing about how the sender builds its INVITEs."""
_ORDINARY = _EACH_TIME | frozenset(
    [
        "from",
        "to",
        "contact",
        "content-type",
        "content-disposition",
        "mime-version",
        "allow",
        "supported",
        "require",
        "proxy-require",
        "user-agent",
        "server",
        "authorization",
        "proxy-authorization",
        "route",
        "expires",
        "session-expires",
        "min-se",
        "accept",
        "accept-encoding",
        "accept-language",
        "subject",
        "organization",
        "priority",
        "p-asserted-identity",
        "p-preferred-identity",
        "p-early-media",
        "privacy",
        "remote-party-id",
        "diversion",
        "history-info",
        "reason",
        "allow-events",
        "session-id",
        "in-reply-to",
        "reply-to",
        "alert-info",
        "call-info",
        "identity",
        "replaces",
        "join",
        "referred-by",
        "refer-to",
        "user-to-user",
        "warning",
    ]
)
"""Headers that any INVITE may carry (RFC 3261 §20, and the extensions that telephones and trunks use)."""


def unusual_headers(invite: Message) -> list[str]:
    """The standard headers of an INVITE that ordinary ones do not have; those of a vendor's own (X-) aside."""
    odd = [name for name in invite.names if name not in _ORDINARY and not name.startswith("x-")]
    return _as_written(invite, odd)


def differences(this: CapturedMessage, other: CapturedMessage, *, caller: bool = False) -> list[str]:
    """Clauses on what ``this`` INVITE has that ``other`` lacks, and the reverse; the most telling first.

    ``caller``: whose number is shown counts, too.
    """
    return [*_headers(this.message, other.message), *_traits(this, other, caller=caller)]


def _headers(this: Message, other: Message) -> Iterator[str]:
    for lead, one, two in (("it also carries", this, other), ("it lacks", other, this)):
        only = [name for name in one.names if name not in two.names and name not in _EACH_TIME]
        if only:
            yield f"{lead} {listed(_as_written(one, only))}"


def _as_written(message: Message, names: Sequence[str]) -> list[str]:
    """Headers by the names that the message writes."""
    wanted = set(names)
    return [name for name, _ in message.fields if name.lower() in wanted][:MOST_NAMED] or sorted(wanted)


def listed(names: Sequence[str]) -> str:
    """``A``, ``A and B``, ``A, B and C``."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def _traits(this: CapturedMessage, other: CapturedMessage, *, caller: bool) -> Iterator[str]:
    yield from _unlike(_SENDING, this, other)
    for what, shown, user in _NUMBERS:
        yield from _written(what, shown if caller else "", user(this), user(other))
    yield from _unlike(_WRITING, this, other)


def _unlike(traits: Iterable[Trait], this: CapturedMessage, other: CapturedMessage) -> Iterator[str]:
    for clause, read in traits:
        here, there = read(this), read(other)
        if here is not None and there is not None and here != there:
            yield clause.format(_short(here), _short(there))


def _written(what: str, shown: str, here: str | None, there: str | None) -> Iterator[str]:
    """The same number in another form, or another number in one; ``shown``: which number it is counts, too."""
    if not here or not there or here == there:
        return
    if number_key(here) == number_key(there):
        yield f"{what} is written {_short(here)} instead of {_short(there)}"
    elif shown:
        yield shown.format(_short(here), _short(there))
    elif _form(here) != _form(there):
        yield f"{what} is written as {_form(here)} instead of {_form(there)}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _source_port(invite: CapturedMessage) -> str | None:
    return str(invite.src.port) if invite.transport == "UDP" else None


def _called_user(invite: CapturedMessage) -> str | None:
    return parse_uri(invite.message.uri).user or None


def _from_user(invite: CapturedMessage) -> str | None:
    return invite.message.from_.uri.user or None if invite.message.from_ else None


def _asserted_user(invite: CapturedMessage) -> str | None:
    return invite.message.pai.uri.user or None if invite.message.pai else None


def _login(invite: CapturedMessage) -> str | None:
    return next((one.username for one in invite.message.credentials if one.username), None)


def _user_agent(invite: CapturedMessage) -> str | None:
    return invite.message.header("user-agent")


def _from_host(invite: CapturedMessage) -> str | None:
    return invite.message.from_.uri.host if invite.message.from_ else None


def _form(user: str) -> str:
    """How a user part is written, not which it is."""
    if not user:
        return "empty"
    plain = user.partition(";")[0]
    if plain.startswith("+") and plain[1:].isdigit():
        return "a number with +"
    if plain.isdigit():
        return "a number with an exit code" if plain.startswith("00") else "digits without +"
    return "a name"


def _kind(address: str) -> str | None:
    """What kind of place a host is."""
    if not address:
        return None
    try:
        version = ip_address(address).version
    except ValueError:
        return "a host name"
    return f"a {'private' if is_private(address) else 'public'} IPv{version} address"


def _contact(invite: CapturedMessage) -> str | None:
    contact = invite.message.contact
    if contact is None:
        return None
    parameters = [part.partition("=")[0].lower() for part in contact.uri.raw.split(";")[1:]]
    twice = next((name for name in parameters if name and parameters.count(name) > 1), None)
    return f"{_kind(contact.uri.host)}{f' with ;{twice} given twice' if twice else ''}"


def _media(invite: CapturedMessage) -> str | None:
    sdp = invite.message.sdp
    if sdp is None:
        return None
    address = next((media.connection for media in sdp.media if media.connection), sdp.connection)
    return _kind(address)


def _profile(invite: CapturedMessage) -> str | None:
    sdp = invite.message.sdp
    return sdp.media[0].proto if sdp is not None and sdp.media else None


def _codecs(invite: CapturedMessage) -> str | None:
    sdp = invite.message.sdp
    if sdp is None:
        return None
    names = {codec.name.upper() for media in sdp.media for codec in media.codecs if codec.name}
    return listed(sorted(names)) or None


def _required(invite: CapturedMessage) -> str:
    return ", ".join(sorted(value.lower() for value in invite.message.values("require"))) or "empty"


Trait = tuple[str, Callable[[CapturedMessage], str | None]]
"""The clause on a difference, and what is compared; None where it cannot be told."""

_SENDING: tuple[Trait, ...] = (
    ("it was sent from port {} instead of {}", _source_port),
    ("it went over {} instead of {}", lambda invite: invite.transport),
    ("it logs in as {} instead of {}", _login),
    ("its Request-URI names {} instead of {}", lambda invite: parse_uri(invite.message.uri).host),
    ("its Request-URI is a {} URI instead of {}", lambda invite: parse_uri(invite.message.uri).scheme),
)
"""How it was sent, and to whom; the most telling first."""
_NUMBERS: tuple[tuple[str, str, Callable[[CapturedMessage], str | None]], ...] = (
    ("the called number", "", _called_user),
    ("the number in From", "it shows {} as the calling number instead of {}", _from_user),
    (
        "the number in P-Asserted-Identity",
        "it asserts {} as the calling number instead of {}",
        _asserted_user,
    ),
)
"""What a number is called, the clause where another one counts, and where it stands."""
_WRITING: tuple[Trait, ...] = (
    ("From names {} instead of {}", _from_host),
    ("Require is {} instead of {}", _required),
    ("Contact is {} instead of {}", _contact),
    (
        "Content-Type is {} instead of {}",
        lambda invite: (invite.message.header("content-type") or "missing").lower(),
    ),
    ("the media profile is {} instead of {}", _profile),
    ("the media address is {} instead of {}", _media),
    ("it offers {} instead of {}", _codecs),
    ("it was sent to {} instead of {}", lambda invite: invite.dst.address),
    ("User-Agent is {} instead of {}", _user_agent),
)
"""How it is written."""
