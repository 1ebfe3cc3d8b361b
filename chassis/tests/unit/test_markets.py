"""A market file is read whole, each service takes its part, and every fault is named with what to do."""

from datetime import timedelta
from pathlib import Path

import pytest
from parley_chassis.durations import Duration
from parley_chassis.markets import MarketFaults, MarketPart, check_markets, read_markets
from pydantic import BaseModel

ROOT = Path(__file__).parents[3]


class Refunds(BaseModel):
    """A group of keys."""

    window: Duration
    payer: str = "bank"


class TrainMarket(MarketPart):
    """What the sale of train tickets needs to know of a market."""

    refunds: Refunds
    countries: tuple[str, ...] = ()
    opens: str | None = None


class BusMarket(MarketPart):
    """What the sale of bus tickets needs to know of it."""

    stops: int = 0


GOOD = "id: north\nname: North\nlanguages: [nb, en]\nrefunds:\n  window: 30d\n"


def write(folder: Path, **files: str) -> Path:
    """A folder of market files."""
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)
    return folder


def faults_of(folder: Path) -> list[str]:
    """What is wrong there, as it is told."""
    with pytest.raises(MarketFaults) as faults:
        read_markets(folder, TrainMarket)
    return [str(fault) for fault in faults.value.faults]


def test_each_service_reads_its_part_of_every_market(tmp_path: Path) -> None:
    write(tmp_path, north=GOOD + "stops: 12\n", south=GOOD.replace("north", "south"))

    trains, buses = read_markets(tmp_path, TrainMarket), read_markets(tmp_path, BusMarket)

    assert list(trains) == ["north", "south"]
    assert trains["north"].refunds.window == timedelta(days=30)
    assert (buses["north"].stops, buses["south"].stops) == (12, 0)


def test_norway_is_a_country_and_half_past_nine_a_time(tmp_path: Path) -> None:
    write(tmp_path, north=GOOD + "countries: [NO, SE, ON]\nopens: 09:30\n")

    market = read_markets(tmp_path, TrainMarket)["north"]

    assert market.countries == ("NO", "SE", "ON")
    assert market.opens == "09:30"


def test_every_fault_of_every_file_is_named_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        east=GOOD.replace("north", "west"),
        north="id: north\nlanguages: []\nrefunds: {window: 30}\n",
        south="id: south\nname: a: b\n",
        west="- a\n- b\n",
        Up=GOOD,
    )

    faults = faults_of(tmp_path)

    assert len(faults) == 7
    told = "\n".join(faults)
    assert "east.yaml: id: write 'east'" in told
    assert "north.yaml: name: is missing; add it" in told
    assert "north.yaml: languages: Tuple should have at least 1 item" in told
    assert "north.yaml: refunds.window: 30 has no unit; write it as 30s, 30m, 30h or 30d" in told
    assert "south.yaml: line 2: mapping values are not allowed here; mend the YAML there" in told
    assert "west.yaml: holds no settings; write it as `key: value` lines" in told
    assert "Up.yaml: id: write 'Up'" in told


def test_a_service_that_reads_two_parts_names_the_faults_of_both(tmp_path: Path) -> None:
    write(tmp_path, north=GOOD.replace("30d", "soon") + "stops: many\n")

    with pytest.raises(MarketFaults) as faults:
        read_markets(tmp_path, TrainMarket, beside=[BusMarket])

    assert [fault.key for fault in faults.value.faults] == ["refunds.window", "stops"]


def test_a_key_that_stands_twice_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path, north=GOOD + "name: South\n")

    assert faults_of(tmp_path) == ["north.yaml: line 6: the key 'name' stands twice; mend the YAML there"]


@pytest.mark.parametrize("text", ["!!python/object/apply:os.system ['true']", "\x00", "a: &a [*a]\n" * 2, "x" * 300_000, "", "%"])
def test_a_hostile_file_is_a_fault_and_no_more(tmp_path: Path, text: str) -> None:
    write(tmp_path, north=text)

    assert all(fault.startswith("north.yaml: ") for fault in faults_of(tmp_path))


def test_a_folder_without_markets_is_a_fault(tmp_path: Path) -> None:
    assert faults_of(tmp_path) == [f"{tmp_path}: has no market; put one file there, such as de.yaml"]


def test_the_check_names_keys_that_no_service_knows_and_what_was_meant(tmp_path: Path) -> None:
    write(tmp_path, north=GOOD + "stop: 12\nrefunds_: 1\nzzz: 1\n", south=GOOD.replace("north", "south").replace("window", "windoww"))

    faults = [str(fault) for fault in check_markets(tmp_path, [TrainMarket, BusMarket])]

    assert faults == [
        "north.yaml: stop: no service knows this key; did you mean 'stops'?",
        "north.yaml: refunds_: no service knows this key; did you mean 'refunds'?",
        "north.yaml: zzz: no service knows this key; remove it",
        "south.yaml: refunds.window: is missing; add it",
        "south.yaml: refunds.windoww: no service knows this key; did you mean 'window'?",
    ]


def test_the_markets_of_the_demonstration_are_good() -> None:
    markets = read_markets(ROOT / "config/markets", MarketPart)

    assert markets["de"].languages == ("de", "en")
    assert set(markets) == {"canary", "de", "fast"}
