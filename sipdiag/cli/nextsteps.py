"""What most people type next: the end of every command's help."""

from __future__ import annotations

import click

NEXT: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "analyze": (
        ("sipdiag calls CAPTURE", "every call, one line each"),
        ("sipdiag show CAPTURE --call c1", "ladder and messages of one"),
    ),
    "calls": (
        ("sipdiag show CAPTURE --call c1", "ladder and messages of one"),
        ("sipdiag analyze CAPTURE --call c1 --open", "its report, in the browser"),
    ),
    "show": (
        ("sipdiag extract CAPTURE --call c1 -o one.pcap", "this call alone, for Wireshark"),
        ("sipdiag compare GOOD CAPTURE --call-bad c1", "against a call that worked"),
    ),
    "browse": (
        ("sipdiag analyze CAPTURE --call c1 --open", "the report of one call"),
        ("sipdiag extract CAPTURE --call c1 -o one.pcap", "one call alone, for Wireshark"),
    ),
    "extract": (
        ("sipdiag analyze one.pcap --open", "its report"),
        ("sipdiag scrub one.pcap -o clean.pcap", "without numbers and names, to pass on"),
    ),
    "messages": (
        ("sipdiag calls CAPTURE", "the same as calls with verdicts"),
        ("sipdiag show CAPTURE --call TEXT", "one call in full"),
    ),
    "rules": (
        ("sipdiag rules list", "all rules"),
        ("sipdiag explain transfer/refer-missing", "one in words"),
    ),
    "rules list": (
        ("sipdiag explain transfer/refer-missing", "one in words"),
        ("sipdiag rules new mine/first", "one of your own"),
    ),
    "rules show": (
        ("sipdiag explain ID", "the same in words"),
        ("sipdiag rules new mine/first", "one of your own"),
    ),
    "rules check": (
        ("sipdiag analyze CAPTURE --rules DIR", "use them"),
        ("sipdiag test DIR --rules DIR", "check captures against their expectation files"),
    ),
    "rules facts": (
        ("sipdiag rules facts leg --word busy", "those that have to do with it"),
        ("sipdiag rules facts leg --of CAPTURE", "what they are in a capture"),
    ),
    "rules new": (
        ("sipdiag rules check my-rules", "is it sound?"),
        ("sipdiag analyze CAPTURE --rules my-rules", "does it fire?"),
    ),
    "test": (
        ("sipdiag test PATH --update", "take today's verdicts for right"),
        ("sipdiag analyze CAPTURE", "why one failed"),
    ),
    "expect": (
        ("sipdiag test CAPTURE", "hold it against the file"),
        ("sipdiag expect CAPTURE --update", "follow today's verdict"),
    ),
    "synth": (
        ("sipdiag analyze PCAP", "what is said of it"),
        ("sipdiag expect PCAP", "write down what must be said of it"),
    ),
    "compare": (
        ("sipdiag compare GOOD BAD -f html", "side by side on a page"),
        ("sipdiag analyze BAD --expect transfer", "the failing call alone"),
    ),
    "audio": (
        ("sipdiag show CAPTURE --call c1", "which streams there are, and what is missing in them"),
        ("sipdiag analyze CAPTURE --call c1 --audio", "play it in the page, beside the lanes"),
    ),
    "scrub": (
        ("sipdiag analyze clean.pcap", "the verdict is the same"),
        ("sipdiag messages clean.pcap", "read what is in it before you send it"),
    ),
    "convert": (
        ("sipdiag analyze one.pcap", "its report"),
        ("sipdiag scrub one.pcap -o clean.pcap", "without numbers and names, to pass on"),
    ),
    "explain": (
        ("sipdiag rules list", "all rules"),
        ("sipdiag analyze CAPTURE --open", "what a capture says"),
    ),
    "doctor": (
        ("sipdiag doctor CAPTURE", "what a file is taken for"),
        ("sipdiag analyze CAPTURE --open", "its report, in the browser"),
    ),
    "context": (
        ("sipdiag lint FILES", "what is wrong with them"),
        ("sipdiag analyze CAPTURE --context FILES", "hold them against a call"),
    ),
    "fleet": (
        ("sipdiag fleet run FOLDER -o DATASET", "analyse all captures in a folder"),
        ("sipdiag fleet query DATASET", "the questions that have names"),
    ),
    "fleet run": (
        ("sipdiag fleet report DATASET -o fleet.html", "what fails, since when, with whom"),
        ("sipdiag fleet query DATASET root-causes", "the same as a table"),
    ),
    "fleet query": (
        ("sipdiag fleet query DATASET", "the questions that have names"),
        ("sipdiag fleet report DATASET -o fleet.html", "all of it as a page"),
    ),
    "fleet report": (
        ("sipdiag fleet query DATASET faults", "every fault, not the commonest alone"),
        ("sipdiag fleet report DATASET --alert 'ser < 0.4 by carrier'", "exit status 1 where it holds"),
    ),
    "fleet compact": (
        ("sipdiag fleet query DATASET outcomes", "how calls ended"),
        ("sipdiag fleet report DATASET -o fleet.html", "all of it as a page"),
    ),
    "lint": (
        ("sipdiag context FILES", "what was read of them"),
        ("sipdiag analyze CAPTURE --context FILES", "hold them against a call"),
    ),
}
"""Command → the two commands most likely to follow, each with what it is for."""


def with_next_steps(command: click.Command, name: str) -> click.Command:
    """The command, its help ending with what most people type next."""
    steps = NEXT.get(name)
    if steps is not None:
        width = max(len(typed) for typed, _ in steps)
        lines = [f"  {typed:<{width}}  {purpose}" for typed, purpose in steps]
        command.epilog = "\b\nNext:\n" + "\n".join(lines)
    if isinstance(command, click.Group):
        for inner, sub in command.commands.items():
            with_next_steps(sub, f"{name} {inner}")
    return command
