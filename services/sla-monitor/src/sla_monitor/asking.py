"""Who may ask: sellers for their own cycles, support for its markets', on-call and statistics for all."""

from parley_chassis.auth import Principal
from parley_chassis.problems import Problem
from parley_contracts.problems import ROLE_NOT_ALLOWED

from sla_monitor.domain.responses import Sight

SCOPE = "stats"


def sight_of(principal: Principal) -> Sight:
    """What the one who asks may see, which each of their roles adds to; a Problem where that is nothing."""
    if "oncall" in principal.roles or ("service" in principal.roles and SCOPE in principal.scopes):
        return Sight(everything=True)
    if not principal.roles & {"seller", "support"}:
        needs = f"The token needs the scope {SCOPE}." if "service" in principal.roles else "Sign in as a seller or as support."
        raise Problem(ROLE_NOT_ALLOWED, needs)
    return Sight(
        markets=principal.markets if "support" in principal.roles else frozenset(),
        sellers=principal.seller_ids if "seller" in principal.roles else frozenset(),
    )
