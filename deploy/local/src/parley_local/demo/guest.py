"""Chapter two: a guest asks about a product, without an account."""

import uuid

from parley_local import issuer
from parley_local.demo.pages import opened
from parley_local.demo.scene import Scene
from parley_local.demo.telling import Missing, Watch

QUESTION = "Is the lamp bright enough for a big desk?"
ANSWER = "Yes: 800 lumen, and the arm reaches 90 cm."
PAGE = {
    "seller_id": "holzwerk",
    "market": "de",
    "product_id": "desk-lamp-oak",
    "product_title": "Schreibtischlampe Eiche",
    "url": "https://www.marktplatz.example/products/desk-lamp-oak",
}


async def guest(scene: Scene) -> str:
    """Gives the inquiry's id."""
    teller, address = scene.teller, f"guest-{uuid.uuid4().hex[:8]}@example.org"
    teller.chapter("2. Grace, who has no account, asks about a product")
    question = {
        "context": issuer.context(scene.layout.folder, PAGE),
        "text": QUESTION,
        "guest": {"name": "Grace Miller", "email": address, "language": "en"},
    }
    answer = await scene.ask(None, "POST", "inquiries", "/v1/inquiries", question, expected=(201,))
    asked, number = Watch(), str(answer.body["number"])
    teller.saw(f"Grace asks from the product's page: {number}")

    receipt = await scene.inbox.wait(address, number)
    teller.saw(f"Grace's receipt: {receipt.subject!r}", after=float(asked))
    mail = await scene.inbox.wait("lena@example.org", number)
    teller.saw(f"Lena has mail: {mail.subject!r}", after=float(asked))
    if address in mail.text:
        raise Missing("the mail to the seller should not carry the guest's address")
    async with opened(mail.link) as page:
        page.shows(QUESTION)
        page.hides(address)
        await page.reply(ANSWER)
        answered = Watch()
        teller.saw("Lena answers behind her link")

    mail = await scene.inbox.wait(address, number)
    teller.saw(f"Grace has mail: {mail.subject!r}", after=float(answered))
    async with opened(mail.link) as page:
        page.shows(ANSWER)
        teller.saw("her link shows the answer")
    return str(answer.body["id"])
