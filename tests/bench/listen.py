"""Feeds that listen: N consoles' worth of event streams in one process, counting what they hear.

    python -m tests.bench.listen URL TOKEN N
"""

from __future__ import annotations

import asyncio
import signal
import sys
from urllib.parse import urlsplit

import uvloop


async def listen(host: str, port: int, token: str, heard: list[int], index: int) -> None:
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        b"GET /api/v1/events HTTP/1.1\r\nHost: bench\r\nAccept: text/event-stream\r\n"
        b"Authorization: Bearer %s\r\n\r\n" % token.encode()
    )
    while chunk := await reader.read(65536):
        heard[index] += len(chunk)


async def main(url: str, token: str, count: int) -> None:
    parts, heard = urlsplit(url), [0] * count
    tasks = [
        asyncio.create_task(listen(parts.hostname or "", parts.port or 80, token, heard, index))
        for index in range(count)
    ]
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    alive = sum(not task.done() for task in tasks)
    print(f"{alive} of {count} feeds alive, {min(heard) / 1e6:.1f}-{max(heard) / 1e6:.1f} MB each")
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
