"""What the rules' words are called on a page."""

from enum import StrEnum

from parley_chassis.pages import problems
from parley_chassis.texts import Translate

from parley_conversation.domain.cells import Command
from parley_conversation.domain.conversation import Conversation
from parley_conversation.domain.images import MOST_OF_A_MESSAGE
from parley_conversation.domain.messages import Message
from parley_conversation.domain.people import Actor
from parley_conversation.domain.templates import LONGEST_TITLE, MOST_OF_AN_OWNER
from parley_conversation.domain.words import Category, ClosedBecause, RemovedBecause, Role, State, Violation, Visibility, WaivedBecause
from parley_conversation.pages.forms import LONGEST_TEXT, Fault


def state(_: Translate, of: State, reader: Role) -> str:
    """Where a conversation stands, as its reader sees it."""
    if reader.side is not None and of is reader.side.awaiting:
        return _("Waiting for your answer")
    if reader.asks and of is State.AWAITING_BUYER:
        return _("Answered")
    return {
        State.AWAITING_SELLER: _("Waiting for the shop"),
        State.AWAITING_SUPPORT: _("With support"),
        State.AWAITING_BUYER: _("Waiting for the buyer"),
        State.CLOSED: _("Closed"),
        State.FINAL: _("Closed for good"),
    }[of]


def action(_: Translate, of: State, reader: Role) -> str:
    """What its reader does with a conversation on a board."""
    if reader.side is not None and of is reader.side.awaiting:
        return _("Answer")
    return _("Read the answer") if reader.asks and of is State.AWAITING_BUYER else _("View")


def category(_: Translate, of: Category) -> str:
    return {
        Category.PRE_PURCHASE: _("Question before buying"),
        Category.POST_PURCHASE: _("Problem with an order"),
        Category.CUSTOMER_SERVICE: _("Question about an order"),
    }[of]


def problem_type(_: Translate, conversation: Conversation) -> str:
    """What the buyer named; a word that is not known here is passed over for its category."""
    return problem(_, conversation.problem_type, conversation.category)


def problem(_: Translate, problem_type: str, of: Category) -> str:
    """The same without a conversation."""
    known = {
        "return_or_refund": _("Return or refund"),
        "defective_item": _("Defective item"),
        "damaged_item": _("Damaged item"),
        "missing_item": _("Missing item"),
        "change_product": _("Change a product"),
        "remove_item": _("Remove an item"),
        "change_address": _("Change the address"),
        "order_status": _("Status of the order"),
        "tracking": _("Where is my parcel?"),
        "order_note": _("About the order"),
    }
    return known.get(problem_type) or category(_, of)


def visibility(_: Translate, of: Visibility) -> str | None:
    """A mark for what the buyer does not read."""
    return {
        Visibility.PUBLIC: None,
        Visibility.BACKSTAGE: _("Between shop and support: the buyer does not see this"),
        Visibility.INTERNAL: _("Internal note"),
    }[of]


def notes(_: Translate, of: Role) -> list[str]:
    """For whom a note of this role can be."""
    own = _("Support alone") if of is Role.SUPPORT else _("The shop alone, and support if it looks")
    return [_("Shop and support"), own]


def topic(_: Translate, of: str) -> str:
    """What a note on an order is about."""
    known = {
        "order_confirmation": _("Order confirmation"),
        "shipping": _("Shipping"),
        "invoice": _("Invoice"),
        "delivery_date": _("Delivery date"),
        "availability": _("Availability"),
        "product": _("The product"),
        "return": _("Return"),
    }
    return known.get(of, _("Something else"))


def note(_: Translate, message: Message) -> str | None:
    """A mark for a note on an order."""
    if message.topic is None:
        return None
    if message.visibility is not Visibility.PUBLIC:
        return _("Private note on the order: the buyer does not see this")
    return _("Note on the order: %(topic)s") % {"topic": topic(_, message.topic)}


def flagged(_: Translate, found: tuple[Violation, ...]) -> str | None:
    """What support is told of a message in which the content policy found something."""
    called = {
        Violation.CONTACT_DETAILS: _("contact details"),
        Violation.LINKS: _("a link elsewhere"),
        Violation.ADVERTISING: _("advertising"),
    }
    return _("The content policy found: %(what)s") % {"what": ", ".join(called[each] for each in found)} if found else None


def reasons(_: Translate, of: type[StrEnum]) -> list[tuple[str, str]]:
    """The reasons that can be chosen, with what they are called."""
    called: dict[StrEnum, str] = {
        ClosedBecause.SOLVED: _("It is solved"),
        ClosedBecause.ANSWERED_ELSEWHERE: _("It was answered elsewhere"),
        ClosedBecause.DUPLICATE: _("It is a duplicate"),
        ClosedBecause.SPAM: _("It is spam"),
        ClosedBecause.CANNOT_HELP: _("We cannot help here"),
        WaivedBecause.THANKS: _("The buyer only says thank you"),
        WaivedBecause.ALREADY_ANSWERED: _("It is already answered"),
        WaivedBecause.DUPLICATE: _("It is a duplicate"),
        WaivedBecause.NOT_A_QUESTION: _("It is not a question"),
        RemovedBecause.SPAM: _("It is spam"),
        RemovedBecause.MODERATION: _("It breaks the rules of the marketplace"),
    }
    return [(reason.value, called[reason]) for reason in of]


def stars(_: Translate) -> list[str]:
    """What one star to five mean."""
    return [_("Very dissatisfied"), _("Dissatisfied"), _("Neither"), _("Satisfied"), _("Very satisfied")]


def refund(_: Translate, state: str) -> str:
    """How far the refund of a line is."""
    known = {"asked": _("Refund asked for"), "paid": _("Refunded"), "failed": _("The refund failed")}
    return known.get(state, _("Refund under way"))


def done(_: Translate, command: Command) -> str | None:
    """What was just done."""
    return {
        Command.REPLY: _("Your message has been sent."),
        Command.REPLY_AND_CLOSE: _("Your message has been sent, and the conversation is closed."),
        Command.NOTE: _("Your note has been saved."),
        Command.CLOSE: _("The conversation is closed."),
        Command.REOPEN: _("The conversation is open again."),
        Command.APPEAL: _("Support has it now."),
        Command.WAIVE: _("Noted: no answer is needed."),
        Command.TAKE_OVER: _("You have it now."),
        Command.ACKNOWLEDGE: _("You have it now."),
        Command.HAND_BACK: _("The shop has it again."),
        Command.RATE: _("Thank you for your rating."),
        Command.ASSIGN: _("It is assigned."),
        Command.FINALISE: _("The conversation has ended for good."),
        Command.REMOVE_MESSAGE: _("The message has been removed."),
        Command.REFUND: _("The refund has been asked for, and the ticket is closed."),
    }.get(command)


def shelved(_: Translate, done: str) -> str | None:
    """What was just done with a reply template."""
    return {"saved": _("The template has been saved."), "removed": _("The template has been removed.")}.get(done)


def author(_: Translate, by: Actor, conversation: Conversation, reader: Actor, names: dict[str, str], brand: str) -> str:
    """Who wrote: the shop, whoever of it wrote, and support as such."""
    if by.id == reader.id and by.role is reader.role:
        return _("You")
    match by.role:
        case Role.SELLER:
            return names.get(conversation.seller_id) or _("The shop")
        case Role.SUPPORT:
            return support(_, brand)
        case Role.SYSTEM:
            return brand
        case _:
            return names.get(by.id) or _("The buyer")


def support(_: Translate, brand: str) -> str:
    return _("%(brand)s Support") % {"brand": brand}


def trouble(_: Translate, title: str, kind: str) -> str:
    """What went wrong, and what to do about it."""
    return " ".join(part for part in (title, advice(_, kind)) if part)


def advice(_: Translate, kind: str) -> str | None:
    """What to do about a problem, where its title does not say it."""
    own = {
        "changed-meanwhile": _("Please look at what is new above, then send it again. Your text is still here."),
        "key-reused": _("It seems that this was sent before. Please look above, and send it again only if it is missing."),
        "request-running": _("Please wait a moment, then look whether it is there."),
        "unknown-outcome": _("Please send it again: nothing is ever sent twice."),
        "sign-in-needed": _("Please open the link in your latest e-mail again, or sign in at the shop."),
        "token-invalid": _("Please open the link in your latest e-mail again. Make sure that the whole address is there."),
        "topic-reserved": _("Please choose another topic. Your text is still here."),
        "content-refused": _("Please leave out contact details, links to other pages and advertising. Your text is still here."),
        "contact-window-closed": _("Please wait until the buyer writes."),
        "question-window-closed": _("Please write to the support of the marketplace. Your text is still here."),
        "ticket-already-open": _("Please go on there. Your text is still here."),
        "own-shop": _("Please sign in at the shop with the account with which you buy."),
        "account-required": _("Please sign in at the shop, or create an account there with the address of your order."),
        "too-many": _("Your text is still here."),
    }
    return own.get(kind) or problems.advice(_, kind)


def fault(_: Translate, of: Fault) -> str:
    """What to change in a field."""
    return {
        Fault.EMPTY: _("Please write something."),
        Fault.TOO_LONG: _("That is too long: at most %(most)d characters are possible.") % {"most": LONGEST_TEXT},
        Fault.NO_REASON: _("Please choose a reason."),
        Fault.NOT_CHOSEN: _("Please choose again from what is shown."),
        Fault.TOO_MANY_IMAGES: _("At most %(most)d images are possible in one message.") % {"most": MOST_OF_A_MESSAGE},
        Fault.NOT_AN_IMAGE: _("This file is no image that can be taken. Please choose a PNG, JPEG or WebP image."),
        Fault.IMAGE_TOO_LARGE: _("This image is too large. Please choose one of at most 10 MB and 50 megapixels."),
        Fault.IMAGE_GONE: _("An image is no longer there. Please choose it again."),
        Fault.TITLE_TOO_LONG: _("That is too long: at most %(most)d characters are possible.") % {"most": LONGEST_TITLE},
        Fault.TOO_MANY_TEMPLATES: _("There are %(most)d already. Please remove one that nobody uses.") % {"most": MOST_OF_AN_OWNER},
    }[of]
