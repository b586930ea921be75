"""Tones through a program that plays WAV files, made with the standard library. Owns the files and the process.

A terminal's bell may be mute and knows one pitch; so it is only the reserve. Playing never blocks and never
raises: a player that fails or hangs makes this seat deaf, and that is shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import shutil
import struct
import tempfile
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path

PLAYERS: tuple[tuple[str, ...], ...] = (
    ("paplay",), ("pw-play",), ("aplay", "-q"), ("afplay",), ("ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet"),
)
"""Tried in this order."""
RATE, PLAY_S = 22_050, 5.0
TONES = {1: (988.0, 4, 0.9), 2: (659.0, 2, 0.6), 3: (440.0, 1, 0.3)}
"""Class -> pitch in Hz, pulses a second, loudness 0-1: pulse rates a factor of two apart."""
SETTING = "KENTONGAN_SOUND"
OFF, BELL, AUTO = "off", "bell", "auto"


def find_player(environ: Mapping[str, str], which: object = None) -> tuple[str, ...]:
    """The command that plays a file; () when there is none. ``KENTONGAN_SOUND``: auto, off, bell, or a program."""
    find = which if callable(which) else shutil.which
    wished = environ.get(SETTING, AUTO).strip() or AUTO
    if wished in (OFF, BELL):
        return ()
    known = {player[0]: player for player in PLAYERS}
    candidates: Sequence[tuple[str, ...]] = PLAYERS if wished == AUTO else [known.get(wished, (wished,))]
    for command in candidates:
        path = find(command[0])
        if path:
            return (str(path), *command[1:])
    return ()


def tone_bytes(level: int) -> bytes:
    """One second of pulses as 16-bit mono samples; every pulse rises and falls softly, so that nothing clicks."""
    pitch, pulses, loudness = TONES[level]
    samples = []
    for index in range(RATE):
        at = index / RATE * pulses % 1.0
        edge = min(1.0, at / 0.06, max(0.0, 0.5 - at) / 0.06)
        samples.append(int(32_000 * loudness * edge * math.sin(2 * math.pi * pitch * index / RATE)))
    return struct.pack(f"<{RATE}h", *samples)


def write_tone(path: Path, level: int) -> None:
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(tone_bytes(level))


class Sound:
    """``player`` () means: none. ``works`` turns False when playing failed and True when it succeeded again."""

    def __init__(self, player: tuple[str, ...], *, wanted: bool = True) -> None:
        self._player, self.wanted = player, wanted
        self.works = bool(player)
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._playing = 0

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Sound:
        """As the environment says; ``off`` makes no sound at all, not even the bell."""
        return cls(find_player(environ), wanted=environ.get(SETTING, AUTO).strip() != OFF)

    async def play(self, level: int) -> bool:
        """Whether it was played. A tone that sounds is not talked over by one that is no more urgent."""
        if not self._player or (self._playing and self._playing <= level):
            return self.works
        self._playing = level
        try:
            self.works = await self._run(await asyncio.to_thread(self._file, level))
        except OSError:
            self.works = False
        finally:
            self._playing = 0
        return self.works

    async def _run(self, path: Path) -> bool:
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(
            *self._player, str(path), stdin=quiet, stdout=quiet, stderr=quiet
        )
        try:
            async with asyncio.timeout(PLAY_S):
                return await process.wait() == 0
        except TimeoutError:
            return False
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()

    def _file(self, level: int) -> Path:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="kentongan-tones-")
        path = Path(self._folder.name) / f"class{level}.wav"
        if not path.exists():
            write_tone(path, level)
        return path

    def close(self) -> None:
        """Take the files away."""
        if self._folder is not None:
            self._folder.cleanup()
