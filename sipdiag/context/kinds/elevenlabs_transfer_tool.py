"""The transfer-to-number tool, alone or inside an agent."""

from __future__ import annotations

from collections.abc import Iterator

from sipdiag.context.kinds import DocumentKind, never
from sipdiag.context.node import Node


def matches(node: Node, wrapper: str) -> bool:
    return any(True for _ in parts(node))


def parts(node: Node) -> Iterator[tuple[str, Node]]:
    transfers = node.get("transfers") or node.get("params", "transfers")
    for item in transfers.items() if transfers is not None else []:
        if item.has("transfer_destination") or item.has("phone_number", "condition"):
            yield "elevenlabs.transfer", item


def is_agent(node: Node, wrapper: str) -> bool:
    return node.get("conversation_config", "agent") is not None


def agent_parts(node: Node) -> Iterator[tuple[str, Node]]:
    prompt = node.get("conversation_config", "agent", "prompt")
    if prompt is None:
        return
    built_in, tools = prompt.get("built_in_tools"), prompt.get("tools")
    held = [
        *(built_in.members().values() if built_in is not None else ()),
        *(tools.items() if tools is not None else ()),
    ]
    for tool in held:
        if matches(tool, ""):
            yield "elevenlabs.transfer_tool", tool


KINDS = (
    DocumentKind("elevenlabs.transfer_tool", "ElevenLabs transfer tool", "configuration", matches, parts),
    DocumentKind(
        "elevenlabs.agent",
        "ElevenLabs agent",
        "configuration",
        is_agent,
        agent_parts,
        fetch="GET https://api.elevenlabs.io/v1/convai/agents/{agent_id}",
    ),
    DocumentKind("elevenlabs.transfer", "ElevenLabs transfer destination", "configuration", never),
)
