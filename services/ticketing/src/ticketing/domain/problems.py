"""What a buyer can have a problem with; the category follows from it."""

from collections.abc import Mapping
from enum import StrEnum

from parley_conversation.domain.words import Category


class ProblemType(StrEnum):
    """What the buyer names when a ticket is opened."""

    RETURN_OR_REFUND = "return_or_refund"
    DEFECTIVE_ITEM = "defective_item"
    DAMAGED_ITEM = "damaged_item"
    MISSING_ITEM = "missing_item"
    CHANGE_PRODUCT = "change_product"
    REMOVE_ITEM = "remove_item"
    CHANGE_ADDRESS = "change_address"
    ORDER_STATUS = "order_status"
    TRACKING = "tracking"


CATEGORY: Mapping[ProblemType, Category] = {
    ProblemType.RETURN_OR_REFUND: Category.POST_PURCHASE,
    ProblemType.DEFECTIVE_ITEM: Category.POST_PURCHASE,
    ProblemType.DAMAGED_ITEM: Category.POST_PURCHASE,
    ProblemType.MISSING_ITEM: Category.POST_PURCHASE,
    ProblemType.CHANGE_PRODUCT: Category.CUSTOMER_SERVICE,
    ProblemType.REMOVE_ITEM: Category.CUSTOMER_SERVICE,
    ProblemType.CHANGE_ADDRESS: Category.CUSTOMER_SERVICE,
    ProblemType.ORDER_STATUS: Category.CUSTOMER_SERVICE,
    ProblemType.TRACKING: Category.CUSTOMER_SERVICE,
}
