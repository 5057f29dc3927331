"""What options may be given: times, time zones, numbers, addresses, files of names; each a type of click."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from datetime import tzinfo

    from sipdiag.pipeline.call_filter import AddressFilter

    _Type = click.ParamType[Any]
else:
    _Type = click.ParamType  # Not generic in all versions.

_OF_DAY = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?")
_OFFSET = re.compile(r"([+-])(\d{1,2}):?(\d{2})")
_LONGEST_ALIAS = 60


class _Moment(_Type):
    """A date and time, or a time of day; what zone it is in is known once all options are."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from datetime import datetime

        text = str(value).strip()
        if _OF_DAY.fullmatch(text):
            return text if text[2] == ":" else f"0{text}"
        try:
            datetime.fromisoformat(text)
        except ValueError:
            self.fail(
                f"{text!r} is no time; write 2026-10-06T14:00, 2026-10-06 14:00:30+02:00, or 14:00",
                param,
                ctx,
            )
        return text


class _Zone(_Type):
    """A time zone."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:
        from datetime import UTC, datetime, timedelta, timezone, tzinfo

        if isinstance(value, tzinfo):
            return value
        text = str(value).strip()
        if text.upper() in ("UTC", "Z"):
            return UTC
        if text.lower() == "local":
            return _local() or datetime.now().astimezone().tzinfo or UTC
        if match := _OFFSET.fullmatch(text):
            offset = timedelta(hours=int(match[2]), minutes=int(match[3]))
            if offset < timedelta(hours=24):
                return timezone(-offset if match[1] == "-" else offset)
        from zoneinfo import ZoneInfo

        try:
            return ZoneInfo(text)
        except (ValueError, OSError, LookupError):
            self.fail(f"{text!r} is no time zone; write Europe/Berlin, +02:00, UTC or local", param, ctx)


def _local() -> tzinfo | None:
    """The zone of this machine with its daylight saving time, where it says which it is."""
    import os
    from pathlib import Path
    from zoneinfo import ZoneInfo

    named = os.environ.get("TZ", "").removeprefix(":")
    if not named:
        _, _, named = str(Path("/etc/localtime").resolve()).partition("zoneinfo/")
    try:
        return ZoneInfo(named) if named else None
    except (ValueError, OSError, LookupError):
        return None


class _Number(_Type):
    """Digits of a telephone number."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from sipdiag.pipeline.call_filter import number_of

        try:
            return number_of(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class _Place(_Type):
    """An address, with or without a port, or a network."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> AddressFilter:
        from sipdiag.pipeline.call_filter import AddressFilter, place_of

        if isinstance(value, AddressFilter):
            return value
        try:
            return place_of(str(value))
        except ValueError:
            self.fail(
                f"{value!r} is no address; write 192.0.2.1, 192.0.2.1:5060, 192.0.2.0/24 or [2001:db8::1]:5060",
                param,
                ctx,
            )


class _Aliases(_Type):
    """A file of names for addresses."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        if isinstance(value, dict):
            return value
        from pathlib import Path

        try:
            text = Path(value).read_text(encoding="utf-8-sig", errors="replace")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise click.ClickException(
                f"{value}: cannot be read ({reason}); --alias expects a file"
            ) from None
        names: dict[str, str] = {}
        for number, line in enumerate(text.splitlines(), 1):
            words = line.partition("#")[0].replace("=", " ", 1).split()
            if words and words[0] == "alias":
                # As sngrep's own file has it.
                words = words[1:]
            if not words:
                continue
            address = _address(words[0])
            if address is None or len(words) < 2:
                raise click.ClickException(
                    f"{value}:{number}: expected 'ADDRESS NAME', as in '192.0.2.10 sbc-1', found {line.strip()[:60]!r}"
                )
            names[address] = " ".join(words[1:])[:_LONGEST_ALIAS]
        return names


def _address(text: str) -> str | None:
    """The address, or address and port, as a capture writes it."""
    from sipdiag.capture.payload import host_text
    from sipdiag.pipeline.call_filter import place_of

    try:
        place = place_of(text)
    except ValueError:
        return None
    if place.network.num_addresses != 1:
        return None
    address = str(place.network.network_address)
    return address if place.port is None else host_text((address, place.port))


MOMENT, ZONE, NUMBER, PLACE, ALIASES = _Moment(), _Zone(), _Number(), _Place(), _Aliases()
