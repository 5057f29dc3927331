"""Numbers and addresses that mean something of their own, to stand in copies of calls for everyday ones."""

from __future__ import annotations

import random
from collections.abc import Mapping
from ipaddress import ip_network

from sipdiag.pipeline.run import load_rulebook

_NUMBERS = (
    *("+1212555####", "+1809555####", "+1800555####", "+1900555####", "+1212555", "+1212####", "1212555####"),
    *(
        "212555####",
        "####",
        "15####",
        "555####",
        "011442079####",
        "00442079460###",
        "02079460###",
        "442079460###",
    ),
    *("+442079460###", "+4480011####", "+4930901####", "+92330123####", "+23480123#####", "+88213####56"),
    *("+80012345###", "+8610123####", "+52155123####", "+999123####", "+1123555####", "+4411111#####"),
    *("+44207946#####", "+1202555#####", "011#########", "00#########"),
)
"""Plain ones, territories, free and dear ones, short, long, national ones, exit codes, satellites, nobody's, unplanned."""
_ADDRESSES = (
    *("10.1.#.#", "192.168.#.#", "172.20.#.#", "100.70.#.#", "169.254.#.#", "127.0.#.#", "198.18.#.#"),
    *("8.8.#.#", "93.184.#.#", "224.0.#.#", "0.0.0.0", "255.255.255.255"),
)
"""Private and shared ones, loopback, link-local, public ones, groups, nobody's."""
_CLASSES = 16
"""So many ways are there in which copies of a capture are odd: each of them has to recur."""
_NETWORKS = {
    provider.id: [one for evidence in provider.evidence for one in evidence.networks if ":" not in one]
    for provider in load_rulebook().providers
}
_OWNERS = sorted(owner for owner, networks in _NETWORKS.items() if networks)


def with_odd_ones(
    found: Mapping[bytes, bytes], numbers: list[bytes], addresses: list[bytes], rng: random.Random
) -> dict[bytes, bytes]:
    """What stands for each value, with something odd for one or two of the ``numbers`` and ``addresses``."""
    way = random.Random(rng.randrange(_CLASSES) * len(found))
    odd = dict(found)
    for _ in range(way.choice((1, 1, 2))):
        of_addresses = bool(addresses) and (not numbers or way.random() < 0.5)
        if of_addresses or numbers:
            old = way.choice(addresses if of_addresses else numbers)
            odd[old] = (
                _address(way, rng) if of_addresses else _digits(way.choice(_NUMBERS), 9, rng)
            ).encode()
    return odd


def _address(way: random.Random, rng: random.Random) -> str:
    """Of a class that hangs on ``way`` alone."""
    if way.random() < 0.5:
        return _digits(way.choice(_ADDRESSES), 199, rng)
    network = ip_network(rng.choice(_NETWORKS[way.choice(_OWNERS)]), strict=False)
    return str(network[rng.randrange(network.num_addresses)])


def _digits(form: str, most: int, rng: random.Random) -> str:
    return "".join(str(rng.randint(1, most)) if one == "#" else one for one in form)
