"""A person's own views of the queue."""

import pytest
from django.test import Client

from console.models import SavedView
from console.saved_views import MOST
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.questions import questions

QUEUE = "/w/demo/queue"
VIEWS = "/w/demo/queue/views"


def keep(client: Client, name: str = "Small", query: str = "risk=low&after=x&rubbish=1&view=all") -> SavedView:
    client.post(VIEWS + "/save", {"name": name, "query": query})
    return SavedView.everywhere.get(name=name)


def test_what_was_narrowed_is_kept_under_a_name_and_chosen_by_a_link(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    assert "Save this view" not in ada.get(QUEUE).text
    assert "Save this view" in ada.get(QUEUE + "?risk=low").text
    answer = ada.post(VIEWS + "/save", {"name": "  Small \n things ", "query": "risk=low&tool=crm.note"})
    assert (answer.status_code, answer["Location"]) == (302, QUEUE + "?tool=crm.note&risk=low")
    page = ada.get(answer["Location"]).text
    assert '<a href="/w/demo/queue?tool=crm.note&amp;risk=low" aria-current="true">Small things</a>' in page
    assert "The view Small things is saved." in page


def test_only_filters_are_kept(stage: Stage, browse: Browse) -> None:
    assert keep(browse("ada")).query == "risk=low"


def test_a_view_is_its_makers_alone(stage: Stage, browse: Browse) -> None:
    kept = keep(browse("ada"))
    ben = browse("ben")
    assert "Small" not in ben.get(QUEUE).text
    for what in ("rename", "default", "delete"):
        assert ben.post(f"{VIEWS}/{kept.id}/{what}", {"name": "Mine", "is_default": "yes"}).status_code == 404
    kept.refresh_from_db()
    assert (kept.name, kept.is_default) == ("Small", False)


def test_the_default_view_is_what_the_queue_begins_with(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    small, other = keep(ada), keep(ada, "Other", "risk=high")
    for view in (other, small):
        ada.post(f"{VIEWS}/{view.id}/default", {"is_default": "yes"})
    assert ada.get(QUEUE)["Location"] == QUEUE + "?risk=low"
    assert ada.get(QUEUE + "?view=all").status_code == 200
    assert browse("ben").get(QUEUE).status_code == 200
    ada.post(f"{VIEWS}/{small.id}/default", {"is_default": "no"})
    assert ada.get(QUEUE).status_code == 200


def test_a_view_of_everything_leads_in_no_circle(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    kept = keep(ada, "All", "")
    ada.post(f"{VIEWS}/{kept.id}/default", {"is_default": "yes"})
    assert ada.get(QUEUE).status_code == 200


def test_views_are_renamed_and_deleted(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    first, second = keep(ada), keep(ada, "Other")
    told = ada.post(f"{VIEWS}/{second.id}/rename", {"name": "Small"}, follow=True).text
    assert "You have a view called Small already. Choose another name." in told
    ada.post(f"{VIEWS}/{second.id}/rename", {"name": "Third"})
    ada.post(f"{VIEWS}/{first.id}/delete")
    assert list(SavedView.everywhere.values_list("name", flat=True)) == ["Third"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_name_that_is_none_is_refused(stage: Stage, browse: Browse, name: str) -> None:
    told = browse("ada").post(VIEWS + "/save", {"name": name, "query": "risk=low"}, follow=True).text
    assert "Give the view a name of 1 to 60 characters." in told
    assert not SavedView.everywhere.exists()


def test_saving_under_the_same_name_replaces(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    keep(ada)
    assert keep(ada, query="risk=high").query == "risk=high"


def test_there_is_a_most(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    for n in range(MOST + 1):
        ada.post(VIEWS + "/save", {"name": f"View {n}", "query": "risk=low"})
    assert SavedView.everywhere.count() == MOST


def test_three_views_cost_as_many_queries_as_one(stage: Stage, browse: Browse) -> None:
    ada = browse("ada")
    keep(ada)
    ada.get(VIEWS)
    counts = []
    for name in ("b", "c"):
        with questions() as asked:
            ada.get(VIEWS)
        counts.append(len(asked))
        keep(ada, name)
        ada.get(VIEWS)
    assert counts == [7, 7]
