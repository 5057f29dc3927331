"""Redaction of what was read, before anything is made of it: messages, addresses, notes, file names.

What must stay recognisable for a verdict to stay the same is told here from the provider tables and
the number plans; the redaction itself is in :mod:`sipdiag.redaction.redactor`.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from sipdiag.capture.annotations import COMMENT
from sipdiag.capture.payload import Accounting, Endpoint, FileInfo
from sipdiag.files import write_file
from sipdiag.knowledge.codes import SIP_STATUSES
from sipdiag.knowledge.provider import REASON_PHRASE, pattern
from sipdiag.knowledge.recognise import covers
from sipdiag.messages.captured import CapturedMessage, Host
from sipdiag.redaction.redactor import Keep, Redactor
from sipdiag.sip.message import Message

if TYPE_CHECKING:
    from sipdiag.context.node import Node
    from sipdiag.context.read import Block
    from sipdiag.knowledge.providers import Providers
    from sipdiag.messages.read import Reading

KEY_BYTES = 32
_WORD = re.compile(r"[^\W\d_]{3,}")
_TELLING = (COMMENT, "log-names", "log-own-address")
"""Codes of notes that name somebody."""
_SERVER_NAME = re.compile(r"(?<=server name )\S+")


class Redaction(Struct):
    """One redaction of one or more captures; a new key by default, so that nobody can undo it."""

    key: bytes = field(default_factory=lambda: os.urandom(KEY_BYTES))
    _redactor: Redactor | None = None
    _others: tuple[Redaction, ...] = ()

    def apply(self, reading: Reading, providers: Providers) -> None:
        """Redact everything in ``reading`` in place."""
        redactor = self._redactor = Redactor(self.key, keep_of(providers))
        reading.messages = list(reading.messages)  # Each is looked for by its object.
        originals = dict.fromkeys(captured.message for captured in reading.messages)
        for message in originals:
            redactor.learn(message.raw)
        redacted = {message: Message(redactor.redact(message.raw)) for message in originals}
        for captured in reading.messages:
            if captured.truncated:
                _complete(redacted[captured.message], captured.message, redactor)
        reading.messages = list(_sightings(reading.messages, redacted, redactor))
        # Comments that somebody wrote into the file may say anything; others list hosts by their names.
        notes = (note for note in reading.notes if note.code not in _TELLING)
        names = {file.path: file_name(number) for number, file in enumerate(reading.files, 1)}
        reading.notes = [replace(note, text=_remark(note.text, names, redactor)) for note in notes]
        for stream in reading.media.streams:
            stream.src, stream.dst = _end(stream.src, redactor), _end(stream.dst, redactor)
        reading.media.control.renamed(lambda end: _end(end, redactor))
        reading.media.setup.renamed(lambda end: _end(end, redactor), redactor.fragment, redactor.digest)
        if reading.kept is not None:
            reading.kept.renamed(lambda end: _end(end, redactor), redactor.fragment)
        _redact_accounting(reading.accounting, redactor)
        for file in reading.files:
            _redact_file(file, names[file.path], redactor)

    def term(self, text: str) -> str:
        """What a text to search for has become; itself where nothing fits."""
        found = self._redactor.pseudonym(text) if self._redactor is not None else None
        return found or text

    def document(self, block: Block, parts: Iterable[Node]) -> None:
        """Replace the values of a document beside the capture and of its parts, in place; the messages come first."""
        if self._redactor is not None:
            self._redactor.document(block, parts)

    def with_others(self, others: Iterable[Redaction]) -> Redaction:
        """The same redaction, its mapping with that of others of the same key."""
        self._others = tuple(others)
        return self

    def save(self, path: Path) -> None:
        """Write original → pseudonym as JSON that only its owner can read.

        :raises OSError: it cannot be written.
        """
        mapping: dict[str, dict[str, str]] = {}
        for one in (*self._others, self):
            for kind, table in one._redactor.mapping.items() if one._redactor is not None else ():
                mapping.setdefault(kind, {}).update(table)
        text = json.dumps(mapping, indent=1, sort_keys=True, ensure_ascii=True) + "\n"
        write_file(path, [text], private=True)


def file_name(number: int) -> str:
    """The name an input has in redacted outputs; ``number`` counts from 1."""
    return f"capture-{number}.pcap"


def keep_of(providers: Providers) -> Keep:
    """What of these providers, and of numbers, a redaction leaves recognisable."""
    evidence = [one for provider in providers for one in provider.evidence]
    domains = [tuple(reversed(name.lower().split("."))) for one in evidence for name in one.domains]
    networks = [ipaddress.ip_network(name) for one in evidence for name in one.networks]
    networks.sort(key=lambda network: -network.prefixlen)
    software = [regex for one in evidence for regex in (*one.server, *one.sdp_session)]

    def domain(host: str) -> int:
        labels = tuple(reversed(host.rstrip(".").lower().split(".")))
        return max((len(name) for name in domains if covers(name, labels)), default=0)

    @lru_cache(maxsize=65_536)
    def network(address: str) -> str | None:
        value = ipaddress.ip_address(address)
        return next((str(one) for one in networks if value in one), None)

    def said(text: str) -> str:
        matches = (pattern(regex).search(text[:512]) for regex in software)
        return max((match[0] for match in matches if match), key=len, default="")

    places = frozenset(
        place.place.lower()
        for provider in providers
        for place in provider.code_places
        if place.place != REASON_PHRASE
    )
    return Keep(
        domain=domain,
        network=network,
        software=said,
        words=frozenset(_words(providers)),
        headers=places | {header.name.lower() for one in evidence for header in one.headers},
        said=places,
        codes=frozenset(code for provider in providers for code in provider.by_code),
    )


def _words(providers: Providers) -> Iterator[str]:
    """Words of standard phrases and of the texts that providers are known for."""
    texts = [status.name for status in SIP_STATUSES.values()]
    for provider in providers:
        texts.append(provider.name)
        for response in (*provider.by_text, *provider.by_status, *provider.by_code.values()):
            texts += [response.text or "", response.example or ""]
    for text in texts:
        # An escape such as \b is no letter of the word behind it.
        yield from _WORD.findall(re.sub(r"\\[A-Za-z]", " ", text).lower())


def _complete(redacted: Message, original: Message, redactor: Redactor) -> None:
    """A Call-ID that was completed (:mod:`sipdiag.messages.cut_call_ids`) is the whole one's pseudonym."""
    if original.call_id != Message(original.raw).call_id:
        redacted.complete_call_id(redactor.pseudonym(original.call_id) or redacted.call_id)


def _sightings(
    messages: list[CapturedMessage], redacted: dict[Message, Message], redactor: Redactor
) -> Iterator[CapturedMessage]:
    done: dict[CapturedMessage, CapturedMessage] = {}
    for captured in messages:
        new = done[captured] = replace(
            captured,
            message=redacted[captured.message],
            src=Host(redactor.address(captured.src.address), captured.src.port),
            dst=Host(redactor.address(captured.dst.address), captured.dst.port),
            copy_of=done.get(captured.copy_of) if captured.copy_of is not None else None,
            passed=done.get(captured.passed) if captured.passed is not None else None,
            # What a program says in its own words may name anybody.
            remarks=(),
        )
        yield new


def _end(endpoint: Endpoint, redactor: Redactor) -> Endpoint:
    return Endpoint(redactor.address(endpoint.address), endpoint.port)


def _redact_accounting(accounting: Accounting, redactor: Redactor) -> None:
    accounting.encrypted = {
        (_end(client, redactor), _end(server, redactor)): _SERVER_NAME.sub(
            lambda match: redactor.address(match[0]), why
        )
        for (client, server), why in accounting.encrypted.items()
    }
    accounting.unreachable = [
        replace(
            report,
            reporter=redactor.address(report.reporter),
            src=_end(report.src, redactor),
            dst=_end(report.dst, redactor),
            call_id=redactor.pseudonym(report.call_id) if report.call_id is not None else None,
        )
        for report in accounting.unreachable
    ]
    accounting.losses = accounting.losses.renamed(redactor.address)
    accounting.acknowledged = accounting.acknowledged.renamed(lambda end: (redactor.address(end[0]), end[1]))


def _redact_file(file: FileInfo, name: str, redactor: Redactor) -> None:
    """A file's name may be a customer's, and its hash would name the file to whoever has it."""
    file.path = name
    file.sha256 = ""
    file.interfaces = {number: f"interface {number}" for number in file.interfaces}
    if file.log is not None:
        own = {transport: _end(end, redactor) for transport, end in file.log.own.items()}
        file.log = replace(file.log, own=own)
    file.names = {redactor.address(address): redactor.address(host) for address, host in file.names.items()}


def _remark(text: str, names: Mapping[str, str], redactor: Redactor) -> str:
    """A sentence in which files have their new names, and nobody is named."""
    for number, path in enumerate(names):
        # A mark that no pattern takes for a name stands in for the new name until the rest is done.
        text = text.replace(path, f"\0{number}\0").replace(PurePath(path).name, f"\0{number}\0")
    text = redactor.remark(text)
    for number, name in enumerate(names.values()):
        text = text.replace(f"\0{number}\0", name)
    return text
