"""The wallboard's numbers: figures of a span of time, the cases behind each, the load by hour. Reads only.

One table of definitions (``definitions``) says which rows are part of a figure and with what value, as expressions that
the database works out; screen, export and lists of cases all come from it. Percentiles are nearest-rank on raw
milliseconds, always with n. Noise (ghost and prank calls) is counted beside the service level, never inside it.
"""

from dispatch.services.statistics.cases import list_cases
from dispatch.services.statistics.history import LoadHistory
from dispatch.services.statistics.load import read_load
from dispatch.services.statistics.summary import read_stats
from dispatch.services.statistics.window import Window

__all__ = ["LoadHistory", "Window", "list_cases", "read_load", "read_stats"]
