"""docs/errors.md, as the catalogue of problems gives it: ``python -m parley_contracts.problem_page`` prints it."""

import sys
from collections.abc import Iterable

from parley_contracts.problems import CATALOGUE, ProblemKind

_HEAD = """\
# Errors

Generated from the catalogue of problems by `make contracts`; do not edit.

Every error of every service is a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457), `application/problem+json`):

```json
{
  "type": "/problems/changed-meanwhile",
  "title": "This has changed in the meantime.",
  "status": 412,
  "detail": "The conversation has changed since you read it. Read it again, then decide.",
  "retry": "never"
}
```

`type` is what a program looks at. `title` is for people, in the language of the one who asks; `detail` says what to do.
`retry` says whether the same request can succeed:

| `retry` | what to do with the same request |
| --- | --- |
| `never` | do not send it again; change it, or leave it |
| `same-key` | send it again with the same `Idempotency-Key`: it acts once, however often it comes |
| `later` | send it again after the seconds of `Retry-After` |

Where several things are wrong, the first of these is answered: 401, 404, 403, 428 or 412, 409, 422.
What one may not see is 404, as if it were not there.

| problem | status | title | retry | what to do |
| --- | --- | --- | --- | --- |
"""


def page(kinds: Iterable[ProblemKind]) -> str:
    """The whole page."""
    return _HEAD + "".join(map(_row, kinds))


def _row(kind: ProblemKind) -> str:
    after = f" ({kind.retry_after} s)" if kind.retry_after is not None else ""
    return f"| `{kind.name}` | {kind.status} | {kind.title('en')} | {kind.retry}{after} | {kind.remedy} |\n"


if __name__ == "__main__":
    sys.stdout.write(page(CATALOGUE.values()))
