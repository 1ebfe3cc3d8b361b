"""The style sheets: ours and Pico's as they are, and the market's colour, each under an address that changes with it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from parley_chassis.pages.market import PageMarket

STATIC = Path(__file__).parents[1] / "static"
_DARK, _LIGHT = "#13171f", "#ffffff"
_READABLE = 4.5


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that the browser may keep for ever."""

    path: str
    content: bytes


def assets(markets: Iterable[PageMarket]) -> Mapping[str, Asset]:
    """Every style sheet by its name."""
    contents = {path.name: path.read_bytes() for path in sorted(STATIC.glob("*.css"))}
    contents |= {f"market-{market.id}.css": accent(market.colours.accent).encode() for market in markets}
    return {name: Asset(f"/assets/{hashlib.sha256(content).hexdigest()[:12]}/{name}", content) for name, content in contents.items()}


def accent(colour: str) -> str:
    """Pico's variables for one colour; in the dark it is lightened until it can be read."""
    light = _readable(colour, on=_LIGHT, toward="#000000")
    dark = _readable(colour, on=_DARK, toward=_LIGHT)
    root = ":root:not([data-theme])"
    return f"{root}{{{_variables(light)}}}\n@media (prefers-color-scheme:dark){{{root}{{{_variables(dark)}}}}}\n"


def _variables(colour: str) -> str:
    inverse = _LIGHT if _contrast(colour, _LIGHT) >= _contrast(colour, "#000000") else "#000000"
    same = ("", "-background", "-border", "-hover", "-hover-background", "-hover-border", "-hover-underline")
    values = {f"--pico-primary{part}": colour for part in same} | {
        "--pico-primary-underline": f"{colour}80",
        "--pico-primary-focus": f"{colour}60",
        "--pico-primary-inverse": inverse,
        "--pico-form-element-active-border-color": colour,
    }
    return ";".join(f"{name}:{value}" for name, value in values.items())


def _readable(colour: str, *, on: str, toward: str) -> str:
    for step in range(11):
        mixed = _mixed(colour, toward, step / 10)
        if _contrast(mixed, on) >= _READABLE:
            return mixed
    return toward


def _mixed(one: str, other: str, share: float) -> str:
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(_channels(one), _channels(other), strict=True))


def _contrast(one: str, other: str) -> float:
    """How well one can be read on the other, as WCAG counts it: 1 to 21."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (channel / 255 for channel in _channels(colour))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
