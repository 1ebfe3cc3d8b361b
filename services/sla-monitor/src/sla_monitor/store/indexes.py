"""Collections and indexes."""

from datetime import timedelta

from parley_chassis.mongo import Index

from sla_monitor.domain.performance import Health

CONVERSATIONS = "conversations"
CYCLES = "cycles"
POLICIES = "policies"
RATINGS = "ratings"
SELLERS = "sellers"

FROZEN = {"frozen": True}
"""What a conversation with a parked record is found by."""

CLOSED_WITHOUT_REPLY = {"settled.outcome": "closed_without_reply"}

BELATED = {"belated": {"$exists": True}}
"""What was not known yet when its day ended: of a conversation whose clock stood still, or of a log that was read late."""

KEPT = timedelta(days=25 * 31)
"""How long a settled cycle stays: 25 months."""

OUTLIVES = KEPT + timedelta(days=31)
"""How long a closed conversation stays of which nothing comes any more: longer than its cycles, and than any reader's row of it."""

INDEXES = (
    # Only what time will change stands in it: a conversation without an open cycle, or with a frozen clock, has no `next`.
    Index(CONVERSATIONS, [("topic", 1), ("partition", 1), ("next", 1)], where={"next": {"$exists": True}}),
    # Due times of overdue cycles: what an outage that is declared afterwards excuses.
    Index(CONVERSATIONS, [("topic", 1), ("partition", 1), ("overdue", 1)], where={"overdue": {"$exists": True}}),
    Index(CONVERSATIONS, [("frozen", 1), ("_id", 1)], where=FROZEN),
    Index(CONVERSATIONS, [("expires", 1)], expire_after=timedelta(), where={"expires": {"$exists": True}}),
    Index(CYCLES, [("seller_id", 1), ("standing", 1), ("at", 1), ("_id", 1)]),
    Index(CYCLES, [("market", 1), ("standing", 1), ("at", 1), ("_id", 1)]),
    Index(CYCLES, [("standing", 1), ("at", 1), ("_id", 1)]),
    Index(CYCLES, [("conversation_id", 1)]),
    Index(CYCLES, [("settled.at", 1)], expire_after=KEPT, where={"settled.at": {"$exists": True}}),
    # The few that count as late if the buyer comes back.
    Index(CYCLES, [("settled.outcome", 1), ("settled.at", 1)], where=CLOSED_WITHOUT_REPLY),
    Index(CYCLES, [("belated", 1)], where=BELATED),
    Index(RATINGS, [("belated", 1)], where=BELATED),
    Index(RATINGS, [("seller_id", 1), ("at", 1)]),
    Index(RATINGS, [("at", 1)], expire_after=KEPT),
    # The last day that counted something: of whom nothing is known anew begins as normal.
    Index(SELLERS, [("day", 1)], expire_after=KEPT, where={"health": Health.NORMAL.value}),
)
