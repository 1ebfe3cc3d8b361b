"""A server's folder as a small file system of its own, so that its disk can be full and nobody else's."""

import os
import subprocess
from pathlib import Path

SIZE = "1g"


def mounted(folder: Path) -> bool:
    """Make the folder a file system in memory; False where that is not allowed here."""
    folder.mkdir(parents=True, exist_ok=True)
    return (
        os.geteuid() == 0
        and subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "drill", str(folder)], check=False).returncode == 0
    )


def unmounted(folder: Path) -> None:
    subprocess.run(["umount", "-l", str(folder)], check=False)
