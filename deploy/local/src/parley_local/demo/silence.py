"""Chapter three: a seller stays silent in the market whose target is 20 seconds."""

import asyncio
import time

from parley_local.demo.complaint import open_ticket
from parley_local.demo.scene import Scene
from parley_local.demo.telling import Missing, Watch

TARGET = 20.0
ANNOUNCED_WITHIN = 15.0
"""How long after the due time an overdue answer may stay unannounced."""

_POLL = 0.2


async def silence(scene: Scene) -> str:
    """Gives the ticket's id."""
    teller = scene.teller
    teller.chapter("3. Ben writes to a shop that has 20 seconds to answer, and nobody does")
    ticket, since = await open_ticket(scene, "ben", order="B-2001", line="1", problem="defective_item", text="The lamp flickers.")
    number, path = ticket["number"], f"/v1/tickets/{ticket['id']}"
    mail = await scene.inbox.wait("omar@example.org", number)
    teller.saw(f"Omar of the shop has mail: {mail.subject!r}", after=float(since))
    mail = await scene.inbox.wait("omar@example.org", number, within=TARGET)
    teller.saw(f"Omar is warned before the time is over: {mail.subject!r}", after=float(since))

    await _until_with_support(scene, path, since)
    late = float(since) - TARGET
    teller.saw(f"overdue and handed to support, {late:.1f} s after the answer was due", after=float(since))
    if late < 0:
        raise Missing("the answer was called overdue before it was due")
    for who, address in (("support", "support@fastlane.example"), ("Ben", "ben@example.org"), ("Omar", "omar@example.org")):
        mail = await scene.inbox.wait(address, number, within=10)
        teller.saw(f"{who} has mail: {mail.subject!r}", after=float(since))
    await scene.ask("sam", "POST", "ticketing", f"{path}/acknowledge", {})
    teller.saw("Sam of support acknowledges: the ticket is his now")
    return str(ticket["id"])


async def _until_with_support(scene: Scene, path: str, since: Watch) -> None:
    end = time.monotonic() + TARGET + ANNOUNCED_WITHIN + 5 - float(since)
    while time.monotonic() < end:
        read = await scene.ask("sam", "GET", "ticketing", path)
        if read.body["state"] == "awaiting_support":
            return
        await asyncio.sleep(_POLL)
    raise Missing(f"the ticket was not with support {ANNOUNCED_WITHIN + 5:g} s after its answer was due")
