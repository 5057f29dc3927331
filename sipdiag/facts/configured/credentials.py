"""User names and passwords of the files, and those on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sipdiag.facts.configuration.check import CitedValue, cite
from sipdiag.facts.configuration.credentials import has_auth
from sipdiag.facts.configuration.files import same_trunk, trunk_host
from sipdiag.facts.configured.beside import BesideFiles
from sipdiag.facts.declare import evidence, fact
from sipdiag.facts.once import once
from sipdiag.position import Place

if TYPE_CHECKING:
    from sipdiag.calls.model import Request
    from sipdiag.context.documents import Document


class Digest(BesideFiles):
    """What the files say about a leg's credentials."""

    @once
    def wanted(self) -> Document | None:
        """The inbound trunk with credentials that takes this leg."""
        if self.held is None or not self.to_livekit:
            return None
        called = self.called
        trunks = self.held.files.serving(called)
        users = {str(one.value("trunk.user")) for one in trunks}
        # The same trunk may appear in a list and in the request that created it.
        return trunks[0] if len(users) == 1 and all(map(has_auth, trunks)) else None

    @once
    def user(self) -> str | None:
        invites = self.view.leg.invites
        return _digest_user(invites[-1]) if invites else None

    @fact
    def cfg_user_differs(self) -> bool:
        """The user name on the wire is not the one that the trunk wants."""
        trunk = self.wanted
        return trunk is not None and self.user is not None and self.user != trunk.value("trunk.user")

    @fact
    def cfg_password_differs(self) -> bool:
        """The user name on the wire is right, and the passwords of the files differ."""
        trunk, noun = self.wanted, self.noun
        if trunk is None or noun is None or self.user != trunk.value("trunk.user"):
            return False
        sent = noun.node.string("password")
        return sent is not None and sent != str(trunk.value("trunk.password"))

    @fact
    def cfg_digest_wanted(self) -> bool:
        """The trunk is set to ask for credentials."""
        return self.wanted is not None

    @once
    def _bare_trunk(self) -> Document | None:
        """The outbound trunk that placed this leg, where none to this host has both a user name and a password."""
        if self.held is None or self.view.sides.caller.id != "livekit":
            return None
        outbound = self.held.files.of("livekit.outbound_trunk")
        trunks = [one for one in outbound if same_trunk(trunk_host(one), self.uri)]
        return trunks[0] if trunks and not any(map(has_auth, trunks)) else None

    @fact
    def cfg_no_credentials(self) -> bool:
        """The outbound trunk that placed this leg has no credentials, without which the platform answers no challenge."""
        return self._bare_trunk is not None

    @evidence("file_bare_trunk")
    def bare_trunk_places(self) -> list[Place]:
        """Where that trunk stands."""
        trunk = self._bare_trunk
        return (
            self.held.places(cite(trunk, "trunk.host")) if trunk is not None and self.held is not None else []
        )

    @fact(absent="another user name")
    def cfg_user_wanted(self) -> str | None:
        """The user name that the trunk wants."""
        return str(self.wanted.value("trunk.user")) if self.wanted is not None else None

    @fact(absent="a user name")
    def user_sent(self) -> str | None:
        """The user name in the credentials of the INVITE."""
        return self.user if self.held is not None else None

    @evidence("file_user")
    def user_places(self) -> list[Place]:
        """Where the user names stand on either side."""
        trunk, noun = self.wanted, self.noun
        if trunk is None or self.held is None:
            return []
        sent = noun.node.get("username") if noun is not None else None
        cites = [CitedValue(noun.dial, sent)] if noun is not None and sent is not None else []
        return self.held.places(*cites, cite(trunk, "trunk.user"))


def _digest_user(request: Request) -> str | None:
    """The user name in the credentials of a request."""
    by_proxy_first = sorted(request.first.message.credentials, key=lambda one: not one.proxy)
    return next((one.username for one in by_proxy_first if one.username), None)
