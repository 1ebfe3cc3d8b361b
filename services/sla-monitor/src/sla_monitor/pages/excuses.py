"""The pages by which an outage is declared: what was declared before, what a declaration would touch, and then, with a reason, it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, cast
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request, Response
from parley_chassis.auth import Principal, signed_in
from parley_chassis.commands import CommandKey
from parley_chassis.formats import exact
from parley_chassis.mongo import Transactions
from parley_chassis.oncall.bodies import Reason
from parley_chassis.pages import Site
from parley_chassis.pages.session import form_of, is_ours, sign_out_of
from parley_chassis.problems import language_of
from parley_chassis.texts import Translate
from parley_chassis.times import utc
from parley_contracts.topics import PARTITIONS, TOPICS
from pydantic import TypeAdapter, ValidationError
from starlette.responses import RedirectResponse

from sla_monitor.domain.policy import OutageWindow
from sla_monitor.ports import Transaction
from sla_monitor.use_cases import outages
from sla_monitor.use_cases.outages import Declared, Foreseen

PAGE = "/on-call/excuses"
SHOWN = 50

Engineer = Annotated[Principal, Depends(signed_in("oncall", page=True))]
Word = Annotated[str, Form(max_length=2_000)]

_REASON: TypeAdapter[str] = TypeAdapter(Reason)


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody wrote, as it is shown again if it cannot be taken; ``faults`` by field."""

    start: str = ""
    end: str = ""
    reason: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)

    def window(self) -> tuple[datetime, datetime] | None:
        """The two instants; None where one is not written as a time."""
        start, end = _instant(self.start), _instant(self.end)
        return (start, end) if start and end else None


@dataclass(frozen=True, slots=True)
class ExcuseShown:
    """A declared outage."""

    start: str
    end: str
    by: str
    reason: str
    declared_at: str
    partitions: int


def excuse_pages(site: Site) -> APIRouter:
    """`/on-call/excuses`: with a time it shows what would be touched, and only from there it is declared."""
    routes = APIRouter(include_in_schema=False)

    @routes.api_route(PAGE, methods=["GET", "HEAD"])
    async def look(request: Request, engineer: Engineer, start: str = "", end: str = "", done: str = "") -> Response:
        """What was declared; with a time, what its declaration would touch now."""
        return await _Page(site, request, engineer).answer(Draft(start, end), done=bool(done))

    @routes.post(PAGE)
    async def declare(
        request: Request, engineer: Engineer, start: Word = "", end: Word = "", reason: Word = "", key: Word = "", form: Word = ""
    ) -> Response:
        """Declare it, or show again what must be changed."""
        return await _Page(site, request, engineer).declare(Draft(start, end, reason), key, form)

    return routes


class _Page:
    """The page, for one engineer."""

    def __init__(self, site: Site, request: Request, engineer: Principal) -> None:
        self._site, self._request, self._engineer = site, request, engineer
        self._transact = cast("Transactions[Transaction]", request.app.state.transact)
        self._reader = site.reader(language_of(request), market=None)
        self._text: Translate = site.gettext(self._reader.language)

    async def answer(self, draft: Draft, *, done: bool = False, status: int = 200, key: str = "") -> Response:
        foreseen, faults = await self._foreseen(draft)
        return self._site.html(
            "excuses.html",
            self._reader,
            status=422 if faults and status == 200 else status,
            sign_out=sign_out_of(self._request),
            draft=draft,
            faults=faults,
            foreseen=foreseen,
            window=[exact(instant) for instant in draft.window() or ()],
            declared=[_shown(each) for each in await self._transact(outages.list_outages, limit=SHOWN)],
            partitions=PARTITIONS * sum(topic.watermarks for topic in TOPICS),
            done=done,
            key=key or str(uuid4()),
            form=form_of(self._request, self._engineer),
        )

    async def declare(self, draft: Draft, key: str, form: str) -> Response:
        _, window = self._text, draft.window()
        if window is None:
            return await self.answer(draft, status=422, key=key)
        if not is_ours(self._request, self._engineer, form):
            told = _("Please look at it once more and send it again.")
            return await self.answer(self._wrong(draft, start=told), status=409, key=key)
        try:
            reason = _REASON.validate_python(draft.reason)
            id = CommandKey(self._engineer.party_id, f"POST {PAGE}", key or str(uuid4()), fingerprint="").id
            await self._transact(outages.declare, OutageWindow(id, *window, window[1], self._engineer.party_id, reason))
        except ValidationError:
            return await self.answer(self._wrong(draft, reason=_("Write why, in at least three letters.")), status=422, key=key)
        except outages.NotOver:
            return await self.answer(draft, status=422, key=key)
        except outages.DeclaredOtherwise:
            told = _("This form declared another time before. Look at what it would touch, and send it again.")
            return await self.answer(self._wrong(draft, start=told), status=409)
        return RedirectResponse(f"{self._site.base}{PAGE}?done=1", 303)

    async def _foreseen(self, draft: Draft) -> tuple[Foreseen | None, Mapping[str, str]]:
        """What it would touch, or what must be changed before anybody can say."""
        if not (draft.start or draft.end):
            return None, {}
        _, window = self._text, draft.window()
        if window is None:
            wrong = {name: _("Write a time.") for name in ("start", "end") if not _instant(getattr(draft, name))}
            return None, {**draft.faults, **wrong}
        try:
            return await self._transact(outages.foresee, *window), draft.faults
        except outages.NotOver:
            return None, {**draft.faults, "end": _("The end lies after the beginning, and not in the future.")}

    @staticmethod
    def _wrong(draft: Draft, **faults: str) -> Draft:
        return Draft(draft.start, draft.end, draft.reason, faults)


def _instant(written: str) -> datetime | None:
    """A time as a browser's field writes it, which has no zone and is one of UTC, or as everybody else does."""
    try:
        at = datetime.fromisoformat(written)
        return utc(at if at.tzinfo else at.replace(tzinfo=UTC))
    except ValueError:
        return None


def _shown(declared: Declared) -> ExcuseShown:
    outage = declared.outage
    return ExcuseShown(exact(outage.start), exact(outage.end), outage.by, outage.reason, exact(outage.declared_at), declared.partitions)
