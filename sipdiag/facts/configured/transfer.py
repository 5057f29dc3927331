"""What the files say about one transfer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.context.when import moment
from sipdiag.facts.configuration.check import CitedValue, cite
from sipdiag.facts.configuration.files import digits
from sipdiag.facts.configuration.twiml import calls_somebody, refer_url
from sipdiag.facts.configured.events import Statement
from sipdiag.facts.configured.pbx import transfer_switch
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.facts.transferview import TransferView
from sipdiag.position import Place

if TYPE_CHECKING:
    from sipdiag.facts.configured.call import CallFiles

_DETECTION_TOLERANCE_S = 1.0
_WEBHOOK_S = 30.0
"""A carrier reports a webhook that cannot be fetched within this time of the REFER."""
_WHOLE_SECONDS_S = 2.0
"""An alert has whole seconds, and another clock."""


class TransferConfigured:
    """A transfer compared with the files; ``held`` is None if none were given."""

    def __init__(self, view: TransferView, held: CallFiles | None) -> None:
        self._view = view
        self._held = held

    @once
    def _switch(self) -> tuple[str, CitedValue] | None:
        """Whether whoever gets the REFER is set to take it: ``on``, ``off``, ``sip-only``, ``no-url``."""
        held, base = self._held, self._view.base
        if held is None or base is None:
            return None
        transferee = self._view.transferee.id
        if transferee in ("asterisk", "freeswitch"):
            refer = self._view.refer
            document = transfer_switch(held.files, transferee, refer.first) if refer is not None else None
            if document is not None:
                return str(document.value("pbx.transfer")), cite(document, "pbx.transfer")
        if transferee not in ("twilio", None):
            return None
        noun = held.dial_of(base)
        if noun is not None:
            node = refer_url(noun.dial)
            return (
                ("on", CitedValue(noun.dial, node))
                if node is not None
                else ("no-url", CitedValue(noun.dial, noun.dial.node, "referUrl"))
            )
        trunk = held.on_trunk(base)
        if trunk is None or "trunk.transfer_mode" not in trunk.settings:
            return None
        mode = {"disable-all": "off", "enable-all": "on"}.get(
            str(trunk.value("trunk.transfer_mode")), "sip-only"
        )
        return mode, cite(trunk, "trunk.transfer_mode")

    @fact
    def cfg_transfer_off(self) -> bool:
        """Call transfer is switched off there."""
        return self._switch is not None and (self._switch[0] == "off" or self._sip_only)

    @once
    def _sip_only(self) -> bool:
        """Only foreign SIP addresses may be transferred to, and this target is none."""
        if self._switch is None or self._held is None or self._switch[0] != "sip-only":
            return False
        target = self._view.transfer.target or ""
        return target.lower().startswith("tel:") or self._held.files.carrier_of(target) == "twilio"

    @fact
    def cfg_transfer_on(self) -> bool:
        """Call transfer is switched on there."""
        return self._switch is not None and self._switch[0] == "on"

    @fact
    def cfg_no_refer_url(self) -> bool:
        """The Dial that placed the leg has no referUrl."""
        return self._switch is not None and self._switch[0] == "no-url"

    @fact
    def cfg_switch_certain(self) -> bool:
        """The file was read without repair and not changed after the call."""
        return self._switch is not None and self._held is not None and self._held.certain(self._switch[1])

    @evidence("file_switch")
    def switch_places(self) -> list[Place]:
        """Where that stands."""
        return (
            self._held.places(self._switch[1]) if self._switch is not None and self._held is not None else []
        )

    @once
    def _detection(self) -> CitedValue | None:
        tool = self._held.tool if self._held is not None else None
        leg = self._view.deciding_leg
        if tool is None or not tool.warm or leg is None or leg.talk_s is None:
            return None
        setting = tool.document.settings.get("transfer.detection_s")
        if setting is None or not isinstance(setting.value, float):
            return None
        if abs(leg.talk_s - setting.value) > _DETECTION_TOLERANCE_S:
            return None
        return CitedValue(
            tool.document, setting.node, "" if setting.explicit else "agent_detection_timeout_ms"
        )

    @fact
    def cfg_detection_matches(self) -> bool:
        """The target was dropped when the warm transfer's detection time had passed."""
        return self._detection is not None

    @evidence("file_detection")
    def detection_places(self) -> list[Place]:
        """Where that time stands."""
        return self._held.places(self._detection) if self._held is not None else []

    @once
    def _webhook(self) -> Statement | None:
        """The REFER webhook was called for this REFER's target."""
        said = self._held.said.refer_received if self._held is not None else None
        target, wanted = (
            digits(self._view.transfer.target or ""),
            digits(str(said.cite.node.value)) if said else "",
        )
        return said if said is not None and (not target or not wanted or target == wanted) else None

    @fact
    def said_webhook_called(self) -> bool:
        """The REFER webhook was called: what the carrier posted to it is there."""
        return self._webhook is not None

    @once
    def _webhook_failed(self) -> Statement | None:
        """The carrier reports, soon after the REFER, that it could not fetch the webhook's answer."""
        refer = self._view.refer
        if self._held is None or refer is None:
            return None
        for statement in self._held.said.webhook_failures:
            when = moment(statement.cite.document.value("event.started"))
            after = when.timestamp() - refer.first.time_ns / 1e9 if when is not None else 0.0
            if -_WHOLE_SECONDS_S <= after <= _WEBHOOK_S:
                return statement
        return None

    @fact
    def said_webhook_failed(self) -> bool:
        """The carrier's alert says that the REFER webhook could not be fetched."""
        return self._webhook_failed is not None

    @fact
    def said_webhook_sure(self) -> bool:
        """The record of the webhook is certainly about this call."""
        said = self._webhook_failed or self._webhook
        return said is not None and said.sure

    @fact(absent="an error")
    def said_webhook_code(self) -> str | None:
        """The code of that alert."""
        said = self._webhook_failed
        return str(said.cite.document.value("event.code")) if said is not None else None

    @evidence("file_webhook")
    def webhook_places(self) -> list[Place]:
        """Where that stands."""
        said = self._webhook_failed or self._webhook
        return self._held.places(said.cite) if said is not None and self._held is not None else []

    @once
    def _unbridged(self) -> CitedValue | None:
        held = self._held
        for document in held.files.of("twilio.dial") if held is not None else []:
            if (
                document.file.role == "refer-answer"
                and (document.node.string("answerOnBridge") or "") != "true"
            ):
                return CitedValue(document, document.node, "answerOnBridge")
        return None

    @fact
    def cfg_answer_unbridged(self) -> bool:
        """The answer to the REFER webhook dials without answerOnBridge."""
        return self._unbridged is not None

    @once
    def _nobody(self) -> CitedValue | None:
        answers = self._held.files.of("twilio.twiml") if self._held is not None else []
        roots = [one for one in answers if one.file.role == "refer-answer"]
        return next((CitedValue(one, one.node) for one in roots if not calls_somebody(one)), None)

    @fact
    def cfg_answer_dials_nothing(self) -> bool:
        """The answer to the REFER webhook calls nobody."""
        return self._nobody is not None

    @evidence("file_answer")
    def answer_places(self) -> list[Place]:
        """Where that stands."""
        return self._held.places(self._unbridged or self._nobody) if self._held is not None else []
