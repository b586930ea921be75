"""``python -m dispatch`` is ``kentongan``."""

from __future__ import annotations

from dispatch.cli import main

raise SystemExit(main())
