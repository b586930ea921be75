"""The full-screen and line clients. Esc followed at once by a letter must not be taken for Alt+letter."""

import os

os.environ.setdefault("ESCDELAY", "25")
