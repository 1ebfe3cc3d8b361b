"""Fixtures: an identity provider, and the usual people, signed in."""

import pytest

from parley_conversation.testing.issuer import Issuer


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    """Whom the services under test believe."""
    return Issuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture
def buyer(issuer: Issuer) -> dict[str, str]:
    """The header of buyer-1."""
    return issuer.bearer("buyer-1", "buyer", locale="de")


@pytest.fixture
def seller(issuer: Issuer) -> dict[str, str]:
    """The header of a member of seller-1."""
    return issuer.bearer("member-1", "seller", seller_ids=["seller-1"])


@pytest.fixture
def support(issuer: Issuer) -> dict[str, str]:
    """The header of an agent of the market de."""
    return issuer.bearer("agent-1", "support", markets=["de"])
