"""What was closed long ago goes, also from the monitor; what then comes of it after all is read as of a conversation that is partial."""

from datetime import UTC, datetime, timedelta
from typing import Any

from parley_chassis.parking import parked
from parley_chassis.positions import POSITIONS, subject_id
from parley_contracts.ticketing import TicketClosed
from parley_contracts.topics import TICKETS
from parley_contracts.words import CloseReason, Role
from sla_monitor.store.indexes import OUTLIVES
from sla_monitor.store.states import known
from sla_monitor.testing import Log
from sla_monitor.testing.log import about_ticket

HOUR = timedelta(hours=1)
TICKET = "0180a5a2-7c4e-7d1f-9a3b-1c2d3e4f5a6b"
THREAD = "5b0f7d3e-8c1a-5f0e-9b7d-2f6a1c4e8d90"


def closed(log: Log, subject: str, *, at: timedelta) -> Any:
    return log.event(subject, TicketClosed(**about_ticket(actor_role=Role.BUYER), reason=CloseReason.BY_BUYER), at=at)


async def going(reader: Any) -> set[str]:
    return {row["_id"] for row in await reader.rows("conversations") if "expires" in row}


async def test_what_is_closed_and_begins_no_second_time_goes_and_what_is_open_stays(reader: Any, log: Log) -> None:
    await reader.read([log.created(TICKET), log.created(THREAD)])
    assert await going(reader) == set()

    await reader.read([closed(log, TICKET, at=HOUR), closed(log, THREAD, at=HOUR)])
    assert await going(reader) == {TICKET}
    (row,) = await reader.rows("conversations", _id=TICKET)
    assert abs(row["expires"] - datetime.now(UTC) - OUTLIVES) < timedelta(minutes=5)

    await reader.read([log.replied(TICKET, Role.BUYER, at=2 * HOUR)])
    assert await going(reader) == set(), "it goes on"

    indexes = await reader.database["conversations"].index_information()
    assert indexes["expires_1"]["expireAfterSeconds"] == 0


async def test_a_conversation_that_comes_back_after_its_rows_went_is_followed_and_partial(reader: Any, log: Log) -> None:
    await reader.read([log.created(TICKET), closed(log, TICKET, at=HOUR)])
    await reader.database["conversations"].delete_one({"_id": TICKET})
    await reader.database[POSITIONS].delete_one({"_id": subject_id(TICKETS.name, TICKET)})

    await reader.read([log.replied(TICKET, Role.BUYER, at=2 * HOUR), *log.watermarks(51 * HOUR)])

    assert await parked(reader.database) == []
    assert [row["type"].split(".")[2] for row in await reader.told(subject=TICKET)][-1] == "overdue"
    assert (await known(reader.database)).partial == {TICKET}


async def test_of_sellers_only_those_go_who_were_normal_for_that_long(reader: Any) -> None:
    index = (await reader.database["sellers"].index_information())["day_1"]

    assert index["partialFilterExpression"] == {"health": "normal"}
    assert index["expireAfterSeconds"] == 25 * 31 * 86_400
