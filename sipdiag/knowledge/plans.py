"""Where number plans come from: the metadata of ``phonenumbers``, or what a wheel holds of it.

Importing the library takes longer than judging a small capture.  So its metadata is made ready when the wheel is
built, as the catalogue is parsed (:mod:`~sipdiag.knowledge.parsed`).  It serves while the release that is installed is the one it
was made from; any other is asked itself, as it is in every checkout.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from sipdiag.knowledge.numberplan import CodePlan, Range, RegionPlan

FILE = Path(__file__).with_name("plans.msgpack")
_SOURCE = "phonenumbers"
_LONGEST_CODE = 3
_KINDS = (
    "fixed_line", "mobile", "premium_rate", "toll_free", "shared_cost", "voip", "personal_number", "pager", "uan",
    "voicemail",
)  # fmt: skip
"""What a valid number is one of; the most usual first."""


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """All plans, made ready."""

    made_from: bytes
    """The release of ``phonenumbers`` whose metadata they are, as :func:`_release` tells it."""
    codes: dict[str, str]
    """Region → its country code."""
    plans: dict[str, msgspec.Raw]
    """Country code → :class:`~sipdiag.knowledge.numberplan.CodePlan`, decoded when it is asked for."""


def split(digits: str) -> tuple[CodePlan, str] | None:
    """Divide digits that begin with a country code; None if there is no such code."""
    for length in range(1, _LONGEST_CODE + 1):
        plan = code_plan(digits[:length])
        if plan is not None:
            return plan, digits[length:]
    return None


@cache
def code_plan(code: str) -> CodePlan | None:
    """The plan of a country code of up to three digits; None if there is no such code."""
    held = _held()
    if held is None:
        return _of_library(code)
    plan = held.plans.get(code)
    return msgspec.msgpack.decode(plan, type=CodePlan) if plan is not None else None


@lru_cache(maxsize=512)
def home_plan(region: str) -> RegionPlan | None:
    """The plan of a region; None for an unknown one."""
    held = _held()
    code = _code_in_library(region) if held is None else held.codes.get(region)
    plan = code_plan(code) if code is not None else None
    return next((one for one in plan.regions if one.region == region), None) if plan is not None else None


@cache
def _held() -> Prepared | None:
    """What the wheel holds, if it was made from the release installed; None where the library is to be asked."""
    try:
        held = msgspec.msgpack.decode(FILE.read_bytes(), type=Prepared)
    except (OSError, msgspec.MsgspecError):
        return None
    return held if held.made_from == _release() else None


def _release() -> bytes | None:
    """SHA-256 of the first file of ``phonenumbers``, which bears its version; None where it is not installed."""
    spec = find_spec(_SOURCE)
    if spec is None or spec.origin is None:
        return None
    return hashlib.sha256(Path(spec.origin).read_bytes()).digest()


def prepare() -> bytes:
    """What :func:`code_plan` and :func:`home_plan` find in a wheel."""
    import phonenumbers

    codes = {region: code for region in phonenumbers.SUPPORTED_REGIONS if (code := _code_in_library(region))}
    plans = {
        str(code): msgspec.Raw(msgspec.msgpack.encode(_of_library(str(code)), order="deterministic"))
        for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    }
    release = _release()
    assert release is not None
    return msgspec.msgpack.encode(Prepared(release, codes, plans), order="deterministic")


# -- asking the library ------------------------------------------------------------------------


def _code_in_library(region: str) -> str | None:
    import phonenumbers

    code = phonenumbers.country_code_for_region(region)
    return str(code) if code else None


def _of_library(code: str) -> CodePlan | None:
    import phonenumbers

    names = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code)) if code[0] != "0" else None
    if names is None:
        return None
    metadata = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code
    regions = tuple(_region_plan(name, metadata(int(code), name)) for name in names)
    return CodePlan(
        code=int(code),
        is_global=names[0] == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY,
        regions=regions,
        some_leading="|".join(plan.leading for plan in regions if plan.leading is not None) or None,
    )


def _region_plan(region: str, metadata: Any) -> RegionPlan:
    return RegionPlan(
        region=region,
        code=str(metadata.country_code),
        leading=metadata.leading_digits or None,
        every=_range(metadata.general_desc),
        local=frozenset(metadata.general_desc.possible_length_local_only),
        kinds=tuple(map(_range, _kinds(metadata))),
        prefix=metadata.national_prefix_for_parsing or None,
        exit_code=metadata.international_prefix or None,
    )


def _kinds(metadata: Any) -> Iterator[Any]:
    for kind in _KINDS:
        if kind != "mobile" or not metadata.same_mobile_and_fixed_line_pattern:
            described = getattr(metadata, kind)
            if described is not None and described.national_number_pattern:
                yield described


def _range(description: Any) -> Range:
    return Range(frozenset(description.possible_length), description.national_number_pattern)
