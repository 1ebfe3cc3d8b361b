"""What is sent from a page: under which key it acts once, and the way back to the page with nothing lost."""

from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from fastapi import Request, Response
from parley_chassis.commands import Answer, CommandKey, NotRun
from parley_chassis.pages.session import is_ours
from parley_chassis.principal import Principal
from parley_chassis.problems import Problem, problem_of
from parley_contracts.problems import KEY_REUSED
from starlette.datastructures import FormData

from parley_conversation.asking import asked_by, transact_of
from parley_conversation.domain.people import Person
from parley_conversation.domain.refusals import Invalid, Refusal
from parley_conversation.pages.forms import Fault, Filled, uploads_in, word
from parley_conversation.pages.uploads import with_uploads
from parley_conversation.use_cases.entering import Asked

MOST_FILES = 20
"""More are no slip of a hand. What is above the limit of a message and below this is told on the page, with the text kept."""

_LONGEST_KEY = 64
_GONE = (401, 404, 410)


class Page(Protocol):
    """A page with one form, where there is no conversation yet."""

    @property
    def visitor(self) -> Principal | None:
        """Who is signed in, if anybody needs to."""

    @property
    def uploader(self) -> Person | None:
        """Who may send images with it."""

    async def read(self, sent: FormData) -> Filled:
        """What was filled in, with what must be changed; refuses whoever may not send it."""

    def sender(self, filled: Filled) -> tuple[Person, str]:
        """Who sends what is without fault, and whose key it has."""

    async def run(self, tx: Any, asked: Asked, filled: Filled) -> Answer:
        """The use case."""

    async def again(
        self, filled: Filled, status: int, *, key: str | None, problem: Problem | None = None, error: Exception | None = None
    ) -> Response:
        """The page with what was filled in."""

    def done(self, answer: Answer, filled: Filled) -> Response:
        """What its sender sees next."""


async def send(page: Page, request: Request, *about: str) -> Response:
    """Carry out what was sent, once, or show it again with what must be changed."""
    async with sent_with(request) as sent:
        filled = await page.read(sent)
        if page.visitor and not is_ours(request, page.visitor, word(sent, "form")):
            return await page.again(filled, 409, key=word(sent, "key"))
        try:
            if page.uploader and uploads_in(sent):
                filled = await with_uploads(filled, sent, request, page.uploader)
            if filled.faults:
                return await page.again(filled, 422, key=word(sent, "key"))
            return page.done(await _carried_out(page, request, sent, filled, about), filled)
        except Invalid as error:
            field, fault = ("images", Fault.IMAGE_GONE) if error.field == "attachments" else (error.field, Fault.NOT_CHOSEN)
            return await page.again(filled.but(**{field: fault}), 422, key=word(sent, "key"))
        except (Refusal, NotRun) as error:
            problem = problem_of(request, error)
            if problem.kind.status in _GONE:
                raise
            return await page.again(filled, problem.kind.status, key=key_again(sent, problem), problem=problem, error=error)


async def _carried_out(page: Page, request: Request, sent: FormData, filled: Filled, about: tuple[str, ...]) -> Answer:
    person, principal = page.sender(filled)
    known = key_of(request, principal, sent, filled.fingerprint)
    return await transact_of(request).about(person.party_id, *about).once(known, page.run, asked_by(person, known, None), filled)


def sent_with(request: Request) -> AbstractAsyncContextManager[FormData]:
    """The form of a request, with its files."""
    return request.form(max_files=MOST_FILES, max_fields=200)


def key_of(request: Request, principal: str, sent: FormData, fingerprint: str) -> CommandKey | None:
    """The key under which it acts once, if it has one."""
    key = word(sent, "key")
    return CommandKey(principal, f"POST {request.url.path}", key, fingerprint) if 1 <= len(key) <= _LONGEST_KEY else None


def key_again(sent: FormData, problem: Problem | None) -> str | None:
    """The key stays, unless it is spent: nothing is ever done twice by accident."""
    return None if problem is not None and problem.kind is KEY_REUSED else word(sent, "key")
