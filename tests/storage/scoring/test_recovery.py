"""That a score tells quality better than a raw mean, on raters whose severity is known, and says how sure it is."""

import numpy as np
import pytest

from benchmarks.recovery import recovered
from benchmarks.simulation import Community, simulated

SEEDS = (1, 2, 3)


@pytest.mark.parametrize("raters_a_work", [2, 5, 15])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_score_is_clearly_nearer_to_the_quality_than_the_raw_mean(seed: int, raters_a_work: int) -> None:
    found = recovered(simulated(Community(works=1500, members=150, raters_a_work=raters_a_work), seed=seed))

    assert found.score_error < 0.9 * found.mean_error
    assert 0.92 < found.coverage < 0.98


@pytest.mark.parametrize("seed", SEEDS)
def test_those_who_do_not_mean_it_spoil_scores_less_than_means(seed: int) -> None:
    community = Community(works=1500, members=150, raters_a_work=4, bursting=6, one_score=6, praising=6)

    found = recovered(simulated(community, seed=seed))

    assert found.score_error < 0.75 * found.mean_error
    assert 0.88 < found.coverage < 0.98  # What is random is more than noise.


@pytest.mark.parametrize("seed", SEEDS)
def test_the_planted_are_flagged_and_few_others(seed: int) -> None:
    community = Community(works=3000, members=200, raters_a_work=5, bursting=5, one_score=5, praising=5)

    found = recovered(simulated(community, seed=seed))

    assert found.missed <= 1
    assert found.flagged_wrongly <= 1


def test_an_honest_community_has_hardly_anybody_flagged() -> None:
    wrongly = [recovered(simulated(Community(works=3000, members=300), seed=seed)).flagged_wrongly for seed in range(6)]
    assert np.sum(wrongly) <= 1
