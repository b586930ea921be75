"""The nightly learning run of a node: a process of its own, bounded in time, its lines in the node's log.

The process lowers its own priority. Nothing here imports a training library.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sys
from importlib.util import find_spec

from dispatch.settings import PREFIX, Settings

log = logging.getLogger(__name__)

LIMIT_S = 1800.0
COMMAND = (sys.executable, "-m", "dispatch.cli", "triage", "learn")


def why_off(settings: Settings) -> str:
    """Why there is no nightly run, in English; '' when there is one."""
    if settings.learn_at is None:
        return "switched off by KENTONGAN_LEARN_AT"
    if settings.mode == "training":
        return "training mode: practice teaches nothing"
    if settings.vectors:
        return "KENTONGAN_VECTORS is on: the model with sentence vectors is used as it was shipped"
    if find_spec("sklearn") is None:
        return "scikit-learn is missing: install the extra 'train'"
    return ""


class NightlyRun:
    """``limit_s`` bounds a whole run."""

    def __init__(
        self, settings: Settings, *, command: tuple[str, ...] = COMMAND, limit_s: float = LIMIT_S
    ) -> None:
        self._settings, self._command, self._limit_s = settings, command, limit_s
        self._child: asyncio.subprocess.Process | None = None
        self._stopping = False

    async def run(self) -> str:
        """Start it and wait; returns what went wrong, '' when nothing did."""
        self._child = child = await asyncio.create_subprocess_exec(
            *self._command, env=_environ(self._settings), stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )
        last = ""
        try:
            async with asyncio.timeout(self._limit_s):
                assert child.stdout is not None
                async for line in child.stdout:
                    last = line.decode("utf-8", "replace").rstrip()
                    log.info("learning: %s", last)
                code = await child.wait()
        except TimeoutError:
            return f"ended after {self._limit_s:.0f} s without a result"
        finally:
            await _end(child)
            self._child = None
        return "" if code == 0 or self._stopping else f"exit code {code}: {last}"

    async def stop(self) -> None:
        """End a run that goes on; what is on the shelf stays as it was."""
        self._stopping = True
        if self._child is not None:
            await _end(self._child)


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()


def _environ(settings: Settings) -> dict[str, str]:
    """Ours, with the settings as this node has them; one thread, so that the node keeps its cores."""
    own = {
        "DATA_DIR": str(settings.data_dir), "DATABASE_URL": settings.database_url, "RULES": str(settings.rules),
        "GAZETTEER": str(settings.gazetteer or ""), "MODE": settings.mode, "TZ": settings.tz.key,
    }
    return {
        **os.environ, **{PREFIX + name: value for name, value in own.items()},
        "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
    }
