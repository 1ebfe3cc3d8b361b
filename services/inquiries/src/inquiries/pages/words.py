"""What must be changed in the form of a question."""

from parley_chassis.texts import Translate
from parley_conversation.pages import words
from parley_conversation.pages.forms import Filled


def faults(_: Translate, filled: Filled | None, *names: str) -> dict[str, str | None]:
    """What to change, by field; None where there is nothing to change."""
    own = {
        "name": _("Please write your name, without the signs @, < and >."),
        "email": _("Please write an e-mail address, such as name@example.org."),
        "language": _("Please choose a language."),
    }
    found = {name: own.get(name) or words.fault(_, fault) for name, fault in (filled.faults if filled else {}).items()}
    return {**dict.fromkeys(("text", "images", *names)), **found}
