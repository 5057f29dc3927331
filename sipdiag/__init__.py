"""sipdiag: tells from a capture why a call or a transfer failed, who has to act, and how.

::

    import sipdiag

    analysis = sipdiag.analyze("call.pcap", expect="transfer")
    for result in analysis.calls:
        print(result.outcome, result.root_cause and result.root_cause.sentence)

Importing this package is cheap; what reads captures is loaded by the first call of :func:`analyze`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from typing import Literal

    from sipdiag.report.python import Report

__all__ = ["__version__", "analyze"]
__version__ = "0.1.0"


def analyze(
    path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    *,
    expect: Literal["transfer", "refer", "answer"] | None = None,
    call: str | None = None,
    rules: Sequence[str | os.PathLike[str]] = (),
    builtin_rules: bool = True,
    engine: Literal["auto", "native", "tshark"] = "auto",
    keylog: str | os.PathLike[str] | None = None,
    log_format: str | None = None,
) -> Report:
    """Diagnose a capture (pcap, pcapng, compressed or not) or a text log, or several that are one trace.

    :param path: a file, or the files of a rotated capture.
    :param expect: what should have happened; a transfer of any kind, one by REFER, or an answer.
    :param call: only calls whose Call-ID, number or carrier's call id contains this text.
    :param rules: folders with further rules and providers; the same id replaces a built-in one.
    :param builtin_rules: whether the built-in rules are used.
    :param engine: what decodes the capture; ``auto`` asks tshark for what only it can decrypt.
    :param keylog: TLS keys (``SSLKEYLOGFILE``) to decrypt SIP with; needs tshark.
    :param log_format: the format to take text logs for; None to have it recognised.
    :returns: every call with its outcome, findings and root cause; see :mod:`sipdiag.pipeline.results`.  Its methods
        ``to_html``, ``to_json`` and ``to_markdown`` make the reports.
    :raises sipdiag.capture.payload.CaptureError: a file is missing, or neither a capture nor text.
    :raises sipdiag.rules.problem.RuleError: a rule cannot be used.
    :raises sipdiag.knowledge.yamlfile.YamlError: a provider file cannot be used.
    """
    import os
    from pathlib import Path

    from sipdiag.capture.engine import Choice
    from sipdiag.pipeline.run import analyze as run
    from sipdiag.report.python import Report

    paths = [path] if isinstance(path, str | os.PathLike) else list(path)
    analysis, errors = run(
        [os.fspath(one) for one in paths],
        expect=expect,
        call_filter=call,
        rule_dirs=[Path(one) for one in rules],
        builtin_rules=builtin_rules,
        choice=Choice(engine, os.fspath(keylog) if keylog is not None else None, log_format),
    )
    if errors:
        raise errors[0]
    return Report.of(analysis)
