"""What says that the database is out of reach for now."""

from parley_chassis.commands import NotRun
from pymongo.errors import PyMongoError

UNREACHABLE: tuple[type[Exception], ...] = (PyMongoError, NotRun)
