"""The market files as the local stack reads them: those of the project, but whoever must sign in is sent to the demo shop."""

import re
from pathlib import Path

from parley_local.layout import ROOT, Layout

SOURCE = ROOT / "config" / "markets"
_SIGN_IN = re.compile(r"^( +signin:).*$", re.MULTILINE)


def folder(layout: Layout) -> Path:
    """Where they are; written anew each time, so that a change of the project's files is in the next start."""
    made = layout.folder / "markets"
    made.mkdir(parents=True, exist_ok=True)
    for left in made.glob("*.yaml"):
        left.unlink()
    for source in SOURCE.glob("*.yaml"):
        (made / source.name).write_text(_SIGN_IN.sub(rf"\1 {layout.url('shop')}/sign-in", source.read_text()))
    return made
