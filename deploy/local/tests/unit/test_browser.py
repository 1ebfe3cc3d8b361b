"""The browser of the demonstration reads forms as a browser does."""

import pytest
from parley_local.demo.browser import read_page
from parley_local.demo.telling import Missing

PAGE = """
<html><body><h1>Ticket T-7F3K</h1>
<form method="post" action="/c/1/reply#answer">
  <input type="hidden" name="version" value="3"><input type="hidden" name="key" value="k&amp;1">
  <textarea name="text"></textarea>
  <button type="submit">Send</button>
  <button type="submit" formaction="/c/1/reply-and-close#answer">Send and close</button>
</form>
<form method="post" action="close"><input type="checkbox" name="close" value="yes"><button>Close</button></form>
</body></html>
"""


def test_a_form_is_found_by_where_it_leads_and_keeps_what_it_came_with() -> None:
    page = read_page("http://shop.example/c/1", 200, PAGE)
    address, form = page.find("reply-and-close")
    assert address == "http://shop.example/c/1/reply-and-close#answer"
    assert form.fields == {"version": "3", "key": "k&1"}
    assert page.find("reply")[1] is form
    assert page.find("close")[0] == "http://shop.example/c/close"


def test_a_form_that_is_not_there_is_missing() -> None:
    with pytest.raises(Missing, match=r"no form for reopen; it offers close, reply, reply-and-close"):
        read_page("http://shop.example/c/1", 200, PAGE).find("reopen")


def test_the_words_of_a_page_are_its_text() -> None:
    assert read_page("http://shop.example/", 200, PAGE).text == "Ticket T-7F3K Send Send and close Close"
