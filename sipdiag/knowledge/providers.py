"""The known providers: who is who, and what their refusals mean.

A provider is one file, ``providers/<id>.yaml`` in a catalogue's folder; a file of the same id in a
later folder replaces the earlier one.  No provider is known to the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from sipdiag.knowledge.classify import Classified, Classifier, GetHeader
from sipdiag.knowledge.parsed import Parsed
from sipdiag.knowledge.provider import AdviceStep, Provider, ProviderResponse, Recognition
from sipdiag.knowledge.providerfile import build, provider_id
from sipdiag.knowledge.recognise import Recogniser
from sipdiag.sip.headers import Reason, Warning_
from sipdiag.sip.message import Message

__all__ = ["Classified", "Provider", "Providers", "Recognition"]


class Providers:
    """All providers, and the questions that can be asked about them."""

    def __init__(self, providers: Iterable[Provider]) -> None:
        given = {provider.id: provider for provider in providers}
        self._providers = {ident: _with_family(provider, given) for ident, provider in given.items()}
        self._recogniser = Recogniser(self._providers)
        self._classifier = Classifier(self._providers)

    @classmethod
    def load(cls, roots: Sequence[Path]) -> Providers:
        """Read ``providers/*.yaml`` of each catalogue folder.

        The first folder is the built-in catalogue, whose files a test checks; the files of all others
        are checked here.

        Raises:
            YamlError: a file cannot be read, or a file of a user is not a sound provider file.
        """
        files: dict[str, tuple[Path, bool]] = {}
        for number, root in enumerate(roots):
            for path in sorted((Path(root) / "providers").glob("*.yaml")):
                files[provider_id(str(path))] = (path, number > 0)
        parsed = Parsed(Path(roots[0])) if roots else None
        return cls(
            _checked(path) if check or parsed is None else build(parsed.load(path))
            for path, check in files.values()
        )

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._providers.values())

    def __contains__(self, ident: str) -> bool:
        return ident in self._providers

    @property
    def call_id_headers(self) -> tuple[str, ...]:
        """Every header with a provider's own id of a call."""
        return tuple(dict.fromkeys(name for one in self for name in one.call_id_headers))

    @property
    def account_headers(self) -> tuple[str, ...]:
        """Every header with a customer's account id at a provider."""
        return tuple(dict.fromkeys(name for one in self for name in one.account_headers))

    def get(self, ident: str) -> Provider:
        """The provider with this id.

        Raises:
            KeyError: there is none.
        """
        return self._providers[ident]

    def of_address(self, address: str) -> Recognition | None:
        """Whose address this is."""
        return self._recogniser.of_address(address)

    def of_host(self, host: str) -> Recognition | None:
        """Whose domain name this is."""
        return self._recogniser.of_host(host)

    def of_sender(self, message: Message) -> Recognition | None:
        """Who sent this message, by what stands in it."""
        return self._recogniser.of_sender(message)

    def combine(self, recognitions: Iterable[Recognition | None]) -> Recognition | None:
        """The strongest of several recognitions of one host."""
        return self._recogniser.combine(recognitions)

    def classify(
        self,
        provider: str | None,
        *,
        status: int,
        reason: str,
        header: GetHeader,
        reasons: Sequence[Reason] = (),
        warnings: Sequence[Warning_] = (),
        remarks: Sequence[str] = (),
    ) -> Classified | None:
        """What a refusal means; see :meth:`sipdiag.knowledge.classify.Classifier.classify`."""
        return self._classifier.classify(
            provider,
            status=status,
            reason=reason,
            header=header,
            reasons=reasons,
            warnings=warnings,
            remarks=remarks,
        )

    def shared_advice(self, name: str) -> tuple[AdviceStep, ...]:
        """Advice that holds whoever the parties are."""
        return next((one.advice[name] for one in self if one.kind == "any" and name in one.advice), ())

    def of_code(self, code: str) -> list[ProviderResponse]:
        """Every entry for a provider's code, such as ``32204`` or ``D35``."""
        wanted = code.strip().upper()
        return [p.by_code[wanted] for p in self._providers.values() if wanted in p.by_code]


def _with_family(provider: Provider, given: Mapping[str, Provider]) -> Provider:
    """The provider; where it gives no advice, that of the provider whose software it runs."""
    family = given.get(provider.family)
    if family is None or family is provider or not family.advice:
        return provider
    return replace(provider, advice={**family.advice, **provider.advice})


def _checked(path: Path) -> Provider:
    from sipdiag.knowledge.providercheck import check_provider
    from sipdiag.knowledge.yamltext import load

    document = load(path)
    for error in check_provider(document):
        raise error
    return build(document)
