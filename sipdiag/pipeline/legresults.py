"""The parties, legs and transfers of a call, as reports show them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sipdiag.calls.model import Leg, Transfer
from sipdiag.calls.parties import user_of
from sipdiag.facts.callview import CallView
from sipdiag.facts.enums import TransferOutcome
from sipdiag.facts.identity import shown
from sipdiag.facts.target import number_of
from sipdiag.facts.transferview import TransferView
from sipdiag.knowledge.number import Number
from sipdiag.knowledge.providers import Providers
from sipdiag.pipeline.results import LegResult, Party, TransferResult


def party(call: CallView, *, calling: bool) -> Party:
    """Who called, or who was called."""
    view = call.primary
    if view is None or not view.leg.messages:
        return Party(None, None, None)
    identity = call.related(view).identity
    number = identity.caller if calling else identity.callee
    message = (view.leg.invites[0].first if view.leg.invites else view.leg.messages[0].captured).message
    from_caller = message.from_tag == view.leg.from_tag or bool(view.leg.invites)
    address = message.from_ if calling == from_caller else message.to
    uri = address.uri.bare if address is not None else None
    if not calling and message.is_request and message.method == "INVITE":
        uri = message.uri or uri
    return _party_of(uri, number)


def _party_of(uri: str | None, number: Number | None) -> Party:
    return Party(uri or None, shown(number), number.country if number else None)


def leg_result(leg: Leg, call: CallView, facts: Mapping[str, object], providers: Providers) -> LegResult:
    """A leg with its state, its facts, and the ids that its providers know it by."""
    view = call.view(leg)
    carrier, platform = view.sides.carrier, view.sides.platform
    provider = carrier.id if carrier is not None and carrier.id else platform.id if platform else None
    return LegResult(
        leg=leg,
        state=view.state.slug,
        status=view.status,
        reason=view.final.message.reason if view.final else None,
        provider=provider or view.sides.caller.id or view.sides.callee.id,
        facts=facts,
        call_ids=_ids(leg, providers.call_id_headers),
        account_ids=_ids(leg, providers.account_headers),
    )


def _ids(leg: Leg, headers: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """The values of these headers in the leg's messages, each once."""
    found: dict[tuple[str, str], None] = {}
    for entry in leg.messages:
        for name in headers:
            value = entry.captured.message.header(name)
            if value:
                found.setdefault((name, value))
    return tuple(found)


def transfer_results(call: CallView, facts: Mapping[str, Mapping[str, object]]) -> Iterator[TransferResult]:
    """The transfers of a call; one that is missing, too."""
    for view in call.transfers:
        yield TransferResult(
            view.transfer,
            view.outcome.slug,
            view.refer_status,
            _transfer_target(view),
            facts.get(view.transfer.id, {}),
        )
    if call.missing_transfer and call.transfer_leg is not None:
        missing = Transfer(id=f"{call.call.id}.t1", leg=call.transfer_leg.leg)
        yield TransferResult(missing, TransferOutcome.not_attempted.slug, None, Party(None, None, None))


def _transfer_target(view: TransferView) -> Party:
    transfer = view.transfer
    if transfer.refers:
        address = transfer.refers[0].first.message.refer_to
        text = user_of(address)
    else:
        text = user_of(transfer.new_legs[0].invites[0].first.message.to)
    return _party_of(transfer.target, number_of(view, text))
