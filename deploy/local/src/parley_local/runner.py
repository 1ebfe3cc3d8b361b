"""The background process of `make up`: keeps every part running until it is told to stop."""

import json
import os
import sys
import time

from parley_local import stack
from parley_local.layout import Layout
from parley_local.logs import Logs
from parley_local.problem import CannotRun
from parley_local.state import Snapshot, sole_owner
from parley_local.supervisor import Supervisor


async def run(layout: Layout, *, announce: bool) -> None:
    """Run the stack; where it cannot be kept, the snapshot that it leaves says why. ``announce`` prints its layout when healthy."""
    with sole_owner(layout.folder):
        logs = Logs(layout.logs)
        snapshot = Snapshot(pid=os.getpid(), started_at=time.time(), addresses=stack.links(layout), layout=layout.told())
        supervisor = Supervisor(stack.parts(layout), logs.write, on_change=lambda status: snapshot.tell(layout.folder, status))
        snapshot.tell(layout.folder, supervisor.status)
        try:
            await supervisor.run(on_ready=(lambda: _announce(layout)) if announce else (lambda: None))
        except CannotRun as error:
            snapshot.problem = str(error)
            raise
        finally:
            snapshot.tell(layout.folder, supervisor.status)
            logs.close()


def _announce(layout: Layout) -> None:
    sys.stdout.write(json.dumps(layout.told()) + "\n")
    sys.stdout.flush()
