"""What a drill writes down is what the checker reads, and a drill removes nothing but drills."""

from pathlib import Path

import pytest
from parley_drill import journal
from parley_drill.drill import drill
from parley_drill.evidence import load
from parley_drill.plan import Plan
from parley_drill.world import World
from parley_local.problem import CannotRun


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    world = World()
    world.opened("0199aaaa-0000-7000-8000-000000000001", 1)
    world.watermark(2)
    journal.save(tmp_path / "log.jsonl", (record.line() for record in world.records))

    assert load(tmp_path).records == world.records


async def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(CannotRun, match="no drill"):
        await drill(Plan(seeds=(1,), seconds=1), tmp_path, lambda _: None)

    assert (tmp_path / "thesis.txt").exists()
