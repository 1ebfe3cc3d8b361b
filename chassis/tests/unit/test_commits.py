"""After which errors nobody knows whether a commit happened: then it is asked for again, and nobody is told that it failed."""

import pytest
from parley_chassis.mongo.transactions import is_unconfirmed
from pymongo.errors import OperationFailure, PyMongoError, WriteConcernError, WTimeoutError

_INTERRUPTED = 290
_NO_SUCH_TRANSACTION = 251


def labelled(label: str) -> PyMongoError:
    return OperationFailure("so it is", _NO_SUCH_TRANSACTION, {"errorLabels": [label]})


@pytest.mark.parametrize(
    ("error", "unconfirmed"),
    [
        (labelled("UnknownTransactionCommitResult"), True),
        # Seen with a full disk: the transaction's lifetime ended while the commit waited, and the driver put no label.
        (WriteConcernError("the transaction exceeded its lifetime", _INTERRUPTED), True),
        (WTimeoutError("too few nodes in time", 64), True),
        (labelled("TransientTransactionError"), False),
        (OperationFailure("no such transaction", _NO_SUCH_TRANSACTION), False),
    ],
)
def test_a_commit_is_unconfirmed_where_its_wait_was_interrupted(error: PyMongoError, unconfirmed: bool) -> None:
    assert is_unconfirmed(error) is unconfirmed
