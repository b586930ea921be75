"""Twilio's webhooks of calls to teams: signed like all others; each stores what happened, then says what comes next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from dispatch.channels.twiml import NOTHING
from dispatch.channels.twiml_team import TeamScript
from dispatch.errors import NotFound
from dispatch.services.team_call import note_unanswered, press_key, speak
from dispatch.web.edge import Edge
from dispatch.web.twilio_form import Form

Handler = Callable[[Request, Form], Awaitable[str]]
ENDS = {"busy": "unreached", "no-answer": "unreached", "failed": "unreached", "canceled": "unreached",
        "completed": "silent"}
"""State of the call -> what it means where no key was pressed."""


def handlers(edge: Edge) -> list[tuple[str, Handler]]:
    """Path and handler of every webhook."""
    team = TeamCalls(edge)
    return [
        ("/twilio/team/notice", team.notice),
        ("/twilio/team/keys", team.keys),
        ("/twilio/team/silent", team.silent),
        ("/twilio/team/machine", team.machine),
        ("/twilio/team/status", team.status),
    ]


def page_of(request: Request) -> int:
    """Our own id of who is called, which every address we give out carries. Raises NotFound."""
    value = request.query_params.get("page", "")
    if not (value.isascii() and value.isdigit() and len(value) < 19):
        raise NotFound("no_call", "no page named", call=value[:20])
    return int(value)


class TeamCalls:
    """The handlers, one a webhook."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge
        self._script = TeamScript(edge.settings.public_url, edge.settings.lang)

    async def notice(self, request: Request, form: Form) -> str:
        """Somebody, or something, has picked up."""
        page_id, knowledge = page_of(request), self._edge.knowledge()
        spoken = await self._edge.committer.run(lambda tx: speak(tx, page_id, knowledge))
        if not spoken.words:
            return self._script.say_and_end("over")
        return self._script.notice(page_id, spoken.words, supervisor=spoken.supervisor)

    async def keys(self, request: Request, form: Form) -> str:
        """A key was pressed."""
        page_id, digit, knowledge = page_of(request), form.get("Digits")[:1], self._edge.knowledge()
        said = await self._edge.committer.run(lambda tx: press_key(tx, page_id, digit, knowledge))
        return self._script.say_and_end(said) if said else self._script.again(page_id)

    async def silent(self, request: Request, form: Form) -> str:
        """The notice was said twice and nobody pressed a key."""
        await self._unanswered(page_of(request), "silent")
        return self._script.say_and_end("silent")

    async def machine(self, request: Request, form: Form) -> str:
        """What Twilio heard: a machine or a fax is no team. A person decides by key, a doubt too."""
        answered_by = form.get("AnsweredBy")
        if answered_by.startswith("machine") or answered_by == "fax":
            await self._unanswered(page_of(request), "machine")
        return NOTHING

    async def status(self, request: Request, form: Form) -> str:
        """The call is over."""
        form.require("CallSid", "CallStatus")
        outcome = ENDS.get(form.get("CallStatus"))
        if outcome:
            await self._unanswered(page_of(request), outcome)
        return NOTHING

    async def _unanswered(self, page_id: int, outcome: str) -> None:
        await self._edge.committer.run(lambda tx: note_unanswered(tx, page_id, outcome))
