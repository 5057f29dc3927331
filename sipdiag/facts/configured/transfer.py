"""What the files say of one transfer."""

from __future__ import annotations

from sipdiag.facts.configuration.check import Cite, cite
from sipdiag.facts.configuration.twiml import calls_somebody, refer_url
from sipdiag.facts.configured.call import CallFiles
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.facts.transferview import TransferView
from sipdiag.position import Place

_DETECTION_TOLERANCE_S = 1.0


class TransferConfigured:
    """A transfer beside the files; ``held`` is None where none were given."""

    def __init__(self, view: TransferView, held: CallFiles | None) -> None:
        self._view = view
        self._held = held

    @once
    def _switch(self) -> tuple[str, Cite] | None:
        """Whether whoever gets the REFER is set to take it: ``on``, ``off``, ``sip-only``, ``no-url``."""
        held, base = self._held, self._view.base
        if held is None or base is None:
            return None
        transferee = self._view.transferee.id
        if transferee in ("asterisk", "freeswitch"):
            for document in held.files.of("asterisk.endpoint", "freeswitch.profile"):
                if document.kind.provider == transferee and "pbx.transfer" in document.settings:
                    return str(document.value("pbx.transfer")), cite(document, "pbx.transfer")
        if transferee not in ("twilio", None):
            return None
        noun = held.dial_of(base)
        if noun is not None:
            node = refer_url(noun.dial)
            return (
                ("on", Cite(noun.dial, node))
                if node is not None
                else ("no-url", Cite(noun.dial, noun.dial.node, "referUrl"))
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
        if self._switch is None or self._switch[0] != "sip-only":
            return False
        target = (self._view.transfer.target or "").lower()
        return target.startswith("tel:") or ".pstn.twilio.com" in target or ".pstn." in target

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
    def _detection(self) -> Cite | None:
        tool = self._held.tool if self._held is not None else None
        leg = self._view.deciding_leg
        if tool is None or not tool.warm or leg is None or leg.talk_s is None:
            return None
        wanted = tool.document.value("transfer.detection_s") or 30.0
        if (
            abs(leg.talk_s - float(wanted)) > _DETECTION_TOLERANCE_S
            or "transfer.detection_s" not in tool.document.settings
        ):
            return None
        return cite(tool.document, "transfer.detection_s")

    @fact
    def cfg_detection_matches(self) -> bool:
        """The target was dropped when the warm transfer's detection time had passed."""
        return self._detection is not None

    @evidence("file_detection")
    def detection_places(self) -> list[Place]:
        """Where that time stands."""
        return self._held.places(self._detection) if self._held is not None else []

    @once
    def _unbridged(self) -> Cite | None:
        held = self._held
        for document in held.files.of("twilio.dial") if held is not None else []:
            if (
                document.file.role == "refer-answer"
                and (document.node.string("answerOnBridge") or "") != "true"
            ):
                return Cite(document, document.node, "answerOnBridge")
        return None

    @fact
    def cfg_answer_unbridged(self) -> bool:
        """The answer to the REFER webhook dials without answerOnBridge."""
        return self._unbridged is not None

    @once
    def _nobody(self) -> Cite | None:
        answers = self._held.files.of("twilio.twiml") if self._held is not None else []
        roots = [one for one in answers if one.file.role == "refer-answer"]
        return next((Cite(one, one.node) for one in roots if not calls_somebody(one)), None)

    @fact
    def cfg_answer_dials_nothing(self) -> bool:
        """The answer to the REFER webhook calls nobody."""
        return self._nobody is not None

    @evidence("file_answer")
    def answer_places(self) -> list[Place]:
        """Where that stands."""
        return self._held.places(self._unbridged or self._nobody) if self._held is not None else []
