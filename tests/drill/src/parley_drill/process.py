"""Starts a service's process as `python -m` would, after its crash points (and a planted bug, if any) were put in."""

import os
import runpy
import sys
from pathlib import Path

from parley_drill import clockwork, crashpoints, planted
from parley_drill.processes import CRASHES, PLANT

if __name__ == "__main__":
    _, module, command = sys.argv
    clockwork.mend_sleep()
    crashpoints.install(Path(os.environ[CRASHES]))
    if plant := os.environ.get(PLANT):
        planted.install(plant)
    sys.argv = [module, command]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
