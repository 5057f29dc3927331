"""What a build makes: the pages' templates, compiled (:mod:`sipdiag.report.environment`), the catalogue and
the other tables, parsed (:mod:`sipdiag.knowledge.parsed`), the number plans (:mod:`sipdiag.knowledge.plans`), and
the manual page.
"""

from __future__ import annotations

import sys
from importlib.metadata import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_LICENCE = "plans.LICENSE"


class Made(BuildHookInterface):  # type: ignore[type-arg]
    """Adds all of it to a wheel, the manual page to a source distribution.

    An editable installation has none: templates are compiled, the catalogue is parsed and number plans are looked up in every run.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from sipdiag.cli.manpage import page

        self._folder = TemporaryDirectory()
        place = Path(self._folder.name)
        manual = place / "sipdiag.1"
        manual.write_text(page(), encoding="utf-8")
        if self.target_name == "sdist":
            build_data["force_include"][str(manual)] = "man/sipdiag.1"
            return
        from sipdiag.knowledge import parsed
        from sipdiag.report.environment import compile_templates

        (place / "compiled").mkdir()
        compile_templates(place / "compiled")
        build_data["force_include"][str(place / "compiled")] = "sipdiag/report/compiled"
        for folder, installed in (("rules", "sipdiag/_rules"), ("sipdiag/knowledge", "sipdiag/knowledge")):
            made = place / installed / parsed.FILE
            made.parent.mkdir(parents=True)
            made.write_bytes(parsed.parse_all(Path(self.root) / folder))
            build_data["force_include"][str(made)] = f"{installed}/{parsed.FILE}"
        self._add_plans(place, build_data)
        build_data["shared_data"][str(manual)] = "share/man/man1/sipdiag.1"

    def _add_plans(self, place: Path, build_data: dict[str, Any]) -> None:
        """The number plans, with the licence of the library whose metadata they are."""
        from sipdiag.knowledge import plans

        (place / plans.FILE.name).write_bytes(plans.prepare())
        (place / _LICENCE).write_text(_licence_of("phonenumbers"), encoding="utf-8")
        for name in (plans.FILE.name, _LICENCE):
            build_data["force_include"][str(place / name)] = f"sipdiag/knowledge/{name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()


def _licence_of(library: str) -> str:
    """The text of its licence file."""
    return next(file for file in files(library) or () if file.name == "LICENSE").read_text(encoding="utf-8")
