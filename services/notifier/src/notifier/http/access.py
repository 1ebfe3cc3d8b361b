"""Who asks, which markets that is about, and how they reach the desk."""

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from parley_chassis.auth import Principal, signed_in_or_link

LONGEST_PAGE = 200


def transact(request: Request) -> Any:
    return request.app.state.transact


reading = signed_in_or_link("support", "oncall")

Reader = Annotated[Principal, Depends(reading)]
Transact = Annotated[Any, Depends(transact)]
Id = Annotated[str | None, Query(min_length=1, max_length=200)]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE)]


def markets_of(reader: Principal) -> frozenset[str] | None:
    """The markets whose mails this person may look up and resend; None: all."""
    return None if "oncall" in reader.roles else reader.markets


def addressed_of(reader: Principal) -> frozenset[str]:
    """The markets in which this person may see who a mail went to, masked: on-call looks at mails, not at people."""
    return reader.markets if "support" in reader.roles else frozenset()
