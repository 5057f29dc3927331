"""A leg as rules see it: itself, in its call, and in the capture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sipdiag.calls.model import Request
from sipdiag.facts.addresses import SentPrivate, sent_private
from sipdiag.facts.among import Among, Standing, Whole, standing_of
from sipdiag.facts.answers import UnusableAnswer, unusable_answer
from sipdiag.facts.between import LostBetween, kind_of, last_point, lost_between, lost_messages
from sipdiag.facts.blamed import Blamed
from sipdiag.facts.callview import CallView
from sipdiag.facts.cancelling import FailedCancel, failed_cancel
from sipdiag.facts.configured.leg import LegConfigured
from sipdiag.facts.declare import evidence, fact, facts
from sipdiag.facts.digitpath import DigitPath, lost_digits
from sipdiag.facts.dtls import Dtls, dtls_of
from sipdiag.facts.ends import LegEnds
from sipdiag.facts.expectations import Expectations
from sipdiag.facts.holds import MisansweredHold, misanswered_hold
from sipdiag.facts.ice import Ice, ice_of
from sipdiag.facts.later import Later
from sipdiag.facts.legview import LegView
from sipdiag.facts.malformed import Malformed, malformed
from sipdiag.facts.media import Media, MediaFacts
from sipdiag.facts.mediasetup import MediaSetup
from sipdiag.facts.middle import Middle
from sipdiag.facts.misrouting import Misrouted, misrouted
from sipdiag.facts.numbers import LegNumbers
from sipdiag.facts.offers import OfferFacts
from sipdiag.facts.once import once
from sipdiag.facts.refreshes import Refreshes
from sipdiag.facts.relations import Related
from sipdiag.facts.repeats import Repeats
from sipdiag.facts.signalling import (
    LostDialog,
    RefusedMethod,
    SessionTimer,
    lost_dialog,
    refused_method,
)
from sipdiag.facts.signed import SignedIdentity, signed_identity
from sipdiag.facts.timers import is_round
from sipdiag.facts.tries import RefusedTry, refused_try
from sipdiag.knowledge.provider import AdviceStep

if TYPE_CHECKING:
    from sipdiag.facts.configured.call import CallFiles


class LegFacts:
    """Everything known of one leg."""

    def __init__(
        self,
        view: LegView,
        call: CallView,
        whole: Whole | None,
        media: Media,
        held: CallFiles | None = None,
    ) -> None:
        """``whole``: None while not all of the capture was read.  ``held``: the files beside it."""
        self.view = view
        self._held = held
        self._call = call
        self._whole = whole
        self._media = media

    # -- the leg itself ------------------------------------------------------------------------

    @facts()
    def own(self) -> LegView:
        """What its messages tell."""
        return self.view

    @facts()
    def ends(self) -> LegEnds:
        """Who is at either end."""
        return LegEnds(self.view)

    @facts()
    def offer(self) -> OfferFacts:
        """What media was offered and agreed on."""
        return OfferFacts(self.view)

    @facts(prefix="answer_", found="answer_unusable")
    def unusable_answer(self) -> UnusableAnswer | None:
        """The call was answered in a way that lets no media flow, and nobody stayed on it."""
        return unusable_answer(self.view)

    @facts(prefix="media_")
    def media(self) -> MediaFacts:
        """Which way the media went."""
        return MediaFacts(self._media, self.view)

    @once
    def _setup(self) -> MediaSetup:
        return MediaSetup(self._media.of(self.view))

    @facts(prefix="ice_", found="ice_checked")
    def ice(self) -> Ice | None:
        """Checks of ICE between both ends were captured."""
        return ice_of(self._setup)

    @facts(prefix="dtls_", found="dtls_expected")
    def dtls(self) -> Dtls | None:
        """Both sides want DTLS-SRTP, and its handshake would be seen: ICE checks or a part of it were."""
        return dtls_of(self._setup)

    @fact
    def round_timer(self) -> bool:
        """It was given up at a round number of seconds, as timers are set."""
        return is_round(self.view.ring_s) or is_round(self.view.trying_s)

    # -- signalling ----------------------------------------------------------------------------

    @facts()
    def refreshes(self) -> Refreshes:
        """Its re-INVITEs and UPDATEs."""
        return Refreshes(self.view)

    @facts(prefix="hold_", found="hold_misanswered")
    def misanswered_hold(self) -> MisansweredHold | None:
        """A hold (sendonly, inactive) was answered by a side that goes on sending, and who held hung up at once."""
        return misanswered_hold(self.view)

    @facts(prefix="lost_", found="dialog_lost")
    def lost_dialog(self) -> LostDialog | None:
        """A request got 481 although the dialog had not ended in the capture."""
        return lost_dialog(self.view)

    @facts(prefix="misrouted_", found="misrouted")
    def misrouted(self) -> Misrouted | None:
        """A message that got lost was not sent where its dialog asks for."""
        lost = self.lost_dialog.request if self.lost_dialog is not None else None
        failed = self.refreshes.failed.request if self.refreshes.failed is not None else None
        return misrouted(self.view, lost, failed)

    @facts(prefix="cancel_", found="cancel_failed")
    def failed_cancel(self) -> FailedCancel | None:
        """The CANCEL was refused, or the call was answered seconds after it."""
        return failed_cancel(self.view)

    @facts(prefix="refused_", found="method_refused")
    def refused_method(self) -> RefusedMethod | None:
        """405 or 501 to INVITE, PRACK, a refreshing UPDATE or an INFO with digits."""
        return refused_method(self.view)

    @facts()
    def session_timer(self) -> SessionTimer:
        """Its session timer."""
        return SessionTimer(self.view)

    @facts()
    def repeats(self) -> Repeats:
        """Its retransmissions."""
        return Repeats(self.view)

    @facts(prefix="between_", found="lost_between")
    def lost_between(self) -> LostBetween | None:
        """A message or packets of the leg passed one capture point and did not reach the next."""
        return lost_between(self.view, self._media.of(self.view))

    @facts(prefix="digits_", found="digits_lost")
    def digits(self) -> DigitPath | None:
        """Digits have no way to the other side."""
        lost = lost_digits(self.view, self._media.of(self.view))
        return DigitPath(lost) if lost is not None else None

    @fact
    def lost_kinds(self) -> list[str]:
        """The kinds of messages of the leg of which none reached the next capture point: ACK, 200 to INVITE."""
        return [kind_of(lost.sent[0]) for lost in lost_messages(self.view) if not lost.arrived]

    @fact
    def invite_passed(self) -> str | None:
        """The last of several capture points that the initial INVITE passed."""
        invites = self.view.leg.invites
        return last_point(self.view, invites[-1].own.requests[-1:]) if invites else None

    @fact
    def ack_passed(self) -> str | None:
        """The last of several capture points that the ACK passed."""
        return last_point(self.view, self.view.invite.acks[-1:]) if self.view.invite is not None else None

    @fact
    def repeats_lost_between(self) -> bool:
        """What was retransmitted most often was lost between two capture points, or its answer was."""
        lost = {captured.message.cseq_method for one in lost_messages(self.view) for captured in one.sent}
        return bool({"INVITE" if method == "ACK" else method for method in lost} & {self.repeats.method})

    @facts(prefix="malformed_", found="malformed")
    def malformed_message(self) -> Malformed | None:
        """A message of a leg that had trouble is malformed."""
        return malformed(self.view, refresh_failed=self.refreshes.failed is not None)

    @facts(prefix="private_", found="private_sent")
    def sent_private(self) -> SentPrivate | None:
        """A private Contact or SDP address was given to a public peer."""
        failed = self.refreshes.failed
        return sent_private(self.view, failed.request if failed is not None else None)

    def blamed(self) -> Blamed:
        """Where between the ends it failed, if the leg shows it."""
        view = self.view
        private = self.sent_private.inserted_by if self.sent_private is not None else None
        astray = self.misrouted.proxy if self.misrouted is not None else None
        proxy = view.closed.proxy or private or view.ack_end or astray
        return Blamed(proxy, view.unreached.hop if view.unreached is not None else self.repeats.hop)

    @facts(prefix="passport_", found="passport")
    def passport(self) -> SignedIdentity | None:
        """The INVITE carries a signed caller identity (Identity header) that can be read."""
        return signed_identity(self.view)

    # -- in its call ---------------------------------------------------------------------------

    @facts()
    def related(self) -> Related:
        """How it hangs together with the other legs."""
        return self._call.related(self.view)

    @facts()
    def expectations(self) -> Expectations:
        """What should have happened."""
        return self._call.expectations

    @fact
    def transfer_judged(self) -> bool:
        """The one leg of its call on which a missing transfer is judged."""
        return self.view is self._call.transfer_leg

    @fact
    def transfer_tried(self) -> bool:
        """A transfer was attempted in this call, by REFER or INVITE."""
        return bool(self._call.transfers)

    @fact(for_expectations=True)
    def moved_by_invite(self) -> bool:
        """The call was transferred, or tried to be, by a second INVITE."""
        return any(t.transfer.method == "invite" for t in self._call.transfers)

    @fact
    def time_known(self) -> bool:
        """The times of the call's messages are known; a log may print none."""
        return self._call.timed

    @fact
    def hung_up_after_s(self) -> float | None:
        """From the answer to the BYE by the clock; absent where the messages carry no times."""
        return self.view.talk_s if self._call.timed else None

    # -- in the capture ------------------------------------------------------------------------

    @facts()
    def numbers(self) -> LegNumbers:
        """Its numbers."""
        return LegNumbers(self.view, self.related.identity)

    @facts()
    def middle(self) -> Middle:
        """What the B2BUA that placed it changed."""
        return Middle(self.view, self.related.identity, self.related.upstream)

    def standing(self) -> Standing:
        """What its facts in the whole capture follow from."""
        return standing_of(self.view, self.related.identity, timed=self._call.timed)

    @facts()
    def among(self) -> Among:
        """What the whole capture tells of it."""
        return Among(self.standing(), self._whole)

    @facts(prefix="refused_try_", found="refused_try")
    def refused_try(self) -> RefusedTry | None:
        """An earlier INVITE of the leg, or of one before it to the same number, was refused, and differs."""
        return refused_try(self.view, self._call)

    @evidence("upstream_invite")
    def upstream_invite(self) -> Request | None:
        """The INVITE of the leg of this call whose caller's number is shown, else of the one the leg hangs on."""
        told = self.among.in_capture
        shown = told.passthrough_leg if not isinstance(told, Later) else None
        above = next((view for view in self._call.legs if view.leg.id == shown), self.related.base)
        return above.opening if above is not None else None

    @facts()
    def configured(self) -> LegConfigured:
        """What the files beside the capture say of it."""
        return LegConfigured(self.view, self._held)

    # -- advice --------------------------------------------------------------------------------

    def advice(self, name: str) -> Sequence[AdviceStep]:
        """What the parties' provider files advise on this leg: on the refusal, or by ``PARTY.NAME``."""
        party, _, wanted = name.partition(".")
        if not wanted:
            return self.view.refusal.advice if name == "cause" else ()
        sides = self.view.sides
        side = {"callee": sides.callee, "caller": sides.caller, "platform": sides.platform}.get(party)
        if side is None or side.provider is None:
            return ()
        if wanted == "ring_timers":
            return side.provider.ring_timers_of(
                [s for s in (self.view.ring_s, self.view.trying_s) if s is not None]
            )
        return side.advice(wanted)
