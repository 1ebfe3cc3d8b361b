"""`/api/v2/ticket`: the kernel's merchant API, with the lines of the order that a ticket is about."""

from typing import Any

from fastapi import APIRouter
from parley_conversation.http.merchant import Bought, merchant_routes
from parley_conversation.use_cases.reading import View

from ticketing.domain.orders import OrderLine
from ticketing.http.routes import PATH
from ticketing.use_cases.orders import facts_for


def ticket_merchant_routes() -> APIRouter:
    """All of `/api/v2/ticket`."""
    return merchant_routes("ticket", PATH, _bought)


async def _bought(tx: Any, view: View) -> dict[str, Any]:
    facts = await facts_for(tx, view.conversation, view.reader)
    if facts is None:
        return {}
    items = [_item(line) for line in facts.lines if line.id in view.conversation.about.line_ids]
    return {"items": items, "transaction_id": facts.order.transaction_id}


def _item(line: OrderLine) -> Bought:
    return {"id": line.id, "product_id": line.product_id, "name": line.title, "quantity": line.quantity}
