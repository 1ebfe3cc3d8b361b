"""What a service's HTTP interface is, for everybody: the OpenAPI document, and the same as a page that needs no JavaScript."""

from parley_chassis.reference.document import ETAG, LOCATION, ONE_ETAG, PROBLEM_RESPONSE, REPLAYED, Documented, with_headers
from parley_chassis.reference.page import router

__all__ = ["ETAG", "LOCATION", "ONE_ETAG", "PROBLEM_RESPONSE", "REPLAYED", "Documented", "router", "with_headers"]
