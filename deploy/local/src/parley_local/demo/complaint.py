"""Chapter one: a buyer complains about an order, the seller answers from the mail, the buyer is not content."""

from typing import Any

from parley_local.demo.pages import opened
from parley_local.demo.scene import Scene
from parley_local.demo.telling import Missing, Watch

COMPLAINT = "Ein Tischbein hat einen tiefen Riss. Was können wir tun?"
ANSWER = "Das tut uns leid! Ein neues Bein ist schon unterwegs zu Ihnen."
AGAIN = "Das neue Bein passt leider nicht, die Bohrung sitzt falsch."


async def complaint(scene: Scene) -> str:
    """Gives the ticket's id."""
    teller = scene.teller
    teller.chapter("1. Anna complains about an order; the shop answers from the mail")
    ticket, since = await open_ticket(scene, "anna", order="A-1001", line="1", problem="damaged_item", text=COMPLAINT)
    number = ticket["number"]
    receipt = await scene.inbox.wait("anna@example.org", number)
    teller.saw(f"Anna's receipt: {receipt.subject!r}", after=float(since))
    mail = await scene.inbox.wait("lena@example.org", number)
    teller.saw(f"Lena of the shop has mail: {mail.subject!r}", after=float(since))
    teller.detail(mail.link)
    if COMPLAINT in mail.text or "anna@example.org" in mail.text:
        raise Missing("the mail to the seller should carry neither the text nor the buyer's address")

    async with opened(mail.link) as page:
        page.shows(COMPLAINT, "Eichentisch Nora")
        page.hides("anna@example.org")
        teller.saw("its link opens the conversation without a sign-in: the text and the order are there, Anna's address is not")
        await page.reply(ANSWER, closing=True)
        answered = Watch()
        teller.saw("Lena replies and closes, on the page")

    mail = await scene.inbox.wait("anna@example.org", number)
    teller.saw(f"Anna has mail: {mail.subject!r}", after=float(answered))
    async with opened(mail.link) as page:
        page.shows(ANSWER)
        await page.reopen(AGAIN)
        reopened = Watch()
        teller.saw("Anna reads the answer behind her link, and reopens the ticket")

    mail = await scene.inbox.wait("lena@example.org", number)
    teller.saw(f"Lena has mail again: {mail.subject!r}", after=float(reopened))
    return str(ticket["id"])


async def open_ticket(scene: Scene, buyer: str, *, order: str, line: str, problem: str, text: str) -> tuple[dict[str, Any], Watch]:
    """Open a ticket through the API; one that an earlier story left open is closed first."""
    request = {"order_id": order, "line_ids": [line], "problem_type": problem, "text": text}
    answer = await scene.ask(buyer, "POST", "ticketing", "/v1/tickets", request, expected=(201, 409))
    if answer.status == 409:
        left = answer.body.get("ticket")
        if not left:
            raise Missing(f"no ticket can be opened about {order}: {answer.body}")
        await scene.close(buyer, "ticketing", str(left["url"]))
        scene.teller.detail(f"(closed {left['number']}, which an earlier story left open)")
        answer = await scene.ask(buyer, "POST", "ticketing", "/v1/tickets", request, expected=(201,))
    since = Watch()
    ticket: dict[str, Any] = answer.body["tickets"][0]
    scene.teller.saw(f"{buyer.title()} opens ticket {ticket['number']} about order {order}: {ticket['state']}")
    return ticket, since
