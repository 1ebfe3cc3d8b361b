"""`python -m parley_bench.scheduler`: the peer of B5 that keeps a job for each due time, with APScheduler's own MongoDB job store."""

import sys
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import MongoClient

from parley_bench import peers

_done = threading.Semaphore(0)
_database: Any = None


def overdue(conversation: str) -> None:
    """What a job does: the conversation's mark, and the event for others."""
    _database["conversations"].update_one({"_id": conversation}, {"$set": {"overdue": True}}, upsert=True)
    _database["outbox"].insert_one({"key": conversation, "type": "parley.response.overdue.v1", "value": b"x" * 400})
    _done.release()


def main(items: int, uri: str, name: str) -> None:
    """Jobs whose time has come, held back until we are told to begin."""
    global _database
    peers.find()
    from apscheduler.jobstores.mongodb import MongoDBJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    client: MongoClient[dict[str, Any]] = MongoClient(uri, w="majority", journal=True)
    _database = client[name]
    scheduler = BackgroundScheduler(jobstores={"default": MongoDBJobStore(database=name, client=client)}, timezone=UTC)
    scheduler.start(paused=True)
    due = datetime.now(UTC) - timedelta(minutes=1)
    for n in range(items):
        job = {"args": [f"ticket-{n}"], "id": str(n), "misfire_grace_time": None, "max_instances": 1}
        scheduler.add_job("parley_bench.scheduler:overdue", "date", run_date=due, **job)
    peers.ready()
    scheduler.resume()
    for _ in range(items):
        _done.acquire()
    peers.say(client[name]["outbox"].count_documents({}))
    sys.stdin.readline()


if __name__ == "__main__":
    # The jobs name a function of the module by that name, not of the one that runs.
    import parley_bench.scheduler

    parley_bench.scheduler.main(int(sys.argv[1]), *sys.argv[2:])
