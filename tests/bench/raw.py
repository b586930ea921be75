"""The raw baselines: the least a durable responder can do on this machine, measured in the same run.

(a) one sqlite3 commit a report; (b) group commit: everything that waits shares one. Both parse just
enough HTTP to find the body; no signature, no triage, no incident, no clocks, no events.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path

import uvloop

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 11\r\n\r\n<Response/>"
INSERT = "INSERT INTO report (body) VALUES (?)"


def open_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, body BLOB)")
    return connection


class Responder:
    """``grouped`` decides whether each report commits alone or all that wait commit together."""

    def __init__(self, path: Path, *, grouped: bool) -> None:
        self._connection, self._grouped = open_database(path), grouped
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                await self._store(await reader.readexactly(length))
                writer.write(ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _store(self, body: bytes) -> None:
        if not self._grouped:
            self._connection.execute(INSERT, (body,))
            return
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        self._waiting.append((body, done))
        if len(self._waiting) == 1:
            loop.call_soon(self._commit)
        await done

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._connection.execute("BEGIN")
        self._connection.executemany(INSERT, [(body,) for body, _ in waiting])
        self._connection.execute("COMMIT")
        for _, done in waiting:
            done.set_result(None)


async def main(kind: str, port: int, path: Path) -> None:
    responder = Responder(path, grouped=kind == "grouped")
    server = await asyncio.start_server(responder.serve, "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
