"""Mail addresses that may stand in an SMTP command: anything doubtful is refused, nothing is repaired."""

import re

LONGEST = 254
_LONGEST_LOCAL = 64
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_HIDDEN = re.compile(r"[^\s<>()\[\]:;,\"']+@[^\s<>()\[\]:;,\"']+")


class AddressRefused(ValueError):
    """This is not an address that can be mailed: write it as name@example.com, without a display name."""


def checked(text: str) -> str:
    """The address in the form that goes on the wire (the domain in ASCII, lower case); raises AddressRefused."""
    local, at, domain = text.partition("@")
    if not at or "@" in domain or len(text) > LONGEST or len(local) > _LONGEST_LOCAL or not _LOCAL.fullmatch(local):
        raise AddressRefused(AddressRefused.__doc__)
    try:
        ascii_domain = domain.encode("idna").decode().lower()
    except UnicodeError:
        raise AddressRefused(AddressRefused.__doc__) from None
    labels = ascii_domain.split(".")
    if len(local) + 1 + len(ascii_domain) > LONGEST or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused(AddressRefused.__doc__)
    return f"{local}@{ascii_domain}"


def domain_of(address: str) -> str:
    """The part after the @."""
    return address.rpartition("@")[2]


def masked(address: str) -> str:
    """What support may see of an address: a•••@e•••.com."""
    local, _, domain = address.rpartition("@")
    name, _, top = domain.rpartition(".")
    return f"{local[:1]}•••@{name[:1]}•••{'.' + top if name else ''}"


def without_addresses(text: str) -> str:
    """A server's words with every address in them hidden, short enough to keep."""
    return " ".join(_HIDDEN.sub("•••", text).split())[:200]
