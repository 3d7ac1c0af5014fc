import pytest

from letterhead_providers import OAuth2
from letterhead_providers.catalogue import Catalogue
from plugins.asking import method


@pytest.mark.parametrize("key", ["gmail", "google-workspace"])
def test_google_is_asked_for_mail_a_refresh_token_and_the_address(catalogue: Catalogue, key: str) -> None:
    sign_in = method(catalogue, key, "oauth2")
    assert sign_in.unavailable_because is None
    assert sign_in.oauth2 == OAuth2(
        authorize_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        scopes=("https://mail.google.com/", "openid", "email"),
        mechanisms=("XOAUTH2", "OAUTHBEARER"),
        parameters=(("access_type", "offline"), ("prompt", "consent")),
        identity_claim="email",
    )
