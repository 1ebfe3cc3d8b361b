"""`parley check-config` names every fault of the market files that any service would name at its start."""

import shutil
from pathlib import Path

import pytest
from parley.__main__ import main

MARKETS = Path(__file__).parents[3] / "config" / "markets"


def test_nothing_is_wrong_with_the_files_that_ship(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", str(MARKETS)]) == 0
    assert "as read by: inquiries, notifier, pages, sla-monitor, ticketing" in capsys.readouterr().out


def test_the_faults_of_all_services_are_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(MARKETS, tmp_path / "markets")
    market = tmp_path / "markets" / "de.yaml"
    text = market.read_text().replace("target: 48h", "target: soon").replace("  sender: no-reply@marktplatz.example\n", "")
    market.write_text(text.replace("question_window:", "question_windows:"))

    assert main(["check-config", str(tmp_path / "markets")]) == 1
    told = capsys.readouterr().err

    assert "de.yaml: response.target:" in told
    assert "de.yaml: addresses.sender: is missing; add it" in told
    assert "de.yaml: question_windows: no service knows this key; did you mean 'question_window'?" in told
    assert "de.yaml: question_window: is missing; add it" in told


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", str(tmp_path / "nowhere")]) == 1
    assert "nowhere is not a folder; name the one with the market files." in capsys.readouterr().err
