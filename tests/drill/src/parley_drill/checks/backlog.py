"""How soon what people wrote while no broker was there was published and applied."""

from parley_drill.checks import takeovers
from parley_drill.evidence import Evidence


def drained(evidence: Evidence) -> dict[str, float]:
    """Of the longest queue that an outage left: how many events, and how long after its end all were on the log, and their effects stored.

    The start of the broker counts; what people went on to write stood in the same queues, but is not waited for.
    """
    queues = [_queue(evidence, fault["ended"]) for fault in evidence.faults if fault["kind"] == "broker-outage"]
    return max(queues, key=lambda queue: queue["events"], default={"events": 0})


def _queue(evidence: Evidence, ended: float) -> dict[str, float]:
    waited = [each for each in evidence.real if each.envelope and each.envelope.time.timestamp() <= ended < each.timestamp]
    places = {(each.topic, each.partition, each.offset) for each in waited}
    applied = [at for each, at in takeovers.effects_by_record(evidence) if (each.topic, each.partition, each.offset) in places]
    return {
        "events": len(waited),
        "published after": round(max((each.timestamp for each in waited), default=ended) - ended, 1),
        "applied after": round(max(applied, default=ended) - ended, 1),
    }
