"""As much of the query language as the product uses; anything else is an error and not an empty answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

Row = dict[str, Any]

_MISSING: Any = object()


def matches(row: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a filter lets the row through."""
    for name, condition in wanted.items():
        if name == "$or":
            if not any(matches(row, each) for each in condition):
                return False
        elif name == "$and":
            if not all(matches(row, each) for each in condition):
                return False
        elif not _holds(_at(row, name), condition):
            return False
    return True


def _holds(value: Any, condition: Any) -> bool:
    if not (isinstance(condition, dict) and condition and next(iter(condition)).startswith("$")):
        return bool((None if value is _MISSING else value) == condition)
    return all(_compare(value, operator, operand) for operator, operand in condition.items())


def _compare(value: Any, operator: str, operand: Any) -> bool:
    known = None if value is _MISSING else value
    match operator:
        case "$in":
            return known in operand
        case "$ne":
            return bool(known != operand)
        case "$exists":
            return (value is not _MISSING) is bool(operand)
        case "$lt" | "$lte" | "$gt" | "$gte":
            # Of different types nothing is smaller or larger, as on the server.
            if known is None or operand is None or isinstance(known, datetime) is not isinstance(operand, datetime):
                return False
            return bool({"$lt": known < operand, "$lte": known <= operand, "$gt": known > operand, "$gte": known >= operand}[operator])
    raise NotImplementedError(f"the filter operator {operator}")


def _at(row: Mapping[str, Any], path: str) -> Any:
    value: Any = row
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return _MISSING
        value = value[part]
    return value


def in_order(rows: list[Row], sort: Sequence[tuple[str, int]] | None) -> list[Row]:
    for name, direction in reversed(sort or ()):
        rows = sorted(rows, key=lambda row: _rank(_at(row, name)), reverse=direction < 0)
    return rows


def _rank(value: Any) -> tuple[bool, Any]:
    return (False, 0) if value is None or value is _MISSING else (True, value)


def updated(row: Row, update: Any, now: datetime, *, fresh: bool) -> Row:
    """The row after an update with operators, or after a pipeline; ``fresh`` where it is being inserted."""
    if isinstance(update, list):
        for stage in update:
            row = _staged(row, stage, now)
        return row
    row = dict(row)
    for operator, fields in update.items():
        for name, value in fields.items():
            match operator:
                case "$set":
                    row[name] = value
                case "$unset":
                    row.pop(name, None)
                case "$setOnInsert":
                    if fresh:
                        row[name] = value
                case "$max":
                    if row.get(name) is None or row[name] < value:
                        row[name] = value
                case _:
                    raise NotImplementedError(f"the update operator {operator}")
    return row


def _staged(row: Row, stage: Mapping[str, Any], now: datetime) -> Row:
    ((operator, what),) = stage.items()
    match operator:
        case "$set":
            return row | {name: value for name, each in what.items() if (value := evaluate(each, row, now)) is not _MISSING}
        case "$replaceWith":
            return dict(evaluate(what, row, now))
    raise NotImplementedError(f"the stage {operator}")


def evaluate(expression: Any, row: Mapping[str, Any], now: datetime) -> Any:
    """An aggregation expression."""
    match expression:
        case "$$NOW":
            return now
        case "$$ROOT":
            return row
        case str() if expression.startswith("$"):
            return _at(row, expression[1:])
        case dict() if expression and next(iter(expression)).startswith("$"):
            ((operator, operands),) = expression.items()
            return _calculated(operator, operands, row, now)
        case dict():
            return {name: evaluate(each, row, now) for name, each in expression.items()}
    return expression


def _calculated(operator: str, operands: Any, row: Mapping[str, Any], now: datetime) -> Any:
    if operator == "$literal":
        return operands
    if operator == "$cond":
        condition, then, otherwise = operands
        return evaluate(then if evaluate(condition, row, now) else otherwise, row, now)
    values = [evaluate(each, row, now) for each in operands]
    match operator:
        case "$eq":
            return values[0] == values[1]
        case "$lte":
            return values[0] <= values[1]
        case "$or":
            return any(values)
        case "$ifNull":
            return next((value for value in values if value is not None and value is not _MISSING), None)
        case "$mergeObjects":
            return {name: value for each in values for name, value in each.items()}
        case "$add":
            first, second = values
            return first + timedelta(milliseconds=second) if isinstance(first, datetime) else first + second
    raise NotImplementedError(f"the expression operator {operator}")
