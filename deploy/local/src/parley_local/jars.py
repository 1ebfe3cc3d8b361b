"""Kafka's jars: named with their SHA-256 in a committed lock, fetched once, kept in the user's cache."""

import hashlib
import os
import tempfile
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from parley_local.problem import CannotRun

if TYPE_CHECKING:
    from jgo.env import LockedDependency
    from jgo.maven import MavenContext

SPEC = Path(__file__).with_name("jgo.toml")
LOCK = Path(__file__).with_name("jgo.lock.toml")
_ATTEMPTS = 3


def cache_dir() -> Path:
    """Where fetched jars stay for the next start, and for other clones."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parley" / "jars"


def class_path() -> list[Path]:
    """Every locked jar, fetched where it is missing; a jar of another content than the lock's is never used."""
    from jgo.env import LockFile

    cache = cache_dir()
    cache.mkdir(parents=True, exist_ok=True)
    locked = LockFile.load(LOCK).dependencies
    with ThreadPoolExecutor(max_workers=8) as fetchers:
        return list(fetchers.map(lambda jar: _present(jar, cache), locked))


def lock() -> bool:
    """Resolve the specification again and write the lock; False where nothing changed."""
    from jgo.env import LockFile
    from jgo.env._lockfile import LockedDependency

    with tempfile.TemporaryDirectory() as folder:
        context = _maven(Path(folder))
        wanted = tomllib.loads(SPEC.read_text())["dependencies"]["coordinates"]
        given, needed = context.resolver.resolve([context.create_dependency(coordinate) for coordinate in wanted])
        found = [*given, *(jar for jar in needed if jar.scope in ("compile", "runtime"))]
        dependencies = sorted((LockedDependency.from_dependency(jar) for jar in found), key=lambda jar: (jar.groupId, jar.artifactId))
    if LOCK.exists() and [jar.to_dict() for jar in LockFile.load(LOCK).dependencies] == [jar.to_dict() for jar in dependencies]:
        return False
    LockFile(dependencies, environment_name="kafka").save(LOCK)
    return True


def _present(jar: "LockedDependency", cache: Path) -> Path:
    kept = cache / f"{jar.artifactId}-{jar.version}.{jar.packaging}"
    if kept.exists() and _sha256(kept) == jar.sha256:
        return kept
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        fetched = _fetched(jar, Path(folder))
        found = _sha256(fetched)
        if found != jar.sha256:
            raise CannotRun(
                f"{kept.name} is not what the lock names (SHA-256 {found}, expected {jar.sha256}).\n"
                "The Maven repository gives another file: check MAVEN_REPOSITORY, or run `make lock` if the change is meant."
            )
        # A rename: two starts at once may both fetch, but neither ever sees half a file.
        return fetched.replace(kept)


def _fetched(jar: "LockedDependency", folder: Path) -> Path:
    import requests

    artifact = _maven(folder).project(jar.groupId, jar.artifactId).at_version(jar.version).artifact(packaging=jar.packaging)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            return artifact.resolve()
        except (requests.RequestException, RuntimeError) as error:
            if artifact.cached_path:
                artifact.cached_path.unlink(missing_ok=True)
            if attempt == _ATTEMPTS:
                raise CannotRun(
                    f"cannot fetch {jar.groupId}:{jar.artifactId}:{jar.version} for the embedded Kafka ({type(error).__name__}: {error}).\n"
                    "Check the network and the proxy (HTTPS_PROXY); MAVEN_REPOSITORY=URL names a mirror of Maven's central repository.\n"
                    "Or use a Kafka that runs already: KAFKA_BOOTSTRAP_SERVERS=host:port."
                ) from error
    raise AssertionError("unreachable")


def _maven(folder: Path) -> "MavenContext":
    from jgo.maven import MavenContext

    mirror = os.environ.get("MAVEN_REPOSITORY")
    return MavenContext(repo_cache=folder, remote_repos={"mirror": mirror.rstrip("/")} if mirror else None)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
