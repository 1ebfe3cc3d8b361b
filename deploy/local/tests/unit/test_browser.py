"""The browser of the demonstration reads forms as a browser does."""

from parley_local.demo.browser import read_page

PAGE = """
<html><body><h1>Ticket T-7F3K</h1>
<form method="post" action="reply">
  <input type="hidden" name="version" value="3"><input type="hidden" name="key" value="k1">
  <label for="text">Your answer</label><textarea id="text" name="text"></textarea>
  <button name="command" value="reply">Reply</button>
  <button name="command" value="reply_and_close">Reply
     and close</button>
</form>
<form method="post" action="/elsewhere"><button>Reopen</button></form>
</body></html>
"""


def test_forms_keep_what_they_came_with() -> None:
    page = read_page("http://shop.example/conversations/1", 200, PAGE)
    reply, reopen = page.forms
    assert reply.fields == {"version": "3", "key": "k1"}
    assert reply.texts == ["text"]
    assert reply.buttons == {"Reply": ("command", "reply"), "Reply and close": ("command", "reply_and_close")}
    assert reopen.buttons == {"Reopen": ("", "")}
    assert reopen.action == "/elsewhere"


def test_the_words_of_a_page_are_its_text() -> None:
    assert read_page("http://shop.example/", 200, PAGE).text.startswith("Ticket T-7F3K Your answer Reply")
