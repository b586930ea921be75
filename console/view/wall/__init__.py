"""The wallboard's lines. Pure: live rows of the store plus the figures of the server; owns layout and marks.

A share or percentile of fewer than 20 cases is shown in brackets and grey, and never marked as an alarm.
"""

from console.view.wall.data import WallData
from console.view.wall.layout import wall_lines
from console.view.wall.narrow import Narrow, Unknown, parse_narrow

__all__ = ["Narrow", "Unknown", "WallData", "parse_narrow", "wall_lines"]
