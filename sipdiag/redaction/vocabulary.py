"""The words that a redaction leaves as they are, by field: read from ``vocabulary.yaml``, which names their sources."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from sipdiag.knowledge.yamltext import load

Words = frozenset[str]
_FILE = Path(__file__).with_name("vocabulary.yaml")


class Vocabulary(Struct, frozen=True):
    """Lists of words in lower case."""

    methods: Words
    transports: Words
    protocols: Words
    """Of Reason headers."""
    auth_schemes: Words
    media: Words
    media_protocols: Words
    media_formats: Words
    crypto_suites: Words
    hash_functions: Words
    headers: Mapping[str, Words]
    """Header → the codes it may hold."""
    parameters: Mapping[str, Words]
    """Parameter of a header or URI → the codes it may have."""
    attributes: Mapping[str, Words]
    """Attribute of a session description → the codes it may hold."""
    attribute_names: Words
    """Attributes that may be named, though nothing is known of their values."""
    format_parameters: Words
    candidate: Words
    extension_uris: Words
    markup: Words
    """Names of elements and attributes of XML."""
    body_words: Words
    reasons: Words
    """Words that say why a call failed."""
    software: Words


@cache
def vocabulary() -> Vocabulary:
    """The lists, read once."""
    data = load(_FILE).data
    lists = {name: frozenset(text.split()) for name, text in data["lists"].items()}

    def words(text: str) -> Words:
        found: set[str] = set()
        for word in text.split():
            found |= lists[word[1:]] if word.startswith("@") else {word}
        return frozenset(found)

    def table(name: str) -> dict[str, Words]:
        return {key: words(text) for key, text in data[name].items()}

    return Vocabulary(
        methods=lists["methods"],
        transports=lists["transports"],
        protocols=lists["protocols"],
        auth_schemes=lists["auth-schemes"],
        media=lists["media"],
        media_protocols=lists["media-protocols"],
        media_formats=lists["media-formats"],
        crypto_suites=lists["crypto-suites"],
        hash_functions=lists["hash-functions"],
        headers=table("headers"),
        parameters=table("parameters"),
        attributes=table("attributes"),
        attribute_names=words(data["attribute-names"]),
        format_parameters=words(data["format-parameters"]),
        candidate=words(data["candidate"]),
        extension_uris=words(data["extension-uris"]),
        markup=words(data["markup"]),
        body_words=words(data["body-words"]),
        reasons=words(data["reasons"]),
        software=words(data["software"]),
    )
