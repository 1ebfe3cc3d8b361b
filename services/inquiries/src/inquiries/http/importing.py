"""Inquiries of an old system, one by one; a file of them goes through `parley import`."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from parley_chassis.auth import signed_in
from parley_chassis.checking import checked_first
from parley_contracts.inquiries import SOURCE
from parley_conversation.http.bodies import Id
from parley_conversation.http.importing import BroughtIn, OldConversation, brought_in

from inquiries.asking.context import Title, Url
from inquiries.domain.context import Context
from inquiries.use_cases import OldInquiry, bring_in_inquiry

PATH = "/v1/marketplace/inquiries"

service = signed_in("service", scope="inlet")


class OldInquiryTold(OldConversation):
    """An inquiry: about which product of the seller's; without one, about the store."""

    market: Id
    product_id: Id | None = None
    product_title: Title | None = None
    url: Url | None = None


def importing_routes() -> APIRouter:
    """The one route."""
    routes = APIRouter(prefix=PATH, tags=["inlet"], dependencies=[Depends(service)], route_class=checked_first(service))

    @routes.put("/{old_id:path}", response_model=BroughtIn, summary="Bring in an inquiry of an old system")
    async def bring(request: Request, old_id: Annotated[Id, Path()], body: OldInquiryTold) -> Response:
        """With everything that was said in it. The same again changes nothing; nobody is mailed."""
        return await brought_in(request, bring_in_inquiry, OldInquiry(old=body.old(SOURCE, old_id), context=_context(body)))

    return routes


def _context(body: OldInquiryTold) -> Context:
    return Context(seller_id=body.seller_id, market=body.market, url=body.url, product_id=body.product_id, product_title=body.product_title)
