"""The services' APIs, asked one request at a time; what they refuse is told in their own words."""

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from parley.problem import CannotDo
from parley.settings import Settings, variable

PATIENCE = 15.0
LONGEST_PAGE = 200
"""As much as every list gives at once."""


class Services:
    """The services whose addresses are set, asked as the person whose token it is."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def items(self, only: str | None, path: str, **query: Any) -> tuple[list[dict[str, Any]], list[str]]:
        """A list of one service, or of every one that is known; and what those said that gave none: it is needed when things go wrong."""
        found: list[dict[str, Any]] = []
        faults: list[str] = []
        for service in [only] if only else self._settings.urls():
            try:
                found += [{"service": service, **item} for item in self.all(service, path, **query)]
            except CannotDo as error:
                faults.append(str(error))
        return found, faults

    def all(self, service: str, path: str, *, of: str = "items", most: int | None = None, **query: Any) -> list[dict[str, Any]]:
        """A whole list, page after page, or its first rows; ``of`` is the list's name in the answer."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            limit = LONGEST_PAGE if most is None else min(LONGEST_PAGE, most - len(found))
            page = self.get(service, path, **query, cursor=cursor, limit=limit)
            found += page[of]
            cursor = page.get("next")
            if cursor is None or len(found) == most:
                return found

    def get(self, service: str, path: str, **query: Any) -> dict[str, Any]:
        """Ask for something."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._answer(service, "GET", path, params=given)

    def post(self, service: str, path: str, body: Mapping[str, Any], *, if_match: str | None = None) -> dict[str, Any]:
        """Ask that something is done; ``if_match``: to what was read, as it was."""
        given = {name: value for name, value in body.items() if value is not None}
        return self._answer(service, "POST", path, json=given, headers={"if-match": if_match} if if_match else {})

    def post_lines(self, service: str, path: str, lines: Iterable[bytes]) -> dict[str, Any]:
        """Ask the same of many lines at once."""
        return self._answer(service, "POST", path, content=b"\n".join(lines), headers={"content-type": "application/x-ndjson"})

    def put(self, service: str, path: str, body: Any) -> dict[str, Any]:
        """Say how something is."""
        return self._answer(service, "PUT", path, json=body)

    def _answer(self, service: str, method: str, path: str, **request: Any) -> dict[str, Any]:
        url = self._url(service)
        headers = {**request.pop("headers", {}), "authorization": f"Bearer {self._settings.bearer()}"}
        try:
            answer = httpx.request(method, url + path, headers=headers, timeout=PATIENCE, **request)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CannotDo(f"{service} does not answer at {url} ({type(error).__name__}). Check {variable(service)}.") from None
        if answer.status_code == 204:
            return {}
        try:
            body = answer.json()
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise CannotDo(f"{url} is not {service}: it answered {answer.status_code} without JSON. Check {variable(service)}.")
        if answer.is_error:
            raise CannotDo(_refusal(service, answer.status_code, body))
        return body

    def _url(self, service: str) -> str:
        url = self._settings.url(service)
        if url is None:
            raise CannotDo(f"The address of {service} is not known. Set {variable(service)}.")
        return url


def _refusal(service: str, status: int, problem: Mapping[str, Any]) -> str:
    """A problem document as a person reads it."""
    lines = [f"{service}: {problem.get('title', 'it was refused')} ({status})", *filter(None, [problem.get("detail")])]
    lines += [f"  {fault.get('field')}: {fault.get('message')}" for fault in problem.get("errors", ())]
    if status == 401:
        lines.append("Get a new token and set PARLEY_TOKEN.")
    return "\n".join(lines)
