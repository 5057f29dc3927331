"""What is made of a number: input, its mutation, the stages and outputs it goes through, and what must hold."""

from __future__ import annotations

import contextlib
import functools
import gzip
import io
import json
import os
import random
import re
import shutil
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.etree import ElementTree

import click
from msgspec.structs import replace

from sipdiag.capture import tshark
from sipdiag.capture.payload import Accounting, FileInfo, Payload
from sipdiag.capture.source import read_one
from sipdiag.cli import cli
from sipdiag.logs.forms import FORMS
from sipdiag.logs.write import Logged, written
from sipdiag.pipeline import run as pipeline
from sipdiag.sip.message import Message
from tests.capture.build import Packet, enhanced, eth, interface, ipv4, pcap, section, tcp, udp
from tests.capture.test_other_transports import data_chunk, hep3
from tests.capture.test_streams import UPGRADE, ws
from tests.fuzz import mutate

ROOT = Path(__file__).parents[2]
FORMATS = ("html", "json", "markdown", "text", "sarif", "junit")
EXPECTATIONS = ((), (), ("--expect", "transfer"), ("--expect", "refer"), ("--expect", "answer"))
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What must not reach a terminal."""


@functools.cache
def captures() -> tuple[Path, ...]:
    """The samples, as seeds."""
    return tuple(sorted((ROOT / "sample_pcaps").glob("*/*.pcap")))


@functools.cache
def documents() -> tuple[Path, ...]:
    """Configuration and event documents, as seeds."""
    return tuple(path for path in sorted((ROOT / "sample_context").glob("*/*")) if path.suffix != ".yaml")


@functools.cache
def texts(folder: str) -> tuple[Path, ...]:
    """Rule or provider files, as seeds."""
    found = sorted((ROOT / "rules").glob("*/*.yaml"))
    return tuple(path for path in found if (path.parent.name == "providers") == (folder == "providers"))


@functools.cache
def _prepare() -> None:
    """Rules are loaded once: reading them again is no part of a case, unless the case is about them.

    tshark is not asked: it is another program, and its time is not ours.
    """
    tshark.unavailable = lambda: "tshark is left out here"
    for name in ("load_rulebook", "load_providers"):
        original = getattr(pipeline, name)
        remembered = functools.cache(original)

        def load(
            rule_dirs: Sequence[Path] = (),
            *,
            original: Callable[..., object] = original,
            remembered: Callable[..., object] = remembered,
            **options: bool,
        ) -> object:
            return original(rule_dirs, **options) if rule_dirs else remembered(**options)

        setattr(pipeline, name, load)


def run(case: int, folder: Path) -> None:
    """Do everything that belongs to a case; raises whatever goes wrong."""
    _prepare()
    chance = random.Random(case)
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    kinds = (_capture, _log, _document, _beside, _rules, _providers, _message)
    chance.choices(kinds, (54, 14, 6, 8, 8, 5, 5))[0](chance, folder)


# -- captures --------------------------------------------------------------------------------------


def _capture(chance: random.Random, folder: Path) -> None:
    seed, other = chance.choice(captures()), chance.choice(captures())
    original = seed.read_bytes()
    content = chance.choice((_as_it_is, _as_it_is, _anew))(chance, original, other.read_bytes())
    path = folder / "case.pcap"
    path.write_bytes(content)
    for command in chance.sample(_COMMANDS, 2):
        command(chance, path)


def _as_it_is(chance: random.Random, original: bytes, other: bytes) -> bytes:
    """The file itself, damaged; sometimes compressed."""
    changed = mutate.data(chance, original, other)
    return gzip.compress(changed) if chance.random() < 0.05 else changed


def _payloads(original: bytes) -> list[Payload]:
    path = Path("/dev/shm" if Path("/dev/shm").is_dir() else "/tmp") / f"sipdiag-fuzz-{os.getpid()}.pcap"
    path.write_bytes(original)
    try:
        batches = list(read_one(str(path), 0, Accounting(), FileInfo(path="", format="")))
    finally:
        path.unlink()
    return [payload for batch in batches for payload in batch.payloads]


def _anew(chance: random.Random, original: bytes, other: bytes) -> bytes:
    """The messages of the file, changed, on another transport and in another format; the frames changed, too."""
    foreign = b"\r\n".join(payload.data for payload in _payloads(other))

    def message(payload: Payload) -> Payload:
        return _with(payload, mutate.text(chance, payload.data, foreign))

    payloads = mutate.some(chance, _payloads(original), message)
    carry = chance.choice((_over_udp, _over_tcp, _over_websocket, _over_hep, _over_sctp, _in_fragments))
    packets = carry(chance, payloads)

    def frame(packet: Packet) -> Packet:
        match chance.randrange(3):
            case 0:
                return Packet(
                    packet.data[: chance.randint(0, len(packet.data))], packet.time_ns, len(packet.data)
                )
            case 1:
                return Packet(
                    packet.data, max(0, packet.time_ns + chance.randint(-(10**10), 10**10)), packet.wire
                )
            case _:
                return Packet(mutate.data(chance, packet.data, original, most=2), packet.time_ns)

    if chance.random() < 0.5:
        packets = mutate.some(chance, packets, frame)
    packets = [Packet(one.data[:200_000], one.time_ns, one.wire) for one in packets]
    content = _pcapng(packets) if chance.random() < 0.3 else pcap(packets)
    return mutate.data(chance, content, original, most=1) if chance.random() < 0.2 else content


def _with(payload: Payload, data: bytes) -> Payload:
    return replace(payload, data=data[:60_000])


def _ip(payload: Payload, inside: bytes, protocol: int, **more: int) -> Packet:
    src, dst = (end.address if ":" not in end.address else "192.0.2.66" for end in (payload.src, payload.dst))
    size = min(20 + len(inside), 65535)
    return Packet(eth(ipv4(inside, protocol, src, dst, total=size, **more)), payload.time_ns)


def _udp(payload: Payload, data: bytes) -> bytes:
    return udp(data[:65_000], payload.src.port, payload.dst.port)


def _over_udp(chance: random.Random, payloads: Sequence[Payload]) -> list[Packet]:
    return [_ip(one, _udp(one, one.data), 17) for one in payloads]


def _over_hep(chance: random.Random, payloads: Sequence[Payload]) -> list[Packet]:
    return [_ip(one, _udp(one, hep3(one.data[:60_000])), 17) for one in payloads]


def _over_sctp(chance: random.Random, payloads: Sequence[Payload]) -> list[Packet]:
    head = [struct.pack(">HHII", one.src.port, one.dst.port, 1, 0) for one in payloads]
    return [
        _ip(one, before + data_chunk(one.data[:60_000], number), 132)
        for number, (one, before) in enumerate(zip(payloads, head, strict=True))
    ]


def _in_fragments(chance: random.Random, payloads: Sequence[Payload]) -> list[Packet]:
    packets = []
    for number, one in enumerate(payloads):
        whole, size = _udp(one, one.data), 8 * chance.randint(1, 100)
        for at in range(0, min(len(whole), 64_000), size):
            more = 0x2000 if at + size < len(whole) else 0
            packets.append(_ip(one, whole[at : at + size], 17, ident=number, frag=at // 8 | more))
    return mutate.some(chance, packets, lambda packet: packet) if chance.random() < 0.5 else packets


def _segments(chance: random.Random, payloads: Sequence[Payload], port: int | None = None) -> list[Packet]:
    packets: list[Packet] = []
    sequence: dict[object, int] = {}
    for one in payloads:
        size = chance.choice((40, 536, 1460, 60_000))
        for at in range(0, len(one.data), size):
            piece = one.data[at : at + size]
            place = sequence.get((one.src, one.dst), 1)
            sequence[one.src, one.dst] = (
                place + len(piece) + (chance.random() < 0.02) * chance.randint(-50, 500)
            )
            ports = (one.src.port, one.dst.port) if port is None else (one.src.port + 1000, port)
            packets.append(_ip(one, tcp(piece, place, ports[0] & 0xFFFF, ports[1]), 6))
    return mutate.some(chance, packets, lambda packet: packet) if chance.random() < 0.5 else packets


def _over_tcp(chance: random.Random, payloads: Sequence[Payload]) -> list[Packet]:
    return _segments(chance, payloads)


def _over_websocket(chance: random.Random, payloads: Sequence[Payload]) -> list[Packet]:
    mask = chance.choice((b"", b"\x81\x02\x33\x44"))
    framed = [_with(one, mutate_frame(chance, ws(one.data[:60_000], mask=mask))) for one in payloads]
    return _segments(chance, [_with(one, UPGRADE) for one in payloads[:1]] + framed, 8080)


def mutate_frame(chance: random.Random, frame: bytes) -> bytes:
    """A frame whose head may lie."""
    if chance.random() < 0.8:
        return frame
    return mutate.data(chance, frame[:6], b"", most=1) + frame[6:]


def _pcapng(packets: Sequence[Packet]) -> bytes:
    return (
        section()
        + interface()
        + b"".join(enhanced(one.data, one.time_ns // 1000, wire=one.wire) for one in packets)
    )


# -- commands --------------------------------------------------------------------------------------


def _call(*args: str | Path) -> str:
    """Run a command; what it prints.  Raises what is neither success nor one clear complaint."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace", write_through=True)
    status: object = 2
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()) as err:
        try:
            status = cli.main([str(one) for one in args], standalone_mode=False, prog_name="sipdiag")
        except click.ClickException as complaint:
            err.write(complaint.format_message())
            status = 2 if err.getvalue() else "no complaint"
    assert status in (0, 1, 2, None), status
    assert "Traceback" not in err.getvalue()
    assert isinstance(out.buffer, io.BytesIO)
    return out.buffer.getvalue().decode("utf-8", "replace")


def _options(chance: random.Random) -> tuple[str, ...]:
    return (*chance.choice(EXPECTATIONS), *(("--redact",) if chance.random() < 0.4 else ()), "--jobs", "1")


def _report(chance: random.Random, path: Path) -> None:
    form = chance.choice(FORMATS)
    said = _call("analyze", path, "-f", form, "-o", "-", *_options(chance))
    if not said:
        return
    _CHECKS[form](said)


def _quiet(said: str) -> None:
    assert not _CONTROL.search(said), "a control character on a terminal"


def _page(said: str) -> None:
    assert mutate.MARK.decode() not in said
    assert said.count("<script") <= 4


_CHECKS: dict[str, Callable[[str], object]] = {
    "html": _page,
    "json": json.loads,
    "sarif": json.loads,
    "junit": ElementTree.fromstring,
    "markdown": lambda said: said.encode(),
    "text": _quiet,
}


def _calls(chance: random.Random, path: Path) -> None:
    _quiet(_call("calls", path, *_options(chance)))


def _show(chance: random.Random, path: Path) -> None:
    _quiet(_call("show", path, "--call", "c1", *_options(chance)))


def _messages(chance: random.Random, path: Path) -> None:
    if chance.random() < 0.5:
        json.loads(_call("messages", path, "-f", "json") or "[]")
    else:
        _call("messages", path)


def _scrub(chance: random.Random, path: Path) -> None:
    scrubbed = path.with_name("scrubbed.pcap")
    _call("scrub", path, "-o", scrubbed)
    if scrubbed.is_file():
        _call("calls", scrubbed)


def _compare(chance: random.Random, path: Path) -> None:
    _call("compare", path, chance.choice(captures()))


def _expect(chance: random.Random, path: Path) -> None:
    _call("expect", path)


_COMMANDS: tuple[Callable[[random.Random, Path], None], ...] = (
    *(_report, _report, _report, _calls, _show, _messages, _scrub, _compare, _expect),
)


# -- logs and documents ----------------------------------------------------------------------------


def _log(chance: random.Random, folder: Path) -> None:
    """The messages of a sample as some program logs them, damaged."""
    payloads = _payloads(chance.choice(captures()).read_bytes())
    logged = [
        Logged(one.time_ns, one.src, one.dst, one.transport, one.data, sent=chance.random() < 0.5)
        for one in payloads
    ]
    text = b"".join(written(chance.choice(FORMS), logged, {}))
    other = b"".join(written(chance.choice(FORMS), logged[:3], {}))
    change = chance.choice((mutate.text, mutate.data))
    path = folder / "case.log"
    path.write_bytes(change(chance, text, other))
    for command in chance.sample((*_COMMANDS, _convert), 2):
        command(chance, path)


def _convert(chance: random.Random, path: Path) -> None:
    _call("convert", path, "-o", path.with_name("converted.pcap"))


def _document(chance: random.Random, folder: Path) -> None:
    """A configuration or event document, damaged."""
    seed, other = chance.choice(documents()), chance.choice(documents()).read_bytes()
    change = chance.choice((mutate.text, mutate.data))
    path = folder / seed.name
    path.write_bytes(change(chance, seed.read_bytes(), other))
    command = chance.choice(("context", "lint"))
    form = chance.choice((("-f", "json"), ()))
    said = _call(command, path, *form)
    if not said:
        return
    (json.loads if form else _quiet)(said)


def _beside(chance: random.Random, folder: Path) -> None:
    """Damaged documents beside a capture that such documents bear on."""
    capture = chance.choice([path for path in captures() if path.parent.name == "config"])
    held = sorted(capture.with_suffix(".context").iterdir())
    arguments: list[str | Path] = []
    for number, seed in enumerate([*held, *chance.sample(documents(), 2)]):
        path = folder / f"{number}-{seed.name}"
        change = chance.choice((mutate.text, mutate.data))
        whole = seed.read_bytes()
        path.write_bytes(
            whole if chance.random() < 0.3 else change(chance, whole, chance.choice(documents()).read_bytes())
        )
        role = chance.choice(("", "", "refer-answer=", "dial-answer="))
        arguments += ["--context", f"{role}{path}"]
    copy = folder / capture.name  # without the files that lie beside the original
    copy.write_bytes(capture.read_bytes())
    form = chance.choice(FORMATS)
    said = _call("analyze", copy, *arguments, "-f", form, "-o", "-", *_options(chance))
    assert said
    _CHECKS[form](said)


# -- rules, provider files, single messages ---------------------------------------------------------

_FOREIGN_TEXT = (
    b"when: '[1,2,3].all(a, [1,2,3].all(b, a + b > 0))'",
    b"sentence: '{% for a in codecs %}{{ a | upper }}{% endfor %}'",
    b"sentence: \"{{ 'a' | center(999999999) }}\"",
    b"text: '(a+)+$'",
    b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]",
    b"? [a]\n: b",
    b"!!python/object/apply:os.system [id]",
    b"<<: *a",
)


def _yaml(chance: random.Random, folder: str) -> bytes:
    seeds = texts(folder)
    original, other = chance.choice(seeds).read_bytes(), chance.choice(seeds).read_bytes()
    return mutate.text(chance, original, other + b"\n" + b"\n".join(_FOREIGN_TEXT))


def _rules(chance: random.Random, folder: Path) -> None:
    _with_rules(chance, folder, folder / "rules" / "mine" / "one.yaml", _yaml(chance, "rules"))


def _providers(chance: random.Random, folder: Path) -> None:
    _with_rules(chance, folder, folder / "rules" / "providers" / "mine.yaml", _yaml(chance, "providers"))


def _with_rules(chance: random.Random, folder: Path, path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    capture = chance.choice(captures())
    if chance.random() < 0.3:
        _call("rules", "check", folder / "rules")
    else:
        rules = ("--rules", str(folder / "rules"))
        _quiet(_call("analyze", capture, "-f", "text", "-o", "-", *rules, *_options(chance)))


def _message(chance: random.Random, folder: Path) -> None:
    """One message, every part of it asked for."""
    seeds = [one.data for path in chance.sample(captures(), 2) for one in _payloads(path.read_bytes())]
    raw = mutate.text(chance, chance.choice(seeds), b"\r\n".join(seeds))
    message = Message(raw)
    for name in (name for name in dir(Message) if not name.startswith("_")):
        value = getattr(message, name)
        if not callable(value):
            str(value)
    for name in ("via", "contact", "x-unknown"):
        str((message.header(name), message.addresses(name)))
