"""The names under which rules cite messages; ``evidence`` finds the messages."""

from __future__ import annotations

EVIDENCE: dict[str, tuple[str, ...]] = {
    "leg": (
        "invite",
        "last_invite",
        "challenge",
        "ringing",
        "answer",
        "answer_repeats",
        "unconfirmed",
        "redirect",
        "final",
        "ack",
        "cancel",
        "bye",
        "last_request",
        "upstream_invite",
        "orphan_notify",
        "refresh",
        "refused_offer",
        "lost",
        "refused_method",
        "repeats",
        "malformed",
        "private",
    ),
    "transfer": (
        "refer",
        "refer_answer",
        "notify_first",
        "notify_final",
        "notify_refused",
        "bye",
        "hold",
        "new_invite",
        "new_final",
        "new_bye",
        "base_answer",
    ),
    "call": ("invite", "final", "bye"),
    "registration": ("request", "final"),
    "exchange": ("request", "final"),
    "capture": ("truncated",),
}
"""Subject kind → the names under which rules cite its messages."""
