"""Where a message may go. An address that somebody entered is looked up once, and only public machines are connected
to: a form in a browser must not reach what stands beside the server (request forgery by the server, CWE-918).
"""

import re
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

URL_MAX = 500
PORTS = {"https": 443, "http": 80}

# Global unicast (RFC 4291), and the prefix under which IPv6-only networks reach IPv4 (RFC 6052).
_UNICAST, _NAT64 = IPv6Network("2000::/3"), IPv6Network("64:ff9b::/96")
# Tunnels that carry an IPv4 address along: 6to4 and Teredo.
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/32"))
# Public by their number, and yet the cloud's own or nobody's: Azure's agent, Oracle's metadata, relays of 6to4.
_NEAR = (IPv4Network("168.63.129.16/32"), IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
_PLAIN = re.compile(r"[!-~]+")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")

Lookup = Callable[[str, int], Sequence[str]]
"""The addresses of a name. Raises OSError."""


class Forbidden(ValueError):
    """Nothing is sent to this address. The text says why; it is shown to whoever entered it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL in its parts. `host` is in lower case, an IPv6 address without brackets; `path` holds the query too."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """As the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parse(url: str, allowed: Collection[str] = ()) -> Target:
    """Raises Forbidden. `allowed` are hosts, or hosts with a port, that the operator vouches for: they may lack TLS."""
    if len(url) > URL_MAX or not _PLAIN.fullmatch(url) or "\\" in url:
        raise Forbidden(f"Give an address of at most {URL_MAX} plain characters, without spaces.")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError as error:
        raise Forbidden("This is no address.") from error
    if parts.scheme not in PORTS or not host:
        raise Forbidden("Give an address that begins with https://.")
    if "@" in parts.netloc or parts.fragment:
        raise Forbidden("Leave names, passwords and # out of the address.")
    target = Target(parts.scheme, _host(host), port or PORTS[parts.scheme], _path(parts.path, parts.query))
    if parts.scheme != "https" and not is_allowed(target, allowed):
        raise Forbidden("Give an address that begins with https://.")
    return target


def is_allowed(target: Target, allowed: Collection[str]) -> bool:
    """Whether the operator vouches for this host."""
    return not {target.host, target.authority, f"{target.host}:{target.port}"}.isdisjoint(allowed)


def resolve(target: Target, allowed: Collection[str], lookup: Lookup) -> str:
    """The one address to connect to. Raises Forbidden, and OSError where the name is unknown.

    A name with a private address among its public ones is refused as a whole: the next answer may put it first.
    """
    found = lookup(target.host, target.port)
    if not found:
        raise OSError(f"{target.host} has no address")
    if not is_allowed(target, allowed) and not all(map(is_public, found)):
        raise Forbidden(f"{target.host} is inside a private network. The operator can allow it.")
    return found[0]


def is_public(address: str) -> bool:
    """Whether the address belongs to a machine of the public Internet, whatever it is wrapped in."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or (IPv4Address(found.packed[12:]) if found in _NAT64 else None)
        if inner is None:
            return found in _UNICAST and found.is_global and not any(found in tunnel for tunnel in _TUNNELS)
        found = inner
    return found.is_global and not found.is_multicast and not any(found in near for near in _NEAR)


def look_up(host: str, port: int) -> Sequence[str]:
    """Asks the machine's resolver."""
    return [str(place[0]) for *_, place in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _host(host: str) -> str:
    if ":" in host:
        try:
            return str(IPv6Address(host.replace("%", " ")))  # No zone: it would name a network of this machine.
        except ValueError as error:
            raise Forbidden("This is no address.") from error
    # Resolvers read 0x7f.1 and 2130706433 as numbers of machines; an address has four decimal parts here.
    if _NUMBER.fullmatch(host.rpartition(".")[2]):
        try:
            return str(IPv4Address(host))
        except ValueError as error:
            raise Forbidden("Write the numbers of an address as four decimal parts.") from error
    if not _HOST.fullmatch(host) or len(host) > 253:
        raise Forbidden("This is no name of a machine.")
    return host


def _path(path: str, query: str) -> str:
    return (path or "/") + (f"?{query}" if query else "")
