"""A dispatch rule: which room a call of which trunk goes to."""

from __future__ import annotations

from sipdiag.context.kinds import DocumentKind
from sipdiag.context.node import Node

_FORMS = ("dispatch_rule_direct", "dispatch_rule_individual", "dispatch_rule_callee")


def matches(node: Node, wrapper: str) -> bool:
    rule = node.get("rule")
    if rule is None or not any(rule.has(form) for form in _FORMS):
        return False
    return (
        wrapper in ("dispatchrule", "items")
        or any(
            node.has(key)
            for key in (
                "trunk_ids",
                "sip_dispatch_rule_id",
                "name",
                "inbound_numbers",
                "numbers",
                "attributes",
            )
        )
        or len(node.members()) <= 2
    )


KINDS = (
    DocumentKind(
        "livekit.dispatch_rule",
        "LiveKit dispatch rule",
        "configuration",
        matches,
        fetch="lk sip dispatch list --json",
        order=4,
    ),
)
