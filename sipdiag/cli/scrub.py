"""``scrub``: a redacted capture to pass on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sipdiag.cli.inputs import told
from sipdiag.cli.options import captures_argument, reading_options, rules_option
from sipdiag.cli.output import output_option, refuse_input, save
from sipdiag.cli.screen import cores, progress
from sipdiag.cli.selection import save_map
from sipdiag.cli.status import UNUSABLE, complain
from sipdiag.cli.streams import say

if TYPE_CHECKING:
    from sipdiag.capture.engine import Engine
    from sipdiag.messages.read import Reading

_CAPTURES = (".pcap", ".cap")


@click.command()
@captures_argument
@output_option("The capture to write, or the log")
@click.option(
    "--redact-map",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Save the mapping from originals to pseudonyms to FILE (readable only by you).",
)
@rules_option
@reading_options
def scrub(
    captures: tuple[str, ...],
    output: str,
    redact_map: Path | None,
    rule_dirs: tuple[Path, ...],
    engine: Engine,
    keylog: str | None,
    log_format: str | None,
    jobs: int | None,
) -> int:
    """Write a redacted copy of CAPTURE... that can be shared and leads to the same verdict.

    Numbers, names, hosts and ids become pseudonyms; passwords, keys, tokens and credentials are masked; dialled
    digits become others. Media packets keep their headers and carry silence or a tone, digits in them are all 0;
    other traffic and comments are left out. Times, ports, methods, status codes,
    codecs, header order and the wording of responses are kept. Of text logs it writes a log of the same form,
    unless the output is named *.pcap.
    """
    from sipdiag.capture.engine import Choice
    from sipdiag.capture.payload import CaptureError
    from sipdiag.knowledge.yamlfile import YamlError
    from sipdiag.messages.read import read_messages
    from sipdiag.pipeline.run import load_providers
    from sipdiag.redaction.reading import Redaction

    refuse_input(captures, output)
    redaction = Redaction()
    try:
        providers = load_providers(rule_dirs)
        with progress() as bar:
            reading = read_messages(
                captures,
                choice=Choice(engine, keylog, log_format),
                on_progress=bar,
                jobs=jobs or cores(),
                keep_media=True,
            )
    except (CaptureError, YamlError) as error:
        raise click.ClickException(told(error)) from None
    redaction.apply(reading, providers)
    _write(reading, output)
    save_map(redaction, redact_map)
    return UNUSABLE if complain(reading.errors) else 0


def _write(reading: Reading, output: str) -> None:
    from sipdiag.redaction.scrub import left_out, scrubbed, scrubbed_log

    is_log = all(file.log is not None for file in reading.files) and Path(output).suffix not in _CAPTURES
    pieces = scrubbed_log(reading) if is_log else scrubbed(reading)
    if output == "-":
        sys.stdout.buffer.writelines(pieces)
        return
    save(Path(output), pieces)
    missing = left_out(reading)
    say(
        f"{output}: {len(reading.messages)} SIP messages"
        + (f"; left out: {', '.join(missing)}" if missing else "")
    )
