"""Logistic models of several groups: against mirt, and by numbers of our own."""

from __future__ import annotations

import numpy as np
import pytest

from tests.psychometrics import reference
from tests.psychometrics.grouped import fit_groups
from tests.psychometrics.reference import compare, compare_likelihood, results
from tests.psychometrics.test_dif import groups


@pytest.mark.parametrize("name", ["lsat6", "lsat7", "verbal", "irtoys_scored", "sat12", "sim2pl", "sim_dif"])
def test_one_group_is_the_2pl(name: str) -> None:
    file = f"{name}__2pl_mml"
    theirs, scores = results(file), reference.scores("sat12_scored" if name == "sat12" else name)
    ours = fit_groups(scores, np.zeros(len(scores), dtype=np.int64))
    compare_likelihood(f"{file} (groups)", ours.log_likelihood, theirs["loglik"], 1e-4)
    for field in ("a", "d"):
        compare(f"{file} (groups)", field, getattr(ours, field)[0], theirs[field], 1e-3)
        compare(
            f"{file} (groups)",
            f"se_{field}",
            getattr(ours, f"se_{field}")[0],
            theirs[f"se_{field}"],
            0.01,
            relative=True,
        )


def test_all_free_is_each_group_by_itself() -> None:
    scores, group = reference.scores("verbal"), groups("verbal")
    both = fit_groups(scores, group, free=np.ones(scores.shape[1], dtype=bool))
    for g in (0, 1):
        one = fit_groups(scores[group == g], np.zeros((group == g).sum(), dtype=np.int64))
        np.testing.assert_allclose(both.a[g], one.a[0], atol=1e-4)
        np.testing.assert_allclose(both.se_d[g], one.se_d[0], rtol=1e-3)


def test_rasch_groups_agree_with_one_group() -> None:
    theirs, scores = results("lsat7__rasch_mml"), reference.scores("lsat7")
    one = fit_groups(scores, np.zeros(len(scores), dtype=np.int64), model="rasch")
    compare_likelihood("lsat7__rasch_mml (groups)", one.log_likelihood, theirs["loglik"], 1e-4)
    two = fit_groups(scores, np.arange(len(scores)) % 2, model="rasch")
    assert two.log_likelihood >= one.log_likelihood
    assert two.n_parameters == one.n_parameters + 2
