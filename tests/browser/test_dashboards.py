"""Charts over their tables: drawn from the same numbers, and renewed by themselves; without script there are tables."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import Site, Watch

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Sit = Callable[..., "Page"]
# Counting and renewing each wait some seconds on purpose.
RENEWED = 60_000
DRAWN = """() => [...document.querySelectorAll(".plot canvas")].map(canvas => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return data.some(value => value !== 0);
})"""
FROM_THE_TABLE = """() => [...document.querySelectorAll("[data-chart]")].every(panel => {
    const chart = window.Chart.getChart(panel.querySelector("canvas"));
    const heads = [...panel.querySelectorAll("thead th")];
    const rows = [...panel.querySelectorAll("tbody tr")];
    return heads.every((head, column) => {
        if (!head.dataset.series) return true;
        const told = rows.map(row => row.cells[column].dataset.value ?? row.cells[column].textContent);
        const drawn = chart.data.datasets.find(set => set.label === head.textContent).data;
        return told.every((text, n) => (text.trim() === "" ? drawn[n] === null : Number(text) === drawn[n]));
    });
})"""


@pytest.mark.parametrize(
    ("path", "charts"), [("escalations", 2), ("oversight", 2), ("agents", 1), ("incidents/figures", 1)]
)
def test_each_chart_says_what_its_table_says(site: Site, sit: Sit, watch: Watch, path: str, charts: int) -> None:
    site.review("ada", site.ask())
    page = sit("ada")
    page.goto(f"{site.url}/w/demo/{path}")
    page.wait_for_selector(".plot canvas")
    assert page.evaluate(DRAWN) == [True] * charts
    assert page.evaluate(FROM_THE_TABLE)
    assert page.locator("details.behind[open]").count() == 0
    page.locator("details.behind summary").first.click()
    assert page.locator("details.behind[open] table").first.is_visible()
    assert watch.faults == []


def test_a_point_leads_to_its_actions(site: Site, sit: Sit) -> None:
    site.review("ada", site.ask())
    page = sit("ada")
    page.goto(f"{site.url}/w/demo/oversight")
    page.reload()
    page.wait_for_function("document.querySelector('.tiles b').textContent !== '0'")
    page.wait_for_selector(".plot canvas")
    canvas = page.locator(".plot canvas").first
    box = canvas.bounding_box()
    assert box is not None
    # The running hour is the last point of the last 24.
    page.mouse.click(box["x"] + box["width"] - 25, box["y"] + box["height"] - 60)
    page.wait_for_url("**/w/demo/history?**")
    assert page.locator("tbody tr").count() >= 1


def test_numbers_renew_themselves_and_leave_an_open_table_open(site: Site, sit: Sit, watch: Watch) -> None:
    page = sit("ada")
    page.goto(f"{site.url}/w/demo/oversight")
    page.wait_for_selector("#live.on")
    page.locator("#split-table summary").click()
    page.locator("h1").click()
    before = int(page.locator(".tiles b").first.inner_text())
    site.ask()
    page.wait_for_function(
        "before => Number(document.querySelector('.tiles b').textContent) > before", arg=before, timeout=RENEWED
    )
    assert page.locator("#split-table").get_attribute("open") is not None
    assert page.evaluate(FROM_THE_TABLE)
    assert watch.faults == []


def test_without_script_there_are_the_tables(site: Site, sit: Sit) -> None:
    page = sit("ada", java_script_enabled=False)
    page.goto(f"{site.url}/w/demo/oversight?range=7d")
    assert page.locator("details.behind[open] table").count() == 2
    assert page.locator(".plot").first.is_hidden()
