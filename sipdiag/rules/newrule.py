"""The file that ``sipdiag rules new`` starts a rule with."""

from __future__ import annotations

import re
from pathlib import Path

from sipdiag.files import write_file

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*/[a-z0-9]+(?:-[a-z0-9]+)*\Z")
"""``family/name``, both in lower case with dashes."""

TEXT = """\
# {id}: a rule.  Try it:  sipdiag analyze CAPTURE --rules {folder}
# Check it:               sipdiag rules check {folder}
# All facts and their meaning: docs/facts.md; the way through this file: docs/write-a-rule.md.

title: The carrier answered 480 although nothing rang

# What it looks at: leg, direction, transfer, call, registration, exchange, capture or context.
subject: leg

# info, warning or error; certain, likely or possible.
severity: warning
confidence: possible

# Who has to act: carrier, carrier-account, platform, configuration, callee, caller, network, capture or nobody.
responsible: carrier

# Names for conditions, for use in "when" and in the cases.
let:
  at_once: verdict_s < 1.0

# The condition, in CEL over the facts of the subject.  A fact that is not known makes the rule
# silent.  Seconds are doubles: write 3.0, not 3.  Closed sets, statuses and causes go by their names:
# State.refused, Cause.busy, Status.busy_here, Q850.user_busy.
when: judged && state == State.refused && status == Status.temporarily_unavailable && !rang && callee_is_carrier

# What the report says; {{{{ }}}} puts in the value of a fact.
sentence: "{{{{ callee_name }}}} answered the call to {{{{ to_number }}}} with {{{{ refuser_wording }}}} after {{{{ verdict_s | seconds }}}}."
why: Why this is a fault, and how the protocol should have gone.

# What differs where a condition holds: severity, confidence, responsible, sentence, why, and steps to
# put before those below ("fix").  "also" adds to the why.  The first case that holds decides.
cases:
  - when: at_once
    confidence: likely
    also: No phone can have been asked in so short a time.
  - when: retry_after
    severity: info
    fix: [Call again after the time in Retry-After.]

# The messages that prove it, by their names in docs/facts.md.
evidence: [last_invite, final]

# One step each: a text, or text with command and url, or the name of advice in the provider's file
# ("cause": on this very refusal).  With advice and text, the text is for whom no file advises.
# In a list on one line, [like this], put a text that holds a comma in quotes.
fix:
  - advice: cause
    text: What to do about it.

references: ["RFC 3261 §21.4.18"]
false_alarms: [When this rule is wrong.]

# Rules that say less than this one; they are dropped where this one fires.
supersedes: [target/unavailable]
"""


class RuleNameError(ValueError):
    """The rule cannot be started; ``str()`` is one line."""


def write_new(rule_id: str, folder: Path) -> Path:
    """Write the starting file of ``rule_id`` below ``folder``; returns its path.

    :raises RuleNameError: the id is no ``family/name``, or the file exists or cannot be written.
    """
    if not NAME.match(rule_id):
        raise RuleNameError(
            f"{rule_id!r} is no rule id; it is FAMILY/NAME in lower case, for instance carrier/slow-answer"
        )
    path = folder / f"{rule_id}.yaml"
    if path.exists():
        raise RuleNameError(f"{path} exists already; choose another name or edit it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(path, [TEXT.format(id=rule_id, folder=folder)])
    except OSError as error:
        raise RuleNameError(f"{path} cannot be written: {error.strerror}") from None
    return path
