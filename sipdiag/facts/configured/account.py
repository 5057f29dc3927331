"""What is switched off in the carrier account that a leg uses."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.facts.configuration.check import CitedValue
from sipdiag.facts.configuration.switches import SWITCHES, without_profile
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.position import Place


class AccountSettings(BesideFiles):
    """The account of the carrier that a leg goes to."""

    @once
    def _off(self) -> list[CitedValue]:
        return list(self._switched_off())

    def _switched_off(self) -> Iterator[CitedValue]:
        held = self.held
        if held is None:
            return
        documents = [
            one for one in held.files.of(*SWITCHES) if one.kind.provider == self.view.sides.callee.id
        ]
        for document in documents:
            setting = document.settings.get(SWITCHES[document.kind.name])
            if setting is not None and setting.value is False:
                yield CitedValue(document, setting.node)
        yield from (found for one in documents if (found := without_profile(one)) is not None)

    @fact(for_expectations=True)
    def cfg_account_off(self) -> bool:
        """The carrier's connection or profile is switched off, or has no profile, by the files."""
        return bool(self._off)

    @evidence("file_account")
    def account_places(self) -> list[Place]:
        """Where that stands."""
        return self.cited(*self._off)
