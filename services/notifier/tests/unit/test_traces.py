"""A mail names the trace of what it tells of."""

import email
from dataclasses import replace

from notifier.rendering import LinkMaker, Renderer, sample_jobs
from notifier.settings import Market
from notifier.testing.builders import TRACE, a_delivery
from parley_chassis.links import Links

ADDRESSES = {"sender": "post@north.example", "support": "support@north.example", "oncall": "oncall@north.example"}
MARKET = Market.model_validate(
    {"id": "north", "name": "North", "languages": ["en"], "time_zone": "UTC", "addresses": ADDRESSES, "imprint": "North Ltd"}
)


def test_a_mail_names_its_trace_and_one_of_an_older_version_has_none() -> None:
    urls = dict.fromkeys(("/ticketing", "/inquiries", "/sla-monitor"), "https://help.test")
    renderer, job = Renderer({"north": MARKET}, LinkMaker(Links(["k" * 40]), urls)), next(sample_jobs(MARKET))
    traced = replace(job, delivery=replace(job.delivery, trace=a_delivery().trace))

    assert [email.message_from_bytes(renderer(each).content)["X-Trace-Id"] for each in (traced, job)] == [TRACE, None]
