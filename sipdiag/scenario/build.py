"""Rebuilds the captures of a folder from their scenarios."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sipdiag.files import write_file
from sipdiag.scenario import compile_scenario

SUFFIX = ".scenario.yaml"


def scenarios(folder: Path) -> list[Path]:
    """Every scenario below a folder, or the one file itself."""
    return [folder] if folder.is_file() else sorted(folder.rglob(f"*{SUFFIX}"))


def pcap_path(scenario: Path) -> Path:
    """Where a scenario's capture belongs: beside it."""
    return scenario.with_name(scenario.name.removesuffix(SUFFIX) + ".pcap")


def build(folder: Path) -> Iterator[Path]:
    """Writes each capture whose bytes would change; yields the paths written."""
    for scenario in scenarios(folder):
        target, data = pcap_path(scenario), compile_scenario(scenario)
        if not target.exists() or target.read_bytes() != data:
            write_file(target, [data])
            yield target
