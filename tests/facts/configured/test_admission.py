"""Files that say whom a platform takes, held against its silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from sipdiag.pipeline.run import analyze
from sipdiag.scenario.build import build, pcap_path
from tests.context.test_lint_instances import RULEBOOK
from tests.context.test_wire_instances import DOCUMENTS, SAMPLES


@pytest.mark.parametrize(
    ("waited", "root"), [("8.0", None), ("15.0", "platform/no-trunk-or-rule")], ids=["hung up soon", "waited"]
)
def test_silence_after_a_100_is_of_no_rule_once_the_caller_has_waited(
    waited: str, root: str | None, tmp_path: Path
) -> None:
    name = "config/dropped-in-silence"
    text = (SAMPLES / f"{name}.scenario.yaml").read_text(encoding="utf-8")
    assert "+45.0" in text
    scenario = tmp_path / "call.scenario.yaml"
    scenario.write_text(text.replace("+45.0", f"+{waited}"), encoding="utf-8")
    list(build(tmp_path))
    files = []
    for document in ("inbound-fits.yaml", "rule-other.yaml"):
        files.append(str(tmp_path / document))
        (tmp_path / document).write_text(DOCUMENTS[document], encoding="utf-8")
    (call,) = analyze([str(pcap_path(scenario))], rulebook=RULEBOOK, context=files)[0].calls
    assert (call.root_cause.rule if call.root_cause is not None else None) == root
