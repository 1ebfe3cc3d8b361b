"""What the engineer on call asks of every service, over HTTP: what is parked or held, what a decision would do, the decision."""

from parley_chassis.oncall.routes import router

__all__ = ["router"]
