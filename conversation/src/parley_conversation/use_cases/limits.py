"""Nobody writes without end: what a program does by mistake, or somebody by malice, is mailed to people."""

from parley_conversation.domain.people import Actor
from parley_conversation.ports import Transaction


def count_message(tx: Transaction, market: str, author: Actor, message_id: str) -> None:
    """One more message of this person; raises TooOften. Roles without a limit, such as services, are not counted."""
    most = tx.markets[market].messages_per_hour.get(author.role)
    if most is not None:
        tx.writers.wrote(author.id, message_id, tx.now, most)
