"""The page behind a direct link, as the person who got the mail uses it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from parley_local.demo.browser import Browser, Page
from parley_local.demo.telling import Missing


class ConversationPage:
    """One conversation, as it is shown to one person."""

    def __init__(self, browser: Browser, page: Page) -> None:
        self._browser = browser
        self._page = page

    def shows(self, *words: str) -> None:
        for each in words:
            if each not in self._page.text:
                raise Missing(f"the page {self._page.url} does not show {each!r}; it shows: {self._page.text[:1000]}")

    def hides(self, *words: str) -> None:
        for each in words:
            if each in self._page.text:
                raise Missing(f"the page {self._page.url} shows {each!r}, which this person may not see")

    async def reply(self, text: str, *, closing: bool = False) -> None:
        await self._send("reply-and-close" if closing else "reply", text)

    async def reopen(self, text: str) -> None:
        await self._send("reopen", text)

    async def _send(self, target: str, text: str) -> None:
        self._page = await self._browser.send(self._page, target, {"text": text})
        self.shows(text)


@asynccontextmanager
async def opened(link: str) -> AsyncIterator[ConversationPage]:
    """Open a mail's link in a browser that has never been here."""
    async with Browser() as browser:
        page = await browser.open(link)
        if "/l/" in page.url:
            raise Missing(f"the link {link} should lead to a clean address")
        yield ConversationPage(browser, page)
