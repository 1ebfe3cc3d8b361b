"""The pages that only inquiries have: asking about a product or a store."""

from pathlib import Path

from inquiries.pages.question import question_page

__all__ = ["PACKAGE", "question_page"]

PACKAGE = Path(__file__).parents[1]
