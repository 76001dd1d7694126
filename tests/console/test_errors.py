"""Pages for what went wrong say what it means and where to go on, and leak nothing."""

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client, RequestFactory

from console.web import errors
from tests.cast import Stage
from tests.console.conftest import Browse


def test_an_unknown_address_leads_back(browse: Browse) -> None:
    answer = browse("ada").get("/w/demo/nowhere")
    assert answer.status_code == 404
    assert "Not found" in answer.text
    assert 'href="/">To the queue</a>' in answer.text


def test_a_right_that_is_missing_names_the_role(stage: Stage, browse: Browse) -> None:
    answer = browse("vera").get("/w/demo/settings/agents")
    assert answer.status_code == 403
    assert "Your role in Demo is viewer, which may not manage people" in answer.text


def test_a_stale_form_says_that_nothing_was_sent(stage: Stage) -> None:
    answer = Client(enforce_csrf_checks=True).post("/login/", {"email": "ada@example.com", "password": "x"})
    assert answer.status_code == 403
    assert "Nothing was sent: go back, reload and press again." in answer.text


@pytest.mark.parametrize(("view", "status"), [(errors.bad_request, 400), (errors.broken, 500)])
def test_what_broke_shows_its_request_id_alone(view: object, status: int, rf: RequestFactory) -> None:
    request = rf.get("/secret-path")
    request.request_id = "0123456789abcdef"  # type: ignore[attr-defined]
    args = (request, SuspiciousOperation("secret")) if status == 400 else (request,)
    answer = view(*args)  # type: ignore[operator]
    assert answer.status_code == status
    assert "0123456789abcdef" in answer.text
    assert "secret" not in answer.text
