"""What a service's HTTP interface is, for everybody: the OpenAPI document, and the same as a page that needs no JavaScript."""

from parley_chassis.reference.document import PROBLEM_RESPONSE, Documented
from parley_chassis.reference.page import router

__all__ = ["PROBLEM_RESPONSE", "Documented", "router"]
