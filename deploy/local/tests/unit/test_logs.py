"""What the parts said: each line with its time, the last ones with the part's name in front."""

import io
from pathlib import Path

from parley_local import logs


def test_the_last_lines_are_shown_with_the_name_of_their_part(tmp_path: Path) -> None:
    written = logs.Logs(tmp_path)
    for number in range(5):
        written.write("web", f"line {number}\nits second half")
    written.write("database", "ready")
    written.close()
    shown = io.StringIO()
    logs.show(tmp_path, ["database", "web", "absent"], lines=2, out=shown)
    lines = shown.getvalue().splitlines()
    assert [line.split(" | ")[0].strip() for line in lines] == ["database", "web", "web"]
    assert lines[-2].endswith(" line 4")
    assert lines[-1].endswith(" its second half")


def test_a_line_that_is_being_written_is_left_for_the_next_look(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("whole\nhal")
    shown = io.StringIO()
    (position,) = logs.show(tmp_path, ["web"], lines=10, out=shown).values()
    assert shown.getvalue().endswith("whole\n")
    assert position == len("whole\n")
