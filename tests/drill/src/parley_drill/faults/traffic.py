"""Faults of what others send: a mail server in a bad mood, records that no healthy relay writes."""

import asyncio
import time

from parley_drill.faults.scene import Scene
from parley_drill.sink import Mood


async def bad_mail_server(scene: Scene) -> None:
    """The mail server refuses, forgets, hangs up and falls silent."""
    before = scene.sink.hits
    began = time.time()
    scene.sink.mood = Mood(
        greeting=0.1, recipient=0.1, data=0.1, text=0.1, refused=0.1, forgotten=0.1, silent=0.15, slow=0.1, wait=scene.chance.uniform(1, 6)
    )
    await asyncio.sleep(scene.chance.uniform(3, 8))
    scene.sink.mood = Mood()
    scene.journal.write(kind="mail", target="smtp", began=began, ended=time.time(), count=scene.sink.hits - before)


async def bad_records(scene: Scene) -> None:
    """Records that are repeated, out of order, missing or no records at all."""
    began = time.time()
    count = await scene.records.disturb(scene.chance)
    scene.journal.write(kind="records", target="topics", began=began, ended=time.time(), count=count)
