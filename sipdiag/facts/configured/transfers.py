"""That a transfer was asked for, and how the tool is set to make it."""

from __future__ import annotations

import json
import re

from msgspec.structs import replace

from sipdiag.facts.configuration.check import CitedValue
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.configured.events import Statement
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.enums import Method
from sipdiag.facts.once import once
from sipdiag.position import Place

_SENTENCE_END = re.compile(r"(?<=[.!?])(?<![.!?][.!?])[.!?]*+\s")


class AskedTransfer(BesideFiles):
    """The transfer that records ask for, and the tool that would make it."""

    @once
    def _asked(self) -> Statement | None:
        asked = self.held.said.asked if self.held is not None else []
        return max(asked, key=lambda one: one.sure, default=None)

    @fact
    def said_transfer_asked(self) -> bool:
        """An event says that a transfer was asked for in this call."""
        return self._asked is not None

    @fact
    def said_sure(self) -> bool:
        """That event is certainly about this call: by an id, or by both numbers and the time."""
        return self._asked is not None and self._asked.sure

    @fact(absent="a record of the call")
    def said_by(self) -> str | None:
        """What kind of record asked for the transfer."""
        return self._asked.text if self._asked is not None else None

    @fact
    def said_refer_received(self) -> bool:
        """The carrier's REFER webhook was called: a REFER had reached the carrier."""
        return self.held is not None and self.held.said.refer_received is not None

    @fact
    def tool_held(self) -> bool:
        """A transfer tool of a platform in this call is among the files."""
        return self.held is not None and self.held.tool is not None

    @fact
    def said_none(self) -> bool:
        """The platform's record of this call tells of no transfer."""
        return self.held is not None and self._asked is None and self.held.said.call_told

    @evidence("file_asked")
    def asked_places(self) -> list[Place]:
        """Where the transfer was asked for."""
        return self.cited(self._asked.cite if self._asked is not None else None)

    @once
    def _result(self) -> Statement | None:
        results = self.held.said.results if self.held is not None else []
        return results[0] if results else None

    @fact(absent="nothing")
    def said_tool_result(self) -> str | None:
        """What the platform reported of the failed transfer, in its own words."""
        return first_sentence(self._result.text) if self._result is not None else None

    @evidence("file_result")
    def result_places(self) -> list[Place]:
        """Where that report stands: its first sentence, for the rest may say anything."""
        if self._result is None:
            return []
        said = json.dumps(first_sentence(self._result.text), ensure_ascii=False)
        return [replace(one, value=said) for one in self.cited(self._result.cite)]

    @fact
    def cfg_transfer_method(self) -> Method:
        """How the transfer tool of this call is set to transfer; `unknown` for `bye`, or where tools differ."""
        tool = self.held.tool if self.held is not None else None
        named = str(tool.method.value) if tool is not None else ""
        return Method.__members__.get(named, Method.unknown)

    @fact
    def cfg_sends_bye(self) -> bool:
        """The transfer tool is set to end the leg instead of transferring it by SIP."""
        tool = self.held.tool if self.held is not None else None
        return tool is not None and tool.method.value == "bye"

    @fact
    def cfg_transfer_explicit(self) -> bool:
        """The tool names its method; otherwise it is the default of that day."""
        tool = self.held.tool if self.held is not None else None
        return tool is not None and tool.method.explicit

    @fact
    def cfg_transfer_certain(self) -> bool:
        """The tool was read without repair, and was not changed after the call."""
        tool = self.held.tool if self.held is not None else None
        if tool is None or self.held is None:
            return False
        # Before the field existed another one applied, so what was in effect then is less certain.
        dated = tool.method.explicit or tool.method.since is not None
        return (
            dated
            and self.held.certain(CitedValue(tool.document, tool.method.node))
            and not tool.method.unconfirmed
        )

    @fact(absent="its transfer tool")
    def cfg_transfer_text(self) -> str | None:
        """How the file says it: `cold_transfer_mode is "sip_invite"`."""
        tool = self.held.tool if self.held is not None else None
        if tool is None or self.held is None:
            return None
        if not tool.method.explicit:
            return "no mode is set"
        return f"{tool.method.node.key} is {self.held.files.context.mask.quote(tool.method.node)}"

    @evidence("file_method")
    def method_places(self) -> list[Place]:
        """Where the method stands."""
        tool = self.held.tool if self.held is not None else None
        if tool is None:
            return []
        retell = tool.document.kind.name == "retell.transfer_tool" and not tool.method.explicit
        return self.cited(CitedValue(tool.document, tool.method.node, "cold_transfer_mode" if retell else ""))


def first_sentence(text: str) -> str:
    """The first sentence of a text, at most 200 characters of it."""
    return _SENTENCE_END.split(" ".join(text.split()), maxsplit=1)[0][:200]
