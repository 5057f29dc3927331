"""``audio``: what was said in one call, as a WAV file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sipdiag.cli.inputs import told
from sipdiag.cli.options import captures_argument, selection_options
from sipdiag.cli.output import output_option, refuse_input, save
from sipdiag.cli.selection import Selection, run_analysis, the_call
from sipdiag.cli.status import UNUSABLE
from sipdiag.cli.streams import complain, say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sipdiag.pipeline.results import Analysis, CallDetail
    from sipdiag.pipeline.several import FileGroup

REFUSED = "a voice names its speaker: audio and --redact exclude each other"
PIPE = "audio reads the capture twice, which a pipe does not allow: save it to a file first"


@click.command()
@captures_argument
@output_option("The WAV file to write")
@selection_options
def audio(captures: tuple[str, ...], output: str, **selection: Any) -> int:
    """Write what was said in one call (--call) as a WAV file.

    The caller is on the left, the called party on the right, at the moments of the capture; what was lost is
    silent. G.711 needs nothing more; G.722, G.729, GSM, Opus and AMR need PyAV, SRTP with keys in the SDP needs
    pylibsrtp: pip install 'sipdiag[audio]'. Digits are not made audible. The file holds voices: treat it so.
    """
    import sys

    from sipdiag.capture.payload import CaptureError
    from sipdiag.media.audio import wav
    from sipdiag.pipeline.audio import NothingToHearError, recording

    chosen = Selection(**selection)
    _check(chosen, captures)
    refuse_input(captures, output)
    analysis, errors = run_analysis(captures, chosen)
    call = the_call(analysis)
    try:
        heard = recording(call, captures)
    except NothingToHearError as error:
        raise click.ClickException(str(error)) from None
    except CaptureError as error:
        raise click.ClickException(told(error)) from None
    for trouble in heard.troubles:
        complain(f"Not audible: {trouble}")
    data = wav.pcm((heard.caller, heard.callee), heard.rate)
    if output == "-":
        sys.stdout.buffer.write(data)
    else:
        save(Path(output), [data])
        say(
            f"{output}: {call.id}, {heard.leg}, {heard.seconds:.1f} s; left the caller, right the called party"
        )
    return UNUSABLE if errors else 0


def _check(selection: Selection, captures: Sequence[str]) -> None:
    if selection.redacted:
        raise click.UsageError(REFUSED)
    if "-" in captures:
        raise click.UsageError(PIPE)


def check(selection: Selection, captures: Sequence[str], formats: Sequence[str]) -> None:
    """Refuse ``--audio`` where it cannot be: with pseudonyms, from a pipe, in no page."""
    _check(selection, captures)
    if "html" not in formats:
        raise click.UsageError("--audio is for the HTML page; 'sipdiag audio' writes a WAV file")


def with_audio(part: FileGroup) -> FileGroup:
    """The same with what was said in its most important call; where nothing can be heard one line says why."""
    from msgspec.structs import replace

    from sipdiag.capture.payload import CaptureError
    from sipdiag.media.audio.clip import TooLargeError
    from sipdiag.pipeline.audio import NothingToHearError, clip

    call = _most_important(part.analysis)
    if call is None:
        complain("--audio: the page shows several calls; name one with --call")
        return part
    try:
        heard = clip(call, part.paths)
    except TooLargeError as error:
        complain(f"--audio: {error}; 'sipdiag audio' writes a WAV file")
        return part
    except (NothingToHearError, CaptureError) as error:
        complain(f"--audio: {told(error)}")
        return part
    return replace(part, analysis=replace(part.analysis, audio=heard))


def _most_important(analysis: Analysis) -> CallDetail | None:
    """The one call, or that of the headline."""
    if len(analysis.calls) > 1 and analysis.headline is None:
        return None
    wanted = analysis.headline[0] if analysis.headline is not None else ""
    details = analysis.details
    found = [call for call in details if call.id == wanted] or details
    return found[0] if len(found) == 1 else None
