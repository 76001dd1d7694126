"""Who is drawn is decided by a recorded seed, at the rates that are said; audits are weighed by their chances."""

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback.agreement.audits import Audited, latent
from feedback.agreement.funnel import funnel
from feedback.drawing import Drawn, Purpose, drawn
from feedback.drift.charts import Bucket
from feedback.intervals import clopper_pearson


def share(kind: str, purpose: Purpose, risk: str = "low", n: int = 4000) -> float:
    found = [drawn("seed", f"act_{i}", kind, risk) for i in range(n)]
    return sum(purpose in {one.purpose for one in drawn_for} for drawn_for in found) / n


def test_the_rates_are_those_that_are_said() -> None:
    assert share("approved", Purpose.BLIND) == pytest.approx(0.05, abs=0.012)
    assert share("rejected", Purpose.BLIND) == pytest.approx(0.2, abs=0.025)
    assert share("approved_with_changes", Purpose.BLIND) == pytest.approx(0.2, abs=0.025)
    assert share("approved", Purpose.AUDIT_APPROVED) == pytest.approx(0.02, abs=0.009)
    assert share("allowed_by_policy", Purpose.AUDIT_ALLOWED) == pytest.approx(0.05, abs=0.012)
    assert share("approved", Purpose.BLIND, "critical") == 1.0


@pytest.mark.parametrize("kind", ["expired", "withdrawn", "denied_by_policy", "stopped"])
def test_what_nobody_judged_is_not_looked_at(kind: str) -> None:
    assert [found for i in range(2000) if (found := drawn("seed", f"act_{i}", kind, "low"))] == []


@given(st.text(max_size=20), st.text(max_size=20))
def test_the_same_seed_draws_the_same(seed: str, action: str) -> None:
    assert drawn(seed, action, "rejected", "low") == drawn(seed, action, "rejected", "low")
    assert drawn(seed, action, "rejected", "critical") == [Drawn(Purpose.BLIND, 1.0)]


def test_the_latent_rate_is_weighed_and_covered() -> None:
    """True errors 8.6 % and 4 %; the rare kind is drawn ten times as often, so that the plain share is far off."""
    generator = numpy.random.Generator(numpy.random.PCG64(6))
    truth, covered, plain = 0.9 * 0.04 + 0.1 * 0.5, 0, []
    for _ in range(300):
        rare = generator.random(3000) < 0.1
        wrong = generator.random(3000) < numpy.where(rare, 0.5, 0.04)
        chance = numpy.where(rare, 0.5, 0.05)
        seen = generator.random(3000) < chance
        audits = [Audited(bool(w), float(p)) for w, p in zip(wrong[seen], chance[seen], strict=True)]
        found = latent(audits)
        assert found is not None
        covered += found.interval.low <= truth <= found.interval.high
        plain.append(sum(one.wrong for one in audits) / len(audits))
    assert covered / 300 >= 0.94
    assert numpy.mean(plain) > 2 * truth


def test_evenly_drawn_audits_have_the_exact_interval() -> None:
    found = latent([Audited(n < 3, 0.05) for n in range(60)])
    assert found is not None
    assert found.n == 60
    assert (found.effective, found.rate) == pytest.approx((60, 0.05))
    exact = clopper_pearson(3, 60)
    assert (found.interval.low, found.interval.high) == pytest.approx((exact.low, exact.high))
    assert latent([]) is None


def test_the_funnel_knows_n_and_ranks_nobody() -> None:
    dots = funnel({"Ben": Bucket(20, 100), "Ada": Bucket(96, 100), "Eve": Bucket(1, 2), "Vera": Bucket(0, 0)})
    assert [(dot.name, dot.told) for dot in dots] == [("Ada", "far apart"), ("Ben", "far apart"), ("Eve", "as others")]
    assert [dot.far_low <= dot.low <= dot.high <= dot.far_high for dot in dots] == [True] * 3
    assert funnel({}) == []
