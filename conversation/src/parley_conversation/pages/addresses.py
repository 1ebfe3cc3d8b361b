"""Addresses that a page leads to and that came from elsewhere."""

from urllib.parse import quote


def filled(address: str | None, **ids: str | None) -> str | None:
    """An address of the shop's with the ids in their places; everything in an id that means something there is escaped."""
    for name, id in ids.items():
        address = address.replace(f"{{{name}}}", quote(id or "", safe="")) if address else None
    return address


def web(address: str | None) -> str | None:
    """An address that came from outside is a link only if it leads to the web."""
    return address if address and address.startswith(("https://", "http://")) else None
