"""The faults: each begins, lasts and is healed, and says in the journal when; which, on whom and for how long the seed decides."""

from collections.abc import Mapping

from parley_drill import clockwork
from parley_drill.cluster import Cluster
from parley_drill.faults import clocks, disks, network, processes, restarts, servers, traffic
from parley_drill.faults.scene import Fault
from parley_drill.plan import BY_NAME

FAULTS: dict[str, tuple[int, Fault]] = {
    "process-kill": (5, processes.kill),
    "worker-kill": (1, processes.kill_worker),
    "process-freeze": (3, processes.freeze),
    "crash-point": (6, processes.crash),
    "service-down": (1, processes.take_down),
    "rolling-restart": (1, restarts.roll),
    "broker-kill": (1, servers.kill_broker),
    "broker-restart": (1, servers.restart_broker),
    "broker-freeze": (1, servers.freeze_broker),
    "broker-outage": (1, servers.broker_outage),
    "controller-kill": (1, servers.kill_controller),
    "database-kill": (1, servers.kill_database),
    "database-restart": (1, servers.restart_database),
    "database-freeze": (1, servers.freeze_database),
    "database-step-down": (1, servers.step_down),
    "connections-cut": (3, network.cut),
    "delay": (1, network.delay),
    "black-hole": (1, network.black_hole),
    "mail": (4, traffic.bad_mail_server),
    "records": (3, traffic.bad_records),
    "clock-jump": (2, clocks.jump),
    "disk-full": (1, disks.fill),
}
"""Each kind with its weight among the others."""


def left_out(cluster: Cluster) -> Mapping[str, str]:
    """The kinds that cannot be had here, each with the reason."""
    missing = {kind: "comes when it is named" for kind in BY_NAME if not cluster.plan.wants(kind)}
    if clockwork.library() is None:
        missing["clock-jump"] = "needs Debian's package libfaketime"
    if not cluster.disks and cluster.plan.wants("disk-full"):
        missing["disk-full"] = "needs the right to mount a small file system"
    if len(cluster.nodes) == 1:
        missing["controller-kill"] = "needs several brokers"
    if cluster.plan.members == 1:
        missing["database-step-down"] = "needs several database nodes"
    return missing


def chosen(cluster: Cluster) -> tuple[str, ...]:
    """The kinds of this drill."""
    missing = left_out(cluster)
    return tuple(kind for kind in FAULTS if cluster.plan.wants(kind) and kind not in missing)
