"""Compiles the templates of the pages into the wheel (:mod:`sipdiag.report.environment`)."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledTemplates(BuildHookInterface):  # type: ignore[type-arg]
    """Adds ``sipdiag/report/compiled``; an editable installation has none and compiles in every run."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from sipdiag.report.environment import compile_templates

        self._folder = TemporaryDirectory()
        compile_templates(Path(self._folder.name))
        build_data["force_include"][self._folder.name] = "sipdiag/report/compiled"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()
