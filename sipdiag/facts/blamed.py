"""Where between the two ends of a leg something failed, as far as the leg shows it."""

from __future__ import annotations

from msgspec import Struct

from sipdiag.messages.captured import Host


class Blamed(Struct, frozen=True):
    """The proxy, and the hop."""

    proxy: Host | None = None
    """Whose doing it was, if it was a proxy's."""
    hop: tuple[Host, Host] | None = None
    """Between whom messages got lost, or were retransmitted."""


NOBODY = Blamed()
