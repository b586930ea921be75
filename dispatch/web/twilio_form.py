"""What a webhook must pass before anything is done: its size, its form, its signature. Fails closed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from twilio.request_validator import SIGNATURE_HEADER, RequestValidator

from dispatch.errors import Forbidden, Invalid, KentonganError
from dispatch.settings import Settings

BODY_LIMIT = 64 * 1024
MAX_FIELDS = 200
MAX_VALUE = 12_000


class TooLarge(KentonganError):
    """The body is over the limit; nothing of it was read further."""

    status = 413


class Form:
    """A webhook's fields, verbatim; bytes that are no UTF-8 are shown as replacement characters."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def getlist(self, name: str) -> list[str]:
        """All values of a field; the signature covers every one."""
        return self._values.get(name, [])

    def get(self, name: str) -> str:
        """The first value; '' when absent. NUL cannot be stored as text and is replaced."""
        values = self._values.get(name)
        return values[0].replace("\0", "\ufffd")[:MAX_VALUE] if values else ""

    def require(self, *names: str) -> None:
        """Raises Invalid naming every missing field."""
        missing = [name for name in names if not self.get(name)]
        if missing:
            raise Invalid("missing_fields", f"missing: {', '.join(missing)}", fields=", ".join(missing))

    def number(self, name: str) -> int:
        """A whole number; 0 when absent or no number."""
        value = self.get(name)
        return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


class Signatures:
    """Knows whether Twilio sent a request: one of our tokens signed exactly this URL and these fields."""

    def __init__(self, settings: Settings) -> None:
        self._public_url = settings.public_url
        # Two tokens: while a token is being changed, either may have signed.
        self._validators: list[Any] = [RequestValidator(token) for token in settings.twilio.tokens]

    def check(self, request: Request, form: Form) -> None:
        """Raises Forbidden when nobody we know signed this; without a token nobody can have."""
        # The proxy in front of us may change host and scheme; Twilio signed the address it was given.
        query = request.scope["query_string"].decode("latin-1")
        url = self._public_url + request.url.path + (f"?{query}" if query else "")
        signature = request.headers.get(SIGNATURE_HEADER, "")
        if not signature or not any(v.validate(url, form, signature) for v in self._validators):
            raise Forbidden("bad_signature", "no valid Twilio signature")


async def read_form(request: Request) -> Form:
    """Read a urlencoded body up to the limit. Raises TooLarge or Invalid."""
    declared = request.headers.get("content-length", "0")
    body = bytearray()
    if declared.isdigit() and int(declared) <= BODY_LIMIT:
        async for chunk in request.stream():
            body += chunk
            if len(body) > BODY_LIMIT:
                break
    if len(body) > BODY_LIMIT or not declared.isdigit() or int(declared) > BODY_LIMIT:
        raise TooLarge("too_large", f"the body is over {BODY_LIMIT} bytes")
    try:
        pairs = parse_qsl(
            bytes(body).decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise Invalid("too_many_fields", f"more than {MAX_FIELDS} fields") from None
    return Form(pairs)
