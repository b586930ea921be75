"""One browser's wallboard: a process of its own, started by ``web`` and by nothing else. It is only the wall.

Arguments: the server's address, a file with a viewer's token, the language.
"""

from __future__ import annotations

import sys
from pathlib import Path

from console.client import Client
from console.wall.app import WallApp


def main(server: str, token_file: str, lang: str) -> int:
    token = Path(token_file).read_text(encoding="ascii").strip()
    return WallApp(Client(server, token=token, lang=lang), lang).run() or 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:4]))
