"""Scenario compiler: a YAML ladder in, a capture out, byte for byte the same every time.

A scenario (``name.scenario.yaml``) names hosts, dialogs and one line a message; whatever a line does not say
(tags, branches, CSeq, Via stacks, Routes, digests, SDP, lengths, checksums) follows from RFC 3261 and from
the habits of the hosts' products.  Nothing here reads a clock or draws a random number: identifiers
are derived from the scenario's file name.  The language is described in ``docs/scenarios.md``.

Stages: ``document`` (YAML with line numbers) → ``load`` (schema) → ``ladder`` (steps to messages, by way of
``dialog``) → ``packets`` (messages to a pcap; the only place that needs scapy).
"""

from __future__ import annotations

from pathlib import Path

from sipdiag.scenario.document import ScenarioError

__all__ = ["ScenarioError", "compile_scenario"]


def compile_scenario(path: str | Path) -> bytes:
    """The pcap of a scenario file; :class:`ScenarioError` (one line, ``file:line: text``) if it is broken."""
    from sipdiag.scenario.ladder import play
    from sipdiag.scenario.load import load
    from sipdiag.scenario.packets import to_pcap
    from sipdiag.scenario.point import passing

    scenario = load(Path(path))
    return to_pcap(scenario, passing(scenario, play(scenario)))
