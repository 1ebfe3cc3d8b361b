"""What somebody would do next in a conversation, drawn from the seed: mostly what its state asks for, sometimes what it forbids."""

import random
from dataclasses import dataclass, field
from typing import Any

from parley_drill.board import Known
from parley_drill.marketplace import Market


@dataclass(frozen=True, slots=True)
class Deed:
    """One command of one person in one conversation."""

    who: str
    command: str
    body: dict[str, Any] = field(default_factory=dict)
    if_match: bool = False


def member_of(market: Market, shop: str, chance: random.Random) -> str:
    return chance.choice([member.id for member in market.members if member.shop == shop])


def deed(known: Known, market: Market, chance: random.Random) -> Deed:
    """What happens next in this conversation."""
    seller, agent, buyer = member_of(market, known.shop, chance), chance.choice(market.agents).id, known.buyer
    text = {"text": f"words {chance.randrange(10**9)}"}
    by_seller = [
        (8, Deed(seller, "reply", text)),
        (2, Deed(seller, "reply-and-close", text, if_match=True)),
        (1, Deed(seller, "close", {"reason": "solved"}, if_match=True)),
        (2, Deed(seller, "appeal", text)),
        (1, Deed(seller, "note", {**text, "visibility": "backstage"})),
        (1, Deed(seller, "no-response-needed", {"reason": "thanks"}, if_match=True)),
    ]
    by_support = [
        (4, Deed(agent, "acknowledge")),
        (4, Deed(agent, "reply", text)),
        (2, Deed(agent, "hand-back", text, if_match=True)),
        (1, Deed(agent, "take-over")),
        (1, Deed(agent, "note", {**text, "visibility": "internal"})),
    ]
    by_buyer = [(6, Deed(buyer, "reply", text)), (1, Deed(buyer, "close", {}, if_match=True))] if buyer else []
    reopening = [(3, Deed(buyer, "reopen", text, if_match=True))] if buyer else [(2, Deed(agent, "reopen", text, if_match=True))]
    likely = {
        "awaiting_seller": by_seller * 2 + by_buyer,
        "awaiting_support": by_support * 2 + by_buyer,
        "awaiting_buyer": by_buyer * 3 + by_seller,
        "closed": reopening + by_buyer,
    }.get(known.state, by_seller)
    choices = likely if chance.random() < 0.9 else by_seller + by_support + by_buyer
    return chance.choices([each for _, each in choices], [weight for weight, _ in choices])[0]
