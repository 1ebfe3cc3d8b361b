"""Where the committed files lie: schemas, golden examples and the AsyncAPI document, in a checkout or beside an installed package."""

import sys
from functools import cache
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]
_INSTALLED = Path(sys.prefix) / "share" / "parley-contracts"


@cache
def committed() -> Path:
    """The folder with ``schemas/``, ``examples/`` and ``asyncapi.json``."""
    return _CHECKOUT if (_CHECKOUT / "asyncapi.json").exists() else _INSTALLED
