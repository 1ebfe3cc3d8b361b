"""The order of checks: what cannot be read is refused last."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

Check = Callable[[Request], Awaitable[object]]
"""Raises what stands before the body: who that is, whether they may see it, may do it, and the state."""


def checked_first(check: Check) -> type[APIRoute]:
    """A class of routes that complain of a request's fields only where the check finds nothing."""

    class CheckedRoute(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Any]:
            handle = super().get_route_handler()

            async def handle_in_order(request: Request) -> Response:
                try:
                    return await handle(request)
                except (RequestValidationError, HTTPException):
                    await check(request)
                    raise

            return handle_in_order

    return CheckedRoute
