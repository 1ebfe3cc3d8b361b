"""A person has the events of a subject sent again, by the one process that sends."""

from typing import Any

from parley_chassis.decisions import Verb, decide, decision
from parley_chassis.testing import eventually
from parley_contracts.topics import DELIVERIES, TICKETS


def ids(records: list[Any]) -> list[str]:
    return [dict(record.headers)["ce_id"].decode() for record in records if record.key]


async def test_the_events_of_a_subject_are_sent_again_in_the_order_of_their_sequence(stage: Any) -> None:
    async with stage.running(stage.relay(TICKETS, DELIVERIES, marked=None)):
        for sequence in (1, 2, 3):
            await stage.write("a", sequence)
            await stage.write("b", sequence)
        await stage.write("a", 1, topic=DELIVERIES, id="a-mail")
        await eventually(lambda: stage.has("b-3"))

        await decide(stage.database, Verb.REPUBLISH, id="d1", subject="a", by="oncall-1", reason="the broker lost a disk")

        async def done() -> bool:
            found = await decision(stage.database, "d1")
            return found is not None and found.result == "done: 4 events"

        await eventually(done)
        assert [id for id in ids(await stage.records()) if id.startswith("a")] == ["a-1", "a-2", "a-3"] * 2
        assert ids(await stage.records(DELIVERIES)) == ["a-mail"] * 2
        assert [id for id in ids(await stage.records()) if id.startswith("b")] == ["b-1", "b-2", "b-3"]
