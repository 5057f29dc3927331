"""What a build makes: the pages' templates, compiled (:mod:`sipdiag.report.environment`), the catalogue and
the other tables, parsed (:mod:`sipdiag.knowledge.parsed`), the number plans (:mod:`sipdiag.knowledge.plans`), and
the manual page.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


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
        from sipdiag.knowledge import parsed, plans
        from sipdiag.report.environment import compile_templates

        (place / "compiled").mkdir()
        compile_templates(place / "compiled")
        build_data["force_include"][str(place / "compiled")] = "sipdiag/report/compiled"
        for folder, installed in (("rules", "sipdiag/_rules"), ("sipdiag/knowledge", "sipdiag/knowledge")):
            made = place / installed / parsed.FILE
            made.parent.mkdir(parents=True)
            made.write_bytes(parsed.parse_all(Path(self.root) / folder))
            build_data["force_include"][str(made)] = f"{installed}/{parsed.FILE}"
        made = place / plans.FILE.name
        made.write_bytes(plans.prepare())
        build_data["force_include"][str(made)] = f"sipdiag/knowledge/{plans.FILE.name}"
        build_data["shared_data"][str(manual)] = "share/man/man1/sipdiag.1"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()
