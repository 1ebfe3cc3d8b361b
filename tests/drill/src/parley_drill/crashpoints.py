"""Named places in a process at which it kills itself, once, when a file says so: the moments between two steps of a promise."""

import functools
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from parley_chassis.mongo.transactions import Transactions
from parley_chassis.relay.lease import Lease
from parley_chassis.relay.sending import Sender
from parley_chassis.subscription import Subscription

POINTS: dict[str, tuple[str, ...]] = {
    "committed": ("serve", "work"),  # before the answer, or before the records are acknowledged
    "before-commit": ("serve", "work"),
    "sent": ("work",),  # Kafka has it, the place is not saved
    "saved": ("work",),
    "applied": ("work",),  # before the offset is committed
    "dot": ("notifier-work",),  # stored that the text is about to leave
    "accepted": ("notifier-work",),  # the server has the mail, nobody wrote it down
}
"""Each place, and the parts in whose names one of these words stands."""


def install(armed: Path) -> None:
    """Wrap what stands before each place. ``armed`` is the file that names the place at which this process is to die."""

    def die_after(owner: type[Any], method: str, point: str, if_: Callable[[Any], bool] = lambda _: True) -> None:
        whole = getattr(owner, method)

        @functools.wraps(whole)
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            result = await whole(*args, **kwargs)
            if if_(result):
                die_if_told(armed, point)
            return result

        setattr(owner, method, wrapped)

    def die_before(owner: type[Any], method: str, point: str) -> None:
        whole = getattr(owner, method)

        @functools.wraps(whole)
        async def wrapped(*args: Any, **kwargs: Any) -> Any:
            die_if_told(armed, point)
            return await whole(*args, **kwargs)

        setattr(owner, method, wrapped)

    die_after(Transactions, "_commit", "committed")
    die_before(Transactions, "_commit", "before-commit")
    die_after(Sender, "rows", "sent")
    die_after(Lease, "save", "saved")
    die_after(Subscription, "handle", "applied")
    if "notifier-work" in armed.name:
        from notifier.dispatch.attempt import Attempt
        from notifier.smtp import SmtpMailer

        die_after(Attempt, "_before_text", "dot", bool)
        die_after(SmtpMailer, "_text", "accepted")


def die_if_told(armed: Path, point: str) -> None:
    """End like `kill -9`, once."""
    try:
        told = armed.read_text()
    except FileNotFoundError:
        return
    if told == point:
        armed.unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGKILL)
