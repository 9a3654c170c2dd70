"""Where this server is, as others reach it. Whoever asks writes the Host header, and what caches keep is read by everybody: so
it is believed only where it says what this server knows by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from starlette.exceptions import HTTPException

_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::(?P<port>[0-9]{1,5}))?")
_PORTS = {"http": 80, "https": 443}


def believed(host: str, scope: Mapping[str, Any]) -> str:
    """The address that a request came to, without a slash at its end; empty where only the caller vouches for it.

    Believed is this machine's own name for itself, on any port (a tunnel leads there too), and the address of the socket that
    took the request, so that a server on a local network needs no setting.
    """
    found = _HOST.fullmatch(host)
    if found is None:
        return ""
    scheme = scope["scheme"]
    port = int(found["port"] or _PORTS.get(scheme, 80))
    if not _is_loopback(found["name"]) and (_plain(found["name"]), port) != _socket(scope):
        return ""
    return f"{scheme}://{host}{scope.get('root_path', '')}"


def unknown() -> HTTPException:
    """421: the answer needs whole addresses, and this server does not know its own."""
    return HTTPException(
        421,
        "this server does not know that it is reached under that name, and its answer needs whole addresses; "
        "its operator sets ONRECORD_PUBLIC_URL to the address that readers use",
    )


def _socket(scope: Mapping[str, Any]) -> tuple[str, int] | None:
    name, port = scope.get("server") or (None, None)
    # A socket of this file system has a path and no port.
    return (_plain(str(name)), int(port)) if name and port else None


def _is_loopback(name: str) -> bool:
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(_plain(name)).is_loopback
    except ValueError:
        return False


def _plain(name: str) -> str:
    """One spelling of an address; where one socket takes both kinds, it says `::ffff:192.0.2.1` for `192.0.2.1`."""
    bare = name.strip("[]").lower()
    try:
        found = ip_address(bare)
    except ValueError:
        return bare
    return str(found.ipv4_mapped or found) if isinstance(found, IPv6Address) else str(found)
