"""Keeps other sites out: only loopback names as Host and Origin, and headers that tie the page to itself.

Another site can point a name of its own at this machine, but no site can be called by a bare address: where the server
was told to listen beyond loopback, addresses are answered as well.
"""

import ipaddress
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def is_answered_name(name: str | None, *, allowed_host: str) -> bool:
    """Whether a request for this host is answered: it means this machine, or what the server was told to listen on."""
    if name is None:
        return False
    if name in ("localhost", allowed_host):
        return True
    address = _address(name)
    return address is not None and (address.is_loopback or is_open(allowed_host))


def is_open(host: str) -> bool:
    """Whether a server that listens there is reached from other machines."""
    address = _address(host)
    return host != "localhost" and (address is None or not address.is_loopback)


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def guard(*, allowed_host: str) -> Middleware:
    """Middleware that turns foreign requests away and adds the headers to every answer."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not is_answered_name(_hostname(f"//{request.host}"), allowed_host=allowed_host):
            raise web.HTTPForbidden(text="This address answers to loopback names only.", headers=_HEADERS)
        origin = request.headers.get("Origin")
        if origin is not None and origin != f"{request.scheme}://{request.host}":
            raise web.HTTPForbidden(text="This address answers its own page only.", headers=_HEADERS)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    return guarded


def _hostname(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None
