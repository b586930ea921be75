"""The console's keys: which action each means, and which of them need somebody to be signed in."""

from __future__ import annotations

import asyncio
import logging

from textual.app import App
from textual.binding import Binding, BindingType
from textual.events import Event, Key
from textual.message_pump import MessagePump

log = logging.getLogger(__name__)

TYPED_S = 1.0
"""So long a key waits at most for what was typed before it; a line that is going away never gets to it."""

KEYS: list[BindingType] = [
    Binding("f1", "help", id="help", priority=True, show=False),
    Binding("f2", "entry", id="new", priority=True, show=False),
    Binding("f3", "swap", id="queue", priority=True, show=False),
    Binding("f4", "units", id="units", priority=True, show=False),
    Binding("f5", "dispatch", id="dispatch", priority=True, show=False),
    Binding("f6", "act('next_status')", id="status", priority=True, show=False),
    Binding("f7", "act('remark_current')", id="remark", priority=True, show=False),
    Binding("f8", "act('acknowledge_top')", id="alarm", priority=True, show=False),
    Binding("f9", "dispose", id="dispose", priority=True, show=False),
    Binding("f10", "districts", id="districts", priority=True, show=False),
    Binding("ctrl+y", "act('confirm_threat')", id="confirm", priority=True, show=False),
    Binding("ctrl+n", "act('deny_threat')", id="deny", priority=True, show=False),
    Binding("ctrl+o", "act('handover')", id="handover", priority=True, show=False),
    Binding("ctrl+p", "finder", id="palette", priority=True, show=False),
    Binding("ctrl+g", "jump", id="jump", priority=True, show=False),
    Binding("ctrl+s", "here('silence')", id="silence", priority=True, show=False),
    Binding("ctrl+r", "here('recall')", id="recall", priority=True, show=False),
    Binding("ctrl+t", "language", id="language", priority=True, show=False),
    Binding("ctrl+l", "redraw", id="redraw", priority=True, show=False),
    Binding("ctrl+q", "sign_off", id="sign_off", priority=True, show=False),
]
WITHOUT_SESSION = frozenset({"sign_off", "language", "redraw", "help"})
"""What still means something when the session is over."""
ACTIONS = frozenset(key.action.partition("(")[0] for key in KEYS if isinstance(key, Binding))


def is_ours(action: str) -> bool:
    """Whether a key of this table means it, with or without its arguments."""
    return action.partition("(")[0] in ACTIONS


def is_for_a_session(action: str) -> bool:
    """Whether a key of ours would look as if it did something without a session."""
    return action in ACTIONS - WITHOUT_SESSION


class InOrder(App[int]):
    """An app whose keys count in the order they were pressed, also when many arrive at once.

    Textual runs the keys of the table above at once and queues letters for the line: behind a slow connection F6 would
    act before the arrow, and a jump before the words, that came first.
    """

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key) and not event.is_forwarded and not event.is_printable and self.focused is not None:
            await worked_off(self.focused)
        await super().on_event(event)


async def worked_off(line: MessagePump) -> None:
    """Returns when what has reached the line so far has been done."""
    done = asyncio.Event()
    if not line.call_later(done.set):
        return
    try:
        await asyncio.wait_for(done.wait(), TYPED_S)
    except TimeoutError:
        log.warning("a key did not wait for what was typed before it")
