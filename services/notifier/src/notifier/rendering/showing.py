"""Shows every mail: `python -m notifier mails FOLDER` writes all of them as files, with a page of previews."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from html import escape
from pathlib import Path

from parley_chassis.links import Links
from parley_chassis.markets import MarketFaults, read_markets
from parley_chassis.service import Command

from notifier.ports import CannotWrite, Job
from notifier.rendering.links import LinkMaker
from notifier.rendering.renderer import Renderer
from notifier.rendering.samples import sample_jobs
from notifier.settings import Market

_PUBLIC_URLS = {
    "/ticketing": "https://help.example/tickets",
    "/inquiries": "https://help.example/questions",
    "/sla-monitor": "https://clock.example",
}
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Mails</title>
<style>body{font:14px sans-serif;display:flex;flex-wrap:wrap}figure{width:390px;margin:8px}
iframe{width:390px;height:640px;border:1px solid}</style>
"""
_NO_KEY = "a key for mails that only show how mails look"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, help="where to write them")
    parser.add_argument("--markets", type=Path, default=Path("config/markets"), help="the folder with the market files [config/markets]")
    parser.add_argument("--templates", type=Path, help="a folder laid over the templates")


def show(arguments: argparse.Namespace) -> int:
    """Write every mail of every market in every language; returns the exit code."""
    try:
        markets = read_markets(arguments.markets, Market)
        renderer = Renderer(markets, LinkMaker(Links([_NO_KEY]), _PUBLIC_URLS), overlay=arguments.templates)
        names = [name for market in markets.values() for name in _write(renderer, market, arguments.folder)]
    except (MarketFaults, CannotWrite) as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    index = arguments.folder / "index.html"
    index.write_text(_PAGE + "\n".join(map(_preview, names)) + "\n", "utf-8")
    sys.stdout.write(f"{len(names)} mails: {index}\n")
    return 0


def _preview(name: str) -> str:
    """The mail as a phone shows it; what is not on the screen is not loaded."""
    at = escape(name)
    links = f'<a href="{at}.html">{at}</a> <a href="{at}.txt">text</a>'
    return f'<figure><figcaption>{links}</figcaption><iframe loading="lazy" title="{at}" src="{at}.html"></iframe></figure>'


def _write(renderer: Renderer, market: Market, folder: Path) -> Iterator[str]:
    folder.mkdir(parents=True, exist_ok=True)
    for job in sample_jobs(market):
        for language in renderer.languages:
            said = replace(job, delivery=replace(job.delivery, language=language))
            subject, text, html = renderer.parts(said)
            name = _name(said)
            (folder / f"{name}.html").write_text(html, "utf-8")
            (folder / f"{name}.txt").write_text(f"Subject: {subject}\n\n{text}", "utf-8")
            yield name


def _name(job: Job) -> str:
    delivery = job.delivery
    about = "ticket" if delivery.source == "/ticketing" else "question"
    case = "several" if delivery.folds else about
    words = (delivery.market, delivery.notice, delivery.audience, delivery.story.variant, delivery.story.author, case, delivery.language)
    return "-".join(word for word in words if word)


COMMAND = Command("mails", "write every mail in every language as a file, to look at", _arguments, show)
