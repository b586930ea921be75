"""Properties of reading the feed: however the bytes are cut, the same messages come out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from console.client import _read_events
from dispatch.wire import Changes, Heartbeat, encode
from tests.console.fake_server import AT, incident

LINE_ENDS = st.sampled_from("\u2028\u0085\x1c\r\n\x0b")
TEXTS = st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), LINE_ENDS))
MESSAGES = st.one_of(
    st.builds(lambda text, seq: Changes(seq=seq, now=AT, incidents=[incident(1051, summary=text)]),
              TEXTS, st.integers(0, 9999)),
    st.builds(lambda seq: Heartbeat(seq=seq, now=AT), st.integers(0, 9999)),
)


def frame(message: Changes | Heartbeat, line_end: bytes) -> bytes:
    name = type(message).__name__.lower().encode()
    lines = [b": comment", b"id: %d" % message.seq, b"event: " + name, b"data: " + encode(message), b"", b""]
    return line_end.join(lines)


async def _read_all(chunks: list[bytes]) -> list[tuple[str, bytes]]:
    async def give() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return [event async for event in _read_events(give())]


@settings(deadline=None)
@given(st.lists(MESSAGES, max_size=5), st.sampled_from([b"\n", b"\r\n"]), st.lists(st.integers(0, 400), max_size=12))
def test_however_the_bytes_are_cut_the_same_events_come_out(
    messages: list[Changes | Heartbeat], line_end: bytes, cuts: list[int]
) -> None:
    stream = b"".join(frame(message, line_end) for message in messages)
    borders = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    chunks = [stream[a:b] for a, b in pairwise(borders)]
    assert asyncio.run(_read_all(chunks)) == [
        (type(message).__name__.lower(), encode(message)) for message in messages
    ]


@settings(deadline=None)
@given(st.lists(st.binary(max_size=50), max_size=10))
def test_any_bytes_are_read_to_their_end(chunks: list[bytes]) -> None:
    for name, _ in asyncio.run(_read_all(chunks)):
        assert name
