"""docs/subscribe.md, followed to the letter on a real broker: its commands and its programs are run as they stand there."""

import asyncio
import json
import os
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from parley_chassis.provision import provision
from parley_chassis.testing import eventually
from parley_contracts.committed import committed
from parley_contracts.envelope import Envelope
from parley_contracts.partitions import partition_of
from parley_contracts.registry import MODELS
from parley_contracts.topics import TICKETS, TOPICS, Tier
from parley_contracts.watermark import watermark_record

PAGE = Path(__file__).parents[3] / "docs" / "subscribe.md"
BLOCKS = re.findall(r"^```(\w+) ?(\S*)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
COMMANDS = [block for language, _, block in BLOCKS if language == "sh"]
PROGRAMS = {name: block for language, name, block in BLOCKS if language == "python"}
SUBJECT = "0195563d-7c00-7000-8000-0000000000d1"


def event(type: str, sequence: int, **changes: object) -> Envelope:
    """A golden example as ticketing publishes it."""
    data = json.loads(min((committed() / "examples" / type).glob("*.json")).read_bytes()) | changes
    return Envelope.of(
        MODELS[type].model_validate(data),
        id=f"e-{sequence}",
        source="/ticketing",
        subject=SUBJECT,
        time=datetime.now(UTC) - timedelta(seconds=30),
        sequence=sequence,
        correlationid="e-1",
        causationid=f"c-{sequence}",
    )


@pytest.fixture
async def shell(kafka_servers: str, topic_prefix: str, tmp_path: Path) -> Mapping[str, str]:
    """A folder with the page's programs, a log with a ticket's life, and the settings that lead to it."""
    await provision(kafka_servers, topics=[topic for topic in TOPICS if topic.tier is Tier.PUBLIC], prefix=topic_prefix)
    producer = AIOKafkaProducer(bootstrap_servers=kafka_servers)
    await producer.start()
    name, partition = topic_prefix + TICKETS.name, partition_of(SUBJECT.encode())
    for each in (event("parley.ticket.created.v1", 1, number="T-AAAA-AAAA", market="de"), event("parley.ticket.closed.v1", 2)):
        await producer.send_and_wait(name, each.value, each.key, partition=partition, headers=list(each.headers()))
    headers, value = watermark_record(id="w", source="/ticketing", at=datetime.now(UTC), time=datetime.now(UTC))
    await producer.send_and_wait(name, value, partition=partition, headers=list(headers))
    await producer.stop()
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for file, program in PROGRAMS.items():
        (tmp_path / file).write_text(program.replace("my-team", f"{topic_prefix}my-team"))
    return {**os.environ, "PARLEY_KAFKA_BOOTSTRAP_SERVERS": kafka_servers, "PARLEY_TOPIC_PREFIX": topic_prefix}


async def run(script: str, folder: Path, shell: Mapping[str, str]) -> tuple[int | None, str]:
    """Its exit code, and what it said."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euc", script, cwd=folder, env=shell, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode()


@asynccontextmanager
async def running(program: str, folder: Path, shell: Mapping[str, str]) -> AsyncIterator[Path]:
    """A program that goes on until it is ended; gives the file that it prints to. Clients log on the other stream."""
    output = folder / f"{program}.out"
    with output.open("w") as file:
        process = await asyncio.create_subprocess_exec(sys.executable, program, cwd=folder, env=shell, stdout=file)
        try:
            yield output
        finally:
            process.terminate()
            await process.wait()


@pytest.mark.timeout(240)
async def test_the_page_leads_to_the_first_event_with_both_clients(shell: Mapping[str, str], topic_prefix: str, tmp_path: Path) -> None:
    look, record = COMMANDS
    code, said = await run(look, tmp_path, shell)
    assert code == 0, said
    assert re.search(rf"Z  ticket\.created\.v1  {SUBJECT}  #1  number=T-AAAA-AAAA  market=de", said)
    assert json.loads(said.splitlines()[-1])["data"]["number"] == "T-AAAA-AAAA"
    assert "watermark" not in said

    code, said = await run(record.replace("my-team.", f"{topic_prefix}my-team."), tmp_path, shell)
    assert code == 0, said
    assert said.splitlines()[-2:] == [
        "3 events are as the contract says.",
        f"3 records were sent to {topic_prefix}my-team.{TICKETS.name}.",
    ]

    copies = {"with_aiokafka.py": topic_prefix, "with_librdkafka.py": f"{topic_prefix}my-team."}
    assert set(PROGRAMS) == {"handling.py", *copies}
    for program, prefix in copies.items():
        async with running(program, tmp_path, {**shell, "PARLEY_TOPIC_PREFIX": prefix}) as output:

            def handled(output: Path = output) -> bool:
                return output.read_text().count("\n") >= 2

            await eventually(handled)
            opened, closed = output.read_text().splitlines()
            assert opened == "opened T-AAAA-AAAA in de"
            assert closed.startswith("closed T-")


async def test_what_breaks_the_contract_is_found_on_the_topic_itself(
    shell: Mapping[str, str], kafka_servers: str, topic_prefix: str, tmp_path: Path
) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=kafka_servers)
    await producer.start()
    lost, name, partition = event("parley.ticket.closed.v1", 4), topic_prefix + TICKETS.name, partition_of(SUBJECT.encode())
    sent = await producer.send_and_wait(name, lost.value, lost.key, partition=partition, headers=list(lost.headers()))
    await producer.stop()

    code, said = await run(f".venv/bin/parley validate --topic {TICKETS.name}", tmp_path, shell)

    assert code == 1
    place = f"{TICKETS.name}/{partition}/{sent.offset}"
    assert said.splitlines() == [
        f"{place}: a sequence is missing before 4: an event was lost, or stands outside of what was read",
        f"{place}: it stands after a watermark that says that everything up to its time has come",
        "4 events read, 2 faults.",
    ]
