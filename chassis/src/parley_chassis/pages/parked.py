"""What the engineer on call finds on the pages of every service: records that are parked, and decisions, shown before they are taken."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from parley_contracts.problems import CHANGED_MEANWHILE, KEY_REUSED
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from parley_chassis import decisions, parking
from parley_chassis.auth import Principal, signed_in
from parley_chassis.commands import CommandKey
from parley_chassis.decisions import Decision, Verb
from parley_chassis.formats import exact
from parley_chassis.oncall.bodies import Id, NewDecision
from parley_chassis.oncall.foresight import Foresight, foresee
from parley_chassis.oncall.routes import PARKED, Data, asked
from parley_chassis.pages.session import form_of, is_ours, sign_out_of
from parley_chassis.pages.site import Site
from parley_chassis.problems import Problem, language_of
from parley_chassis.texts import Translate

LIST = "/on-call/parked"
DECIDE = "/on-call/decide"
SHOWN = 50

Engineer = Annotated[Principal, Depends(signed_in("oncall", page=True))]
Word = Annotated[str, Form(max_length=2_000)]


def parked_pages(site: Site) -> APIRouter:
    """`/on-call/parked` and `/on-call/decide`."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route(LIST, methods=["GET", "HEAD"])
    async def parked(request: Request, _: Engineer, data: Data, after: Annotated[Any, Depends(PARKED.asked)], done: str = "") -> Response:
        """What could not be applied, oldest first, and what was decided lately."""
        found, following = PARKED.page(await parking.parked(data, after=after, limit=SHOWN + 1), SHOWN, lambda last: (last.at, last.id))
        reader = site.reader(language_of(request), market=None)
        history = [each for each in await decisions.history(data, limit=SHOWN) if each.verb in decisions.OF_PARKED]
        return site.html(
            "parked.html",
            reader,
            sign_out=sign_out_of(request),
            records=[(each, exact(each.at)) for each in found],
            following=following,
            history=[_told(site.gettext(reader.language), each) for each in history],
            done=bool(done),
        )

    @routes.api_route(DECIDE, methods=["GET", "HEAD"])
    async def look(
        request: Request, engineer: Engineer, data: Data, topic: Annotated[Id, Query()], subject: Annotated[Id, Query()]
    ) -> Response:
        """What each decision about a subject's parked records would touch now. Changes nothing."""
        return await _Deciding(site, request, engineer, data, topic, subject).answer()

    @routes.post(DECIDE)
    async def decide(
        request: Request,
        engineer: Engineer,
        data: Data,
        topic: Word = "",
        subject: Word = "",
        verb: Word = "",
        record: Word = "",
        reason: Word = "",
        key: Word = "",
        form: Word = "",
    ) -> Response:
        """Ask for it, or show again what must be changed; a worker carries it out."""
        given = {"verb": verb, "topic": topic, "subject": subject, "record": record, "reason": reason}
        return await _Deciding(site, request, engineer, data, topic, subject).take(given, key, form)

    return routes


class _Deciding:
    """One engineer before the parked records of one subject."""

    def __init__(self, site: Site, request: Request, engineer: Principal, data: Data, topic: str, subject: str) -> None:
        self._site, self._request, self._engineer, self._data = site, request, engineer, data
        self._topic, self._subject = topic, subject
        self._reader = site.reader(language_of(request), market=None)
        self._text: Translate = site.gettext(self._reader.language)

    async def answer(self, *, status: int = 200, trouble: str | None = None, reason: str = "", chosen: str = "", key: str = "") -> Response:
        verbs = (Verb.REDRIVE, Verb.RELEASE, Verb.DISCARD)
        seen = [await foresee(self._data, verb, self._topic, self._subject) for verb in verbs]
        waiting = await parking.parked(self._data, topic=self._topic, subject=self._subject, limit=SHOWN)
        return self._site.html(
            "decide.html",
            self._reader,
            status=status,
            sign_out=sign_out_of(self._request),
            topic=self._topic,
            subject=self._subject,
            records=[(each, exact(each.at)) for each in waiting],
            choices=[(each, _verb(self._text, each.verb)) for each in seen],
            record=_first(seen),
            trouble=trouble,
            reason=reason,
            chosen=chosen,
            key=key or str(uuid4()),
            form=form_of(self._request, self._engineer),
        )

    async def take(self, given: dict[str, str], key: str, form: str) -> Response:
        _, kept = self._text, {"reason": given["reason"], "chosen": given["verb"]}
        if not is_ours(self._request, self._engineer, form):
            return await self.answer(status=409, trouble=_("Please look at it once more and send it again."), key=key, **kept)
        try:
            wanted = NewDecision.model_validate(given)
            id = CommandKey(self._engineer.party_id, f"POST {DECIDE}", key or str(uuid4()), fingerprint="").id
            await asked(self._data, id, self._engineer, wanted)
        except ValidationError:
            told = _("Choose what is to be done, and write why, in at least three letters.")
            return await self.answer(status=422, trouble=told, key=key, **kept)
        except Problem as problem:
            if problem.kind not in (CHANGED_MEANWHILE, KEY_REUSED):
                raise
            told = _("Meanwhile something changed. Please look at it once more and send it again.")
            return await self.answer(status=problem.kind.status, trouble=told, **kept)
        return RedirectResponse(f"{self._site.base}{LIST}?done=1", 303)


def _first(seen: list[Foresight]) -> str:
    return next((each.record for each in seen if each.record), "")


def _told(_: Translate, decision: Decision) -> tuple[Decision, str, str, str | None]:
    return decision, _verb(_, decision.verb), exact(decision.asked_at), exact(decision.done_at) if decision.done_at else None


def _verb(_: Translate, verb: Verb) -> str:
    """A decision about parked records, in words."""
    return {
        Verb.REDRIVE: _("Apply it again"),
        Verb.RELEASE: _("Give up what is missing before it"),
        Verb.DISCARD: _("Count it as read, for ever"),
    }.get(verb, verb.value)
