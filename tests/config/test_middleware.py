"""What Django's deployment checks cannot see: its protections stand, under names of our own."""

import pytest
from django.conf import settings
from django.middleware.csrf import CsrfViewMiddleware
from django.middleware.security import SecurityMiddleware
from django.test import Client
from django.utils.module_loading import import_string
from pytest_django.fixtures import Settings

HTTPS = {"strict-transport-security": "max-age=31536000; includeSubDomains; preload"}
ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "x-frame-options": "DENY",
}


@pytest.mark.parametrize("theirs", [SecurityMiddleware, CsrfViewMiddleware])
def test_djangos_protections_wrap_each_page(theirs: type) -> None:
    ours = [import_string(name) for name in settings.MIDDLEWARE]
    assert [issubclass(each, theirs) for each in ours if isinstance(each, type)].count(True) == 1


@pytest.mark.django_db
def test_under_https_a_page_says_so_for_a_year(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = settings.SECURE_SSL_REDIRECT = True
    secure = Client().get("/login/", secure=True)
    assert {name: secure.headers.get(name) for name in HTTPS | ALWAYS} == HTTPS | ALWAYS
    plain = Client().get("/login/")
    assert (plain.status_code, plain.headers["Location"]) == (301, "https://testserver/login/")


@pytest.mark.django_db
def test_without_a_token_a_form_is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post("/login/", {"email": "ada@example.com"}).status_code == 403
