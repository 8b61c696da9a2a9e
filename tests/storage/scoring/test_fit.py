"""How severe raters are and how ratings spread, found from opinions whose truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.simulation import Community, Simulation, simulated
from storage.scoring import USUAL_SCALE
from storage.scoring.fit import Fit, fit
from storage.scoring.opinions import Floats, Opinions

SEEDS = (1, 2, 3)


def fitted(simulation: Simulation) -> Fit:
    return fit(simulation.opinions, np.ones(len(simulation.opinions)))


def opinions_of(*said: tuple[int, int, float], works: int = 3, members: int = 4) -> Opinions:
    """Of work, rater and stars; the last member makes everything."""
    ordered = sorted(said)
    return Opinions(
        work=np.array([work for work, _, _ in ordered], dtype=np.int64),
        rater=np.array([rater for _, rater, _ in ordered], dtype=np.int64),
        stars=np.array([stars for _, _, stars in ordered], dtype=np.float64),
        at=np.arange(len(ordered)),
        author=np.full(works, members - 1),
        members=members,
    )


def exact(opinions: Opinions, weight: Floats, found: Fit) -> tuple[Floats, Floats]:
    """Severities and their deviations by the joint posterior of everything, given the scale: a matrix inverted."""
    scale, works = found.scale, opinions.works
    design = np.zeros((len(opinions), works + opinions.members))
    design[np.arange(len(opinions)), opinions.work] = 1
    design[np.arange(len(opinions)), works + opinions.rater] = -1
    prior = np.r_[np.full(works, 1 / scale.work_variance), np.full(opinions.members, 1 / scale.rater_variance)]
    informed = design.T * (weight / scale.noise_variance)
    covariance = np.linalg.inv(informed @ design + np.diag(prior))
    mean = covariance @ informed @ (opinions.stars - scale.mean)
    return mean[works:], np.sqrt(np.diag(covariance))[works:]


@pytest.mark.parametrize("seed", SEEDS)
def test_severities_are_recovered_and_their_deviations_are_honest(seed: int) -> None:
    simulation = simulated(Community(works=1500, members=150, raters_a_work=6), seed=seed)

    found = fitted(simulation)

    ratings = np.bincount(simulation.opinions.rater, minlength=150)
    error = found.severity - simulation.severity
    is_busy = ratings >= 20
    assert is_busy.sum() > 20
    assert np.sqrt(np.mean(error[is_busy] ** 2)) < 0.4 * simulation.severity[is_busy].std()
    covered = np.abs(error) < 1.96 * found.deviation
    assert 0.88 < covered[ratings > 0].mean() < 0.99


@pytest.mark.parametrize("seed", SEEDS)
def test_the_scale_is_recovered(seed: int) -> None:
    community = Community(works=3000, members=400, raters_a_work=6, work_variance=0.4, noise_variance=0.5)

    scale = fitted(simulated(community, seed=seed)).scale

    # Whole stars are a little noisier than opinions, and the ends of the scale press them together.
    assert scale.mean == pytest.approx(3.2, abs=0.1)
    assert scale.work_variance == pytest.approx(0.4, abs=0.08)
    assert scale.rater_variance == pytest.approx(0.25, abs=0.08)
    assert scale.noise_variance == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("seed", SEEDS)
def test_severities_are_those_of_the_joint_posterior(seed: int) -> None:
    simulation = simulated(Community(works=120, members=25, raters_a_work=4), seed=seed)
    weight = np.random.default_rng(seed).choice((1.0, 0.3), len(simulation.opinions))

    found = fit(simulation.opinions, weight)

    severity, deviation = exact(simulation.opinions, weight, found)
    assert found.severity == pytest.approx(severity, abs=0.003)
    assert found.deviation == pytest.approx(deviation, rel=0.15)


def test_the_severities_of_a_community_sum_to_about_nothing() -> None:
    found = fitted(simulated(Community(works=1000, members=100), seed=4))
    assert abs(found.severity.sum()) < 0.1


def test_the_harsher_of_two_is_told_by_works_that_both_rated() -> None:
    said = [(work, 0, 4.0) for work in range(20)] + [(work, 1, 2.0) for work in range(20)]

    found = fit(opinions_of(*said, works=20), np.ones(40))

    assert found.severity[1] - found.severity[0] > 1.0
    assert found.severity[2] == 0.0


def test_a_server_without_ratings_is_as_servers_usually_are() -> None:
    found = fit(opinions_of(), np.ones(0))

    assert found.scale == USUAL_SCALE
    assert found.severity.tolist() == [0.0] * 4


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(4, 20).map(lambda quarters: quarters / 4)),
        max_size=9,
        unique_by=lambda said: said[:2],
    )
)
def test_a_few_ratings_lead_nowhere_far_from_the_usual(said: list[tuple[int, int, float]]) -> None:
    found = fit(opinions_of(*said), np.ones(len(said)))

    scale = found.scale
    assert 1.5 < scale.mean < 5
    for variance in (scale.work_variance, scale.rater_variance, scale.noise_variance):
        assert 0.05 < variance < 3
    assert np.all(np.abs(found.severity) < 2)
    assert np.all((found.deviation > 0) & (found.deviation**2 <= scale.rater_variance * 1.001))


def test_the_same_ratings_give_the_same_fit_to_the_last_digit() -> None:
    simulation = simulated(Community(works=300, members=40), seed=5)

    one, other = fitted(simulation), fitted(simulation)

    assert one.scale == other.scale
    assert np.array_equal(one.severity, other.severity)


def test_an_opinion_of_little_weight_moves_little() -> None:
    said = [(work, rater, 3.0) for work in range(10) for rater in (0, 1)]
    harsh = [(work, 2, 1.0) for work in range(10)]
    opinions = opinions_of(*said, *harsh, works=10)
    light = np.where(opinions.rater == 2, 0.05, 1.0)

    heavy_severity = fit(opinions, np.ones(30)).severity[2]

    assert 0 < fit(opinions, light).severity[2] < heavy_severity
