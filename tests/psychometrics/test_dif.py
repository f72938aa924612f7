"""Differential item functioning against difR and mirt, on every reference file of that kind."""

from __future__ import annotations

import numpy as np
import pytest

from tests.psychometrics import reference
from tests.psychometrics.dif_columns import analysed, columns
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
    found = analysed(reference.scores(name), groups(name), purify=purify, correction=correction)
    ours = columns(found)
    for field, column in (
        ("mh_chisq", "MH_chisq"), ("p", "p"), ("mh_alpha", "alphaMH"), ("effect", "deltaMH"),
        ("se", "se_delta"), ("p_delta", "p_delta_is_zero"),
    ):  # fmt: skip
        compare(file, f"{key} {column}", ours[field], theirs["items"][column], 1e-8)
    compare(file, f"{key} var_log_alpha", (ours["se"] / 2.35) ** 2, theirs["items"]["var_log_alpha"], 1e-8)
    assert list(ours["class"]) == theirs["items"]["ets_with_test"]
    assert named(name, ours["flagged"]) == theirs["dif_items"]
    if purify:
        assert (found.converged, found.rounds) == (theirs["converged"], theirs["iterations"])


@pytest.mark.parametrize("name", SETS)
def test_standardisation_and_breslow_day(name: str) -> None:
    file = f"{name}__dif_standardization_breslow_day"
    theirs = results(file)
    plain, purified = (
        columns(analysed(reference.scores(name), groups(name), "std", purify=p)) for p in (False, True)
    )
    compare(file, "std_p_dif", plain["effect"], theirs["std_p_dif"], 1e-8)
    compare(file, "std_alpha", plain["std_alpha"], theirs["std_alpha"], 1e-8)
    compare(file, "std_p_dif_purified", purified["effect"], theirs["std_p_dif_purified"], 1e-8)
    ours = columns(analysed(reference.scores(name), groups(name)))
    # the file has four decimals
    for field in ("breslow_day", "breslow_day_trend"):
        compare(file, f"{field} chisq", np.round(ours[field], 4), theirs[field]["chisq"], 1e-8)
        compare(file, f"{field} p", np.round(ours[f"{field}_p"], 4), theirs[field]["p"], 1e-8)
    compare(file, "breslow_day df", ours["breslow_day_df"], theirs["breslow_day"]["df"], 0)


def of_difr(scores: np.ndarray) -> np.ndarray:
    """What the R² of difR are beside those of Nagelkerke.

    difR computes the greatest possible R² as 1 − exp(−D₀/2)^(2/n), where exp(−D₀/2) is 0 in double precision
    from D₀ of about 1,490 on: the divisor is 1, and what it prints is the R² of Cox and Snell.
    """
    n, share = len(scores), scores.mean(axis=0)
    null = -2 * n * (share * np.log(share) + (1 - share) * np.log(1 - share))
    return np.asarray(-np.expm1(-null / n) / (1 - np.exp(-null / 2) ** (2 / n)))


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("kind", ["both", "udif", "nudif"])
@pytest.mark.parametrize("criterion", ["LRT", "Wald"])
@pytest.mark.parametrize("purify", [False, True])
def test_logistic(name: str, kind: str, criterion: str, purify: bool) -> None:
    file, key = f"{name}__dif_logistic", f"{kind}_{criterion}_{'purified' if purify else 'not_purified'}"
    scores = reference.scores(name)
    found = analysed(scores, groups(name), "logistic", kind=kind, criterion=criterion.lower(), purify=purify)
    ours, theirs = columns(found), results(file)["results"].get(key)
    if theirs is None:  # difR stops where nothing is flagged at first
        assert not ours["flagged"].any()
        return
    test = {"both": "lr_both", "udif": "lr_uniform", "nudif": "lr_nonuniform"}[kind]
    compare(file, f"{key} statistic", ours[test], theirs["statistic"], 1e-5)
    compare(file, f"{key} p", ours["p"], theirs["p"], 1e-5)
    factor = of_difr(scores)
    compare(file, f"{key} delta_R2_nagelkerke", ours["effect"] * factor, theirs["delta_R2_nagelkerke"], 1e-5)
    exact = np.isclose(factor, 1)
    assert list(ours["class"][exact]) == list(np.array(theirs["jodoin_gierl"])[exact])
    assert named(name, ours["flagged"]) == theirs["dif_items"]
    if purify:
        assert (found.converged, found.rounds) == (theirs["converged"], theirs["iterations"])
        return
    for field, column in (
        ("coefficients", "full_model_coefficients"), ("coefficients_se", "full_model_se"),
        ("simple_coefficients", "simple_model_coefficients"), ("simple_se", "simple_model_se"),
    ):  # fmt: skip
        compare(file, f"{key} {column}", ours[field], theirs[column], 1e-5)
    for field, column in (("r2_full", "R2_full"), ("r2_simple", "R2_simple")):
        compare(file, f"{key} {column}", ours[field] * factor, theirs[column], 1e-5)


def test_sibtest() -> None:
    file = "sim_dif__dif_sibtest"
    theirs = results(file)["results"]
    ours = columns(analysed(reference.scores("sim_dif"), groups("sim_dif"), "sibtest", least=2))
    for field, column in (
        ("effect", "beta"), ("se", "se"), ("sib_chisq", "X2"), ("p", "p"), ("cross_beta", "beta_crossing"),
        ("cross_chisq", "X2_crossing"), ("cross_df", "df_crossing"), ("cross_p", "p_crossing"),
    ):  # fmt: skip
        compare(file, column, ours[field], theirs[column], 1e-8)


def test_three_groups() -> None:
    """difR 5.1: difGMH and difGenLogistic on the first 600 candidates and 12 items, group = row mod 3."""
    scores, group = reference.scores("sim_dif")[:600, :12], np.arange(600) % 3
    both, wald = (columns(analysed(scores, group, "logistic", criterion=name)) for name in ("lrt", "wald"))
    for quantity, ours, theirs, tolerance in (
        ("GMH", columns(analysed(scores, group))["mh_chisq"],
         [0.367259285777662, 1.175371362187237, 0.642879268688739, 0.226161527998357], 1e-8),
        ("both", both["lr_both"],
         [2.084398428257259, 2.605242530495843, 0.796360607250222, 4.425721589613090], 1e-5),
        ("nudif", both["lr_nonuniform"],
         [1.5845681647608671, 1.0677842232892090, 0.0370409429833671, 4.3725477391946015], 1e-5),
        ("delta R2", both["effect"],
         [0.00347857065560536, 0.00459814822442983, 0.00153896562228606, 0.00870996475690694], 1e-5),
        ("udif Wald", wald["lr_uniform"],
         [0.4987872545072977, 1.5359224283801125, 0.7519428519654627, 0.0532279992876122], 1e-5),
    ):  # fmt: skip
        compare("sim_dif (difR 5.1, three groups)", quantity, ours[:4], theirs, tolerance)
