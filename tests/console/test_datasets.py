"""What decisions teach, on its pages: labels, datasets, versions, exports, and the reasons that people choose from."""

import io
import zipfile
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings

from audit.actor import OPERATOR
from feedback import queries, services
from outbox import jobs
from tests.cast import Stage
from tests.console.conftest import Browse
from tests.feedback.learning import REFUND, dataset, decided, frozen, learn

HERE = "/w/demo/feedback"
ASKED = {"conversation": [{"role": "user", "content": "Please refund it"}]}
MOST = 14


def work(stage: Stage) -> None:
    """What the pulse and a worker would do now."""
    at = stage.at + timedelta(seconds=1)

    def do(job_id: str, until: datetime) -> None:
        jobs.run(job_id=job_id, leased_until=until, now=lambda: at)

    jobs.hand_out(do, at=at)


@pytest.fixture(autouse=True)
def own_place(settings: Settings, tmp_path: object) -> None:
    settings.DATA_DIR = tmp_path


def test_labels_are_listed_newest_first_and_by_kind(stage: Stage, browse: Browse) -> None:
    decided(stage)
    decided(stage, "reject", comment="paid in <b>May</b>")
    decided(stage, edit={**REFUND, "amount_usd": 45})
    learn(stage)
    page = browse("ben").get(HERE + "/")
    assert (page.status_code, page.text.count('<th scope="row">')) == (200, 3)
    assert "Material: 1 value" in page.text
    assert "paid in &lt;b&gt;May&lt;/b&gt;" in page.text
    assert browse("ben").get(HERE + "/?kind=rejected").text.count('<th scope="row">') == 1
    assert browse("ben").get(HERE + "/?kind=nonsense").text.count('<th scope="row">') == 3


@pytest.mark.parametrize("count", [1, 3])
def test_pages_ask_the_same_few_questions_however_much_there_is(stage: Stage, browse: Browse, count: int) -> None:
    for n in range(count):
        decided(stage, args={**REFUND, "amount_usd": 60 + n}, claims=ASKED)
    made = [dataset(stage, f"d{n}") for n in range(count)]
    version = [frozen(stage, one) for one in made][-1]
    ada = browse("ada")
    for path in ("/", "/datasets", f"/datasets/{made[0].id}", f"/versions/{version.id}", "/reasons"):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert ada.get(HERE + path).status_code == 200
        assert len(asked) <= MOST, path


def test_ada_makes_freezes_exports_and_downloads(stage: Stage, browse: Browse) -> None:
    decided(stage, claims=ASKED)
    decided(stage, edit={**REFUND, "amount_usd": 45}, claims=ASKED)
    learn(stage)
    ada = browse("ada")
    sent = {"name": "refunds", "description": "For the new model", "tools": "billing.refund", "since": "2026-01-01"}
    at = ada.post(f"{HERE}/datasets", sent).headers["Location"]
    (made,) = queries.datasets(stage.id)
    assert made.recipe == {"tools": ["billing.refund"], "since": "2026-01-01T00:00:00+00:00"}
    job = ada.post(f"{at}/freeze").headers["Location"]
    assert "Waits for a worker" in ada.get(job).text
    assert "being frozen already" in ada.post(f"{at}/freeze", follow=True).text
    work(stage)
    (version,) = queries.versions(stage.id, made.id)
    done = ada.get(job + "/progress")
    assert f"{HERE}/versions/{version.id}" in done.text
    assert "<html" not in done.text
    shown = ada.get(f"{HERE}/versions/{version.id}")
    assert (version.manifest_sha256 in shown.text, version.size) == (True, 2)
    assert browse("ben").get(f"{HERE}/versions/{version.id}/card").text.startswith("# refunds, version 1\n")
    export = ada.post(f"{HERE}/versions/{version.id}/export", {"format": "inspect-ai"}).headers["Location"]
    work(stage)
    assert "2 rows of inspect-ai" in ada.get(export).text
    answer = ada.get(export + "/file")
    packed = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert sorted(packed.namelist()) == ["README.md", "export.json", "samples.jsonl", "skipped.jsonl"]
    assert packed.read("samples.jsonl").count(b"\n") == 2


def test_a_cancelled_freeze_freezes_nothing(stage: Stage, browse: Browse) -> None:
    decided(stage)
    made = dataset(stage)
    ada = browse("ada")
    job = ada.post(f"{HERE}/datasets/{made.id}/freeze").headers["Location"]
    ada.post(job + "/cancel")
    work(stage)
    assert "Nothing was frozen." in ada.get(job).text
    assert queries.versions(stage.id, made.id) == []


def test_a_freeze_of_nothing_says_why(stage: Stage, browse: Browse) -> None:
    job = browse("ada").post(f"{HERE}/datasets/{dataset(stage).id}/freeze").headers["Location"]
    work(stage)
    assert "nobody decided an action that the dataset takes" in browse("ada").get(job).text


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"name": "Big Name"}, "Use small letters"),
        ({"name": "taken"}, "There is a dataset taken already"),
        ({"name": "ok", "since": "yesterday"}, "Enter a valid date"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(stage: Stage, browse: Browse, sent: dict[str, str], told: str) -> None:
    dataset(stage, "taken")
    page = browse("ada").post(f"{HERE}/datasets", sent)
    assert (page.status_code, told in page.text) == (422, True)


@pytest.mark.parametrize(
    ("name", "reads", "makes"), [("ada", True, True), ("ben", True, False), ("vera", False, False)]
)
def test_who_may_read_and_who_may_make(stage: Stage, browse: Browse, name: str, reads: bool, makes: bool) -> None:
    made, who = dataset(stage), browse(name)
    pages = [who.get(f"{HERE}{path}").status_code for path in ("/", "/datasets", f"/datasets/{made.id}", "/reasons")]
    assert pages == [200 if reads else 403] * 4
    assert who.post(f"{HERE}/datasets/{made.id}/freeze").status_code == (302 if makes else 403)
    assert who.post(f"{HERE}/reasons/retire", {"code": "not_needed"}).status_code == (302 if makes else 403)
    assert ("Feedback</a>" in who.get("/w/demo/queue").text) is reads


def test_a_reason_comes_and_goes_and_old_labels_keep_theirs(stage: Stage, browse: Browse) -> None:
    decided(stage, "reject", reason_code="not_needed")
    learn(stage)
    ada = browse("ada")
    assert ada.post(f"{HERE}/reasons", {"code": "wrong_currency", "text": "Wrong currency"}).status_code == 302
    ada.post(f"{HERE}/reasons/retire", {"code": "not_needed"})
    now = queries.taxonomy(stage.id)
    assert (now.name, ("wrong_currency", "Wrong currency") in now.offered) == ("reasons/3", True)
    assert "not_needed" not in dict(now.offered)
    view = stage.submit()
    page = ada.get(f"/w/demo/actions/{view.id}/reject").text
    assert ('value="wrong_currency"' in page, 'value="not_needed"' in page) == (True, False)
    seen = {"revision": view.revision, "digest": "sha256:" + view.digest.hex(), "reason_code": "wrong_currency"}
    assert ada.post(f"/w/demo/actions/{view.id}/reject", seen).status_code in {200, 302}
    learn(stage)
    labels = list(queries.stream(stage.id, through=queries.extent(stage.id)[1]))
    assert [(label.reason_code, label.taxonomy) for label in labels] == [
        ("not_needed", "reasons/1"),
        ("wrong_currency", "reasons/3"),
    ]
    ada.post(f"{HERE}/reasons/renew", {"code": "not_needed"})
    assert "not_needed" in dict(queries.taxonomy(stage.id).offered)


def test_what_the_product_relies_on_stays(stage: Stage, browse: Browse) -> None:
    told = browse("ada").post(f"{HERE}/reasons/retire", {"code": "looks_manipulated"}, follow=True)
    assert "This reason has to stay" in told.text
    assert queries.taxonomy(stage.id).n == 1
    assert browse("ada").post(f"{HERE}/reasons", {"code": "X", "text": "y"}).status_code == 422


def test_an_erased_example_is_told_on_the_page_of_its_version(stage: Stage, browse: Browse) -> None:
    view = decided(stage)
    version = frozen(stage, dataset(stage))
    services.erase_example(actor=OPERATOR, at=stage.at, workspace_id=stage.id, external_id=view.id)
    page = browse("ada").get(f"{HERE}/versions/{version.id}").text
    assert ("It was erased." in page, "Revoked" in page, "Freeze the dataset again" in page) == (True, True, True)
    gone = browse("ada").post(f"{HERE}/versions/{version.id}/export", {"format": "canonical"}, follow=True)
    assert "This version was revoked" in gone.text
