"""AUDIT in line mode: one event a line, on with ``audit lagi``, into a file with ``audit simpan``.

Owns the question that was asked last. A broken chain is a failure: a script must not overlook it.
"""

from __future__ import annotations

from pathlib import Path

from console.audit.export import export_audit
from console.audit.kinds import HELP, help_lines, refusal_words
from console.audit.query import AuditQuery, read_order
from console.client import Client, ClientError
from console.line.output import LineOut
from console.view.audit import chain_words
from console.view.change import change_of, rest_of
from console.view.chronology import actor_name, told
from console.view.event import event_name
from console.view.look import Look
from dispatch.errors import Invalid
from dispatch.wire import LogLine


class LineAudit:
    """``folder`` is where files go."""

    def __init__(self, client: Client, out: LineOut, folder: Path) -> None:
        self._client, self._out, self._folder = client, out, folder
        self._query: AuditQuery | None = None
        self._next = 0

    async def run(self, words: str, look: Look) -> None:
        """Raises ClientError as the client does."""
        if words.strip() == HELP:
            self._out.rows(help_lines(look), count=True, limit=None)
            return
        try:
            order = read_order(words, look.local(look.now).date(), look.say("screen.months").split())
        except Invalid as refused:
            self._out.failed(refusal_words(refused, look))
            return
        if order.act == "more":
            await self._more(look)
            return
        self._query = order.query or self._query or AuditQuery()
        if order.act == "save":
            await self._save(self._query, look)
        else:
            await self._read(self._query, 0, look)

    async def _more(self, look: Look) -> None:
        if self._query is None or not self._next:
            self._out.failed(self._out.say("audit_no_more"))
        else:
            await self._read(self._query, self._next, look)

    async def _read(self, query: AuditQuery, before: int, look: Look) -> None:
        page = await self._client.audit(query.params(before))
        self._next = page.next
        n = self._out.rows(event_line(line, look) for line in page.lines)
        said = self._out.say("audit_more" if page.next else "audit_end", n=n, chain=chain_words(page.chain, look))
        (self._out.done if page.chain.ok else self._out.failed)(said)

    async def _save(self, query: AuditQuery, look: Look) -> None:
        try:
            done = await export_audit(self._client, query, self._folder, look)
        except (ClientError, OSError) as error:
            self._out.failed(look.say("screen.audit.not_saved", reason=error))
        else:
            (self._out.done if done.chain.ok else self._out.failed)(done.words(look))


def event_line(line: LogLine, look: Look) -> str:
    """'#120 2026-01-12 14:31:02 rina 1047 tugas berubah (assignment.moved) JALAN>LOKASI ...'."""
    parts = (
        f"#{line.seq}", f"{look.local(line.at):%Y-%m-%d %H:%M:%S}", actor_name(line.actor, look),
        look.number(line.incident) if line.incident else "", _named(line.kind, look),
        change_of(line.kind, line.data, look),
        told(line, look) if line.text != line.kind else rest_of(line.data),
    )
    return " ".join(part for part in parts if part)


def _named(kind: str, look: Look) -> str:
    """With the code, which never changes: a script can look for it."""
    name = event_name(kind, look)
    return name if name == kind else f"{name} ({kind})"
