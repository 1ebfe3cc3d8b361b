"""The problems that the HTTP interfaces answer with (RFC 9457): name, status, whether to try again, titles, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from parley_contracts.problem_remedies import REMEDIES
from parley_contracts.problem_titles import TITLES

Retry = Literal["never", "same-key", "later"]

LANGUAGES = ("en", *TITLES)
"""The languages in which every title is there."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One kind of problem. Its ``type`` is ``/problems/<name>``.

    ``retry`` says whether the same request can succeed: never; sent again with the same Idempotency-Key; later.
    ``retry_after`` is what the Retry-After header says unless the service knows better, in seconds.
    ``remedy`` says what to do, to whoever writes a client.
    """

    name: str
    status: int
    retry: Retry
    titles: Mapping[str, str]
    retry_after: int | None = None
    remedy: str = ""

    @property
    def type(self) -> str:
        return f"/problems/{self.name}"

    def title(self, language: str) -> str:
        return self.titles.get(language) or self.titles["en"]


CATALOGUE: dict[str, ProblemKind] = {}
"""Every kind by its name."""


def _kind(name: str, status: int, en: str, retry: Retry = "never", retry_after: int | None = None) -> ProblemKind:
    titles = {"en": en} | {language: names[name] for language, names in TITLES.items()}
    CATALOGUE[name] = ProblemKind(name, status, retry, titles, retry_after, REMEDIES[name])
    return CATALOGUE[name]


MALFORMED = _kind("malformed", 400, "The request cannot be read.")

SIGN_IN_NEEDED = _kind("sign-in-needed", 401, "Please sign in.")
TOKEN_EXPIRED = _kind("token-expired", 401, "Your sign-in has expired.", "same-key")
TOKEN_INVALID = _kind("token-invalid", 401, "Your sign-in is not valid.")

ROLE_NOT_ALLOWED = _kind("role-not-allowed", 403, "You may not do this.")
ACCOUNT_REQUIRED = _kind("account-required", 403, "This needs an account.")
CONTACT_WINDOW_CLOSED = _kind(
    "contact-window-closed",
    403,
    "You can write to a buyer only about an open or recent order.",
)
QUESTION_WINDOW_CLOSED = _kind(
    "question-window-closed",
    403,
    "The time for questions about this order is over.",
)
OWN_SHOP = _kind("own-shop", 403, "You cannot ask your own shop.")

NOT_FOUND = _kind("not-found", 404, "There is nothing here.")
METHOD_NOT_ALLOWED = _kind("method-not-allowed", 405, "This address does not offer that method.")

CLOSED = _kind("closed", 409, "This conversation is closed.")
FINAL = _kind("final", 409, "This conversation has ended for good.")
NOT_CLOSED = _kind("not-closed", 409, "This conversation is still open.")
WITH_SUPPORT = _kind("with-support", 409, "Support has taken over.")
NOT_WITH_SUPPORT = _kind("not-with-support", 409, "Support does not have this conversation.")
ALREADY_ACKNOWLEDGED = _kind("already-acknowledged", 409, "A colleague already has it.")
NOTHING_OWED = _kind("nothing-owed", 409, "Nobody waits for an answer.")
OVERDUE = _kind("overdue", 409, "The answer is overdue and can no longer be waived.")
ANSWER_FIRST = _kind("answer-first", 409, "Please answer at least once first.")
RATED_FOR_GOOD = _kind("rated-for-good", 409, "This rating can no longer be changed.")
REFUND_REQUIRED = _kind("refund-required", 409, "Here only a refund closes the ticket.")
WRONG_CATEGORY = _kind("wrong-category", 409, "A ticket of this category has no refunds.")
TICKET_ALREADY_OPEN = _kind("ticket-already-open", 409, "There already is an open ticket about this.")
OLDER_THAN_KNOWN = _kind("older-than-known", 409, "Something newer is known already.")
REQUEST_RUNNING = _kind("request-running", 409, "The same request is still running.", "same-key", 1)

LINK_EXPIRED = _kind("link-expired", 410, "This link is no longer valid.")
ERASED = _kind("erased", 410, "This has been erased.")
CHANGED_MEANWHILE = _kind("changed-meanwhile", 412, "This has changed in the meantime.")
TOO_LARGE = _kind("too-large", 413, "The request is too large.")
MEDIA_TYPE = _kind("media-type", 415, "This type of content is not accepted here.")

INVALID = _kind("invalid", 422, "Something in the request is not right.")
KEY_REUSED = _kind("key-reused", 422, "This key belongs to another request.")
TOPIC_RESERVED = _kind("topic-reserved", 422, "The marketplace itself writes about this topic.")
CONTENT_REFUSED = _kind("content-refused", 422, "This content is not allowed.")

IF_MATCH_NEEDED = _kind("if-match-needed", 428, "Say which version you saw (If-Match).")
TOO_MANY = _kind("too-many", 429, "That was too often. Please wait a while.", "later", 60)

INTERNAL = _kind("internal", 500, "Something went wrong on our side.", "same-key")
UNKNOWN_OUTCOME = _kind("unknown-outcome", 503, "We do not know yet whether it was done.", "same-key", 2)
UNAVAILABLE = _kind("unavailable", 503, "This does not work at the moment.", "later", 5)
