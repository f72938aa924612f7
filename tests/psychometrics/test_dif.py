"""Differential item functioning against difR, on every reference file of that kind, and on odd data."""

from __future__ import annotations

import numpy as np
import pytest

from examgen.core.responses.matrix import Scored, in_bits
from examgen.psychometrics.dif.methods import analyse_dif
from tests.psychometrics import reference
from tests.psychometrics.reference import compare, results

SETS = ("sim_dif", "verbal")


def groups(name: str) -> np.ndarray:
    raw = reference.raw(name)
    return np.array(
        [int(g == "focal") for g in raw["group"]] if "group" in raw else raw["Gender"], dtype=np.int64
    )


def named(name: str, flags: np.ndarray) -> list[str]:
    items = results(f"{name}__dif_logistic")["item"]
    return [items[j] for j in np.flatnonzero(flags)]


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("purify", [False, True])
@pytest.mark.parametrize("correction", [False, True])
def test_mantel_haenszel(name: str, purify: bool, correction: bool) -> None:
    file = f"{name}__dif_mantel_haenszel"
    key = ("purified" if purify else "not_purified") + (
        "_continuity_corrected" if correction else "_uncorrected"
    )
    theirs = results(file)["results"][key]
    ours = analyse_dif(reference.scores(name), groups(name), "mh", purify=purify, correction=correction)
    for field, column in (
        ("mh_chisq", "MH_chisq"), ("mh_p", "p"), ("mh_alpha", "alphaMH"), ("mh_var_log_alpha", "var_log_alpha"),
        ("mh_delta", "deltaMH"), ("mh_se_delta", "se_delta"), ("mh_p_delta", "p_delta_is_zero"),
    ):  # fmt: skip
        compare(file, f"{key} {column}", getattr(ours, field), theirs["items"][column], 1e-8)
    assert list(ours.ets) == theirs["items"]["ets_with_test"]
    assert list(ours.ets_size) == theirs["items"]["ets_difR"]
    assert named(name, ours.flagged) == theirs["dif_items"]
    if purify:
        assert (ours.converged, ours.rounds) == (theirs["converged"], theirs["iterations"])


@pytest.mark.parametrize("name", SETS)
def test_standardisation_and_breslow_day(name: str) -> None:
    file = f"{name}__dif_standardization_breslow_day"
    theirs = results(file)
    plain, purified = (
        analyse_dif(reference.scores(name), groups(name), "std", purify=p) for p in (False, True)
    )
    compare(file, "std_p_dif", plain.std_p_dif, theirs["std_p_dif"], 1e-8)
    compare(file, "std_alpha", plain.std_alpha, theirs["std_alpha"], 1e-8)
    compare(file, "std_p_dif_purified", purified.std_p_dif, theirs["std_p_dif_purified"], 1e-8)
    ours = analyse_dif(reference.scores(name), groups(name), "mh")
    # the file has four decimals
    for field in ("breslow_day", "breslow_day_trend"):
        compare(file, f"{field} chisq", np.round(getattr(ours, field), 4), theirs[field]["chisq"], 1e-8)
        compare(file, f"{field} p", np.round(getattr(ours, f"{field}_p"), 4), theirs[field]["p"], 1e-8)
    compare(file, "breslow_day df", ours.breslow_day_df, theirs["breslow_day"]["df"], 0)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", ["both", "udif", "nudif"])
@pytest.mark.parametrize("criterion", ["LRT", "Wald"])
@pytest.mark.parametrize("purify", [False, True])
def test_logistic(name: str, kind: str, criterion: str, purify: bool) -> None:
    file, key = f"{name}__dif_logistic", f"{kind}_{criterion}_{'purified' if purify else 'not_purified'}"
    ours = analyse_dif(
        reference.scores(name),
        groups(name),
        "logistic",
        kind=kind,
        criterion=criterion.lower(),
        purify=purify,
    )
    theirs = results(file)["results"].get(key)
    if theirs is None:  # difR stops where nothing is flagged at first
        assert not ours.flagged.any()
        return
    statistic = {"both": ours.lr_both, "udif": ours.lr_uniform, "nudif": ours.lr_nonuniform}[kind]
    compare(file, f"{key} statistic", statistic, theirs["statistic"], 1e-5)
    compare(file, f"{key} p", ours.p, theirs["p"], 1e-5)
    compare(file, f"{key} delta_R2_nagelkerke", ours.delta_r2, theirs["delta_R2_nagelkerke"], 1e-5)
    assert list(ours.zumbo_thomas) == theirs["zumbo_thomas"]
    assert list(ours.jodoin_gierl) == theirs["jodoin_gierl"]
    assert named(name, ours.flagged) == theirs["dif_items"]
    if purify:
        assert (ours.converged, ours.rounds) == (theirs["converged"], theirs["iterations"])
        return
    for field, column in (
        ("r2_full", "R2_full"), ("r2_simple", "R2_simple"), ("coefficients", "full_model_coefficients"),
        ("se", "full_model_se"), ("simple_coefficients", "simple_model_coefficients"),
        ("simple_se", "simple_model_se"),
    ):  # fmt: skip
        compare(file, f"{key} {column}", getattr(ours, field), theirs[column], 1e-5)


def test_sibtest() -> None:
    file = "sim_dif__dif_sibtest"
    theirs = results(file)["results"]
    ours = analyse_dif(reference.scores("sim_dif"), groups("sim_dif"), "sibtest", least=2)
    for field, column in (
        ("beta", "beta"), ("se", "se"), ("chisq", "X2"), ("p", "p"), ("cross_beta", "beta_crossing"),
        ("cross_chisq", "X2_crossing"), ("cross_df", "df_crossing"), ("cross_p", "p_crossing"),
    ):  # fmt: skip
        compare(file, column, getattr(ours, field), theirs[column], 1e-8)


def test_three_groups() -> None:
    """difR 5.1: difGMH and difGenLogistic on the first 600 candidates and 12 items, group = row mod 3."""
    scores, group, file = (
        reference.scores("sim_dif")[:600, :12],
        np.arange(600) % 3,
        "sim_dif (difR 5.1, three groups)",
    )
    mh = analyse_dif(scores, group, "mh")
    compare(
        file,
        "GMH",
        mh.mh_chisq[:4],
        [0.367259285777662, 1.175371362187237, 0.642879268688739, 0.226161527998357],
        1e-8,
    )
    both = analyse_dif(scores, group, "logistic")
    compare(
        file,
        "both",
        both.lr_both[:4],
        [2.084398428257259, 2.605242530495843, 0.796360607250222, 4.425721589613090],
        1e-5,
    )
    compare(
        file,
        "nudif",
        both.lr_nonuniform[:4],
        [1.5845681647608671, 1.0677842232892090, 0.0370409429833671, 4.3725477391946015],
        1e-5,
    )
    compare(
        file,
        "delta R2",
        both.delta_r2[:4],
        [0.00347857065560536, 0.00459814822442983, 0.00153896562228606, 0.00870996475690694],
        1e-5,
    )
    wald = analyse_dif(scores, group, "logistic", criterion="wald")
    compare(
        file,
        "udif Wald",
        wald.lr_uniform[:4],
        [0.4987872545072977, 1.5359224283801125, 0.7519428519654627, 0.0532279992876122],
        1e-5,
    )


@pytest.mark.parametrize("method", ["mh", "std", "logistic"])
@pytest.mark.parametrize("missing", [0.0, 0.1])
def test_scores_in_bits_give_the_same(method: str, missing: float) -> None:
    """Of more candidates than are looked at at once; an item that nobody answered, one that all have right,
    one that differs by group, and candidates in no group."""
    rng = np.random.default_rng(11)
    group = rng.integers(-1, 2, 20_000)
    hard = np.linspace(-1, 1, 9) + np.outer(group == 1, np.eye(9)[4])
    cells = (rng.random((20_000, 9)) < 1 / (1 + np.exp(hard - rng.normal(size=(20_000, 1))))).astype(np.int8)
    cells[rng.random(cells.shape) < missing] = -2
    cells[:, 2], cells[:, 3] = -3, 1
    whole = analyse_dif(cells, group, method, purify=True)
    parts = analyse_dif(Scored(range(20_000), ("",) * 9, in_bits(cells)), group, method, purify=True)
    assert whole.flagged.any()
    for name, value in whole._asdict().items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(parts, name), value, name)
    assert parts.notes == whole.notes
