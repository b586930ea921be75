"""One account's connection to Twilio's REST API, shared by the drivers: who we are, where it is, what its errors mean.

Uses the official client with an HTTP transport of our own, for three reasons: requests go to
TWILIO_API_BASE when one is set (an emulator or a region), they run in the event loop with a time-out
instead of one thread each, and the stock transport keeps the last response in an attribute shared by
all its callers, so that concurrent sends may get each other's message SID.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx

from dispatch.errors import ChannelError
from dispatch.settings_channels import Twilio

log = logging.getLogger(__name__)
TIMEOUT_S = 15.0
CONNECT_TIMEOUT_S = 5.0
MAX_CONNECTIONS = 24
"""More than the outbox sends at once: whoever waits for a connection is behind a bulk notice after all."""
TRANSIENT = frozenset({408, 409, 425, 429})
UNTOUCHED = frozenset({503})
"""The one answer of the 5xx kind that says: not begun."""
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
"""Failures before a byte of the request was on its way."""
BUSY, USUAL_PATIENCE_S, MOST_PATIENCE_S = 429, 1.0, 600.0


class TwilioAccount:
    """The official REST client, built at first use because importing it costs 100-300 ms."""

    def __init__(self, twilio: Twilio, *, timeout_s: float = TIMEOUT_S) -> None:
        self.twilio = twilio
        self._timeout = httpx.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s))
        self._http: httpx.AsyncClient | None = None
        self._client: Any = None
        self._building = asyncio.Lock()

    async def client(self) -> Any:
        """The official ``twilio.rest.Client``."""
        async with self._building:
            if self._client is None:
                self._http = httpx.AsyncClient(
                    timeout=self._timeout, follow_redirects=False,
                    limits=httpx.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=30),
                    trust_env=not self._is_loopback,
                )
                # In a thread: the import alone would hold up every webhook of this process.
                self._client = await asyncio.to_thread(_build, self.twilio, self._http)
            return self._client

    @property
    def _is_loopback(self) -> bool:
        return urlsplit(self.twilio.api_base).hostname in ("127.0.0.1", "localhost", "::1")

    async def close(self) -> None:
        if self._http is not None:
            await self._http.aclose()
        self._http = self._client = None


def _build(twilio: Twilio, http: httpx.AsyncClient) -> Any:
    from twilio.http import HttpClient
    from twilio.http.response import Response
    from twilio.rest import Client

    class Transport(HttpClient):  # type: ignore[misc]
        """Carries the official client's requests over httpx; holds no state of a request."""

        def __init__(self) -> None:
            super().__init__(log, True, None)

        async def request(  # the signature is the base class's
            self, method: str, uri: str, params: Any = None, data: Any = None, headers: Any = None,
            auth: Any = None, timeout: float | None = None, allow_redirects: bool = False,
        ) -> Any:
            answer = await http.request(
                method, redirect_base(uri, twilio.api_base), params=params, data=data, headers=headers, auth=auth
            )
            if answer.status_code == BUSY:
                raise busy(answer)  # here, because the official client drops the headers
            return Response(answer.status_code, answer.text, answer.headers)

    return Client(twilio.account_sid, twilio.auth_token, http_client=Transport(), environment={"": ""})


def redirect_base(uri: str, base: str) -> str:
    """The same path and query on another base; unchanged without one."""
    if not base:
        return uri
    there, here = urlsplit(base), urlsplit(uri)
    return urlunsplit((there.scheme, there.netloc, there.path.rstrip("/") + here.path, here.query, ""))


def channel_error(error: Exception) -> ChannelError:
    """What a failed request means for the message: try again, or give up. Never repeats what was sent."""
    status = getattr(error, "status", None)
    if isinstance(status, int):
        code = str(getattr(error, "code", "") or "")
        permanent = 400 <= status < 500 and status not in TRANSIENT
        return ChannelError(
            f"provider answered {status}, code {code or '-'}", permanent=permanent, provider_code=code,
            uncertain=status >= 500 and status not in UNTOUCHED,
        )
    # No answer: unless nothing was sent at all, the provider may have taken it.
    name = type(error).__name__
    return ChannelError(f"no answer: {name}", permanent=False, uncertain=not isinstance(error, NOT_SENT))


def busy(answer: httpx.Response) -> ChannelError:
    """Too many requests: nothing was taken, and how long to wait."""
    return ChannelError(
        "provider answered 429, too many requests", permanent=False, provider_code="20429",
        retry_after_s=patience_s(answer.headers.get("Retry-After", "")),
    )


def patience_s(value: str) -> float:
    """Seconds of a Retry-After header; a date or nonsense counts as the usual."""
    return min(float(value), MOST_PATIENCE_S) if value.isascii() and value.isdigit() and value.strip("0") else (
        USUAL_PATIENCE_S
    )


def require_sid(instance: Any) -> str:
    """The SID of a created resource. An answer without one is no acceptance."""
    sid = getattr(instance, "sid", None)
    if not sid:
        raise ChannelError("provider's answer carries no SID", permanent=False)
    return str(sid)
