"""Alive, ready, numbers. Never a secret, never a phone number, never a word from outside.

Prometheus' text format is written by hand: a handful of numbers does not earn a client library and
its import time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dispatch.services.gauges import count_gauges
from dispatch.storage.board import head_seq
from dispatch.web.answer import json_answer
from dispatch.web.edge import Edge

log = logging.getLogger(__name__)

FORMAT = "text/plain; version=0.0.4; charset=utf-8"


def routes(edge: Edge) -> list[Route]:
    async def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        missing = edge.ready()
        return json_answer(
            {
                "ready": not missing, "missing": missing, "degraded": edge.degraded(),
                "proofs": edge.feed.centre("en").proofs,
            },
            503 if missing else 200,
        )

    async def metrics(request: Request) -> Response:
        return Response(await _exposition(edge), media_type=FORMAT)

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


async def _exposition(edge: Edge) -> bytes:
    failing = edge.committer.failing_since
    swept = edge.last_sweep_at()
    lines = [
        *_gauge("kentongan_ready", "1 when this server may get traffic", not edge.ready()),
        *_gauge("kentongan_storage_failing_seconds", "time since commits fail, 0 while healthy",
                0 if failing is None else time.monotonic() - failing),
        *_gauge("kentongan_sweep_age_seconds", "time since the clocks were looked at",
                -1 if swept is None else (edge.clock() - swept).total_seconds()),
        *_gauge("kentongan_feed_listeners", "open event streams", edge.feed.listeners),
        *_gauge("kentongan_feed_seq", "last log line sent to the feed", edge.feed.seq),
        *_gauge("kentongan_feed_resets_total", "listeners that were too slow", edge.feed.resets, kind="counter"),
    ]
    lines += _proofs(edge)
    try:
        lines += await _stored_numbers(edge)
    except Exception:  # a probe must speak when the database does not; the rest of the numbers say why
        log.warning("numbers from the database are missing", exc_info=True)
    return ("\n".join(lines) + "\n").encode()


def _proofs(edge: Edge) -> Iterable[str]:
    """Proof of life by channel: whether the last one came back, how long ago a good one did, how long that took."""
    proofs, now = edge.feed.centre("en").proofs, edge.clock()
    if proofs:
        yield from _family("kentongan_proof_ok", "channel", {c: int(p.state == "ok") for c, p in proofs.items()})
        ages = {c: -1 if p.at is None else int((now - p.at).total_seconds()) for c, p in proofs.items()}
        yield from _family("kentongan_proof_age_seconds", "channel", ages)
        took = {c: p.took_ms for c, p in proofs.items() if p.took_ms is not None}
        yield from _family("kentongan_proof_round_trip_ms", "channel", took)


async def _stored_numbers(edge: Edge) -> list[str]:
    lines = list(_gauge("kentongan_log_seq", "last committed log line", await head_seq(edge.reader), kind="counter"))
    for (name, label), values in (await count_gauges(edge.reader)).items():
        lines += _family(name, label, values)
    return lines


def _gauge(name: str, help_: str, value: float, kind: str = "gauge") -> Iterable[str]:
    return (f"# HELP {name} {help_}", f"# TYPE {name} {kind}", f"{name} {_number(value)}")


def _number(value: float) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(int(value))


def _family(name: str, label: str, values: dict[str, int]) -> Iterable[str]:
    yield f"# TYPE {name} gauge"
    for key, value in sorted(values.items()):
        yield f'{name}{{{label}="{key}"}} {value}'
