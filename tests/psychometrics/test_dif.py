"""Differential item functioning against difR and mirt, on every reference file of that kind."""

from __future__ import annotations

import numpy as np
import pytest

from tests.psychometrics import reference
from tests.psychometrics.compared import compare_all
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
    variance = (ours["se"] / 2.35) ** 2
    compare_all("mantel-haenszel", file, ours, theirs["items"], f"{key} ", var_log_alpha=variance)
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
    compare_all("standardisation", file, {"plain": plain, "purified": purified}, theirs)
    ours = columns(analysed(reference.scores(name), groups(name)))
    # the file has four decimals
    rounded = {name: np.round(own, 4) for name, own in ours.items() if name.startswith("breslow_day")}
    compare_all("breslow-day", file, rounded, theirs)
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
    r2 = {name: ours[name] * factor for name in ("r2_full", "r2_simple")}
    compare_all("logistic", file, ours, theirs, f"{key} ", **r2)


def test_sibtest() -> None:
    file = "sim_dif__dif_sibtest"
    theirs = results(file)["results"]
    ours = columns(analysed(reference.scores("sim_dif"), groups("sim_dif"), "sibtest", least=2))
    compare_all("sibtest", file, ours, theirs)


def test_three_groups() -> None:
    """difR 5.1: difGMH and difGenLogistic on the first 600 candidates and 12 items, group = row mod 3."""
    scores, group = reference.scores("sim_dif")[:600, :12], np.arange(600) % 3
    ours = {name: columns(analysed(scores, group, "logistic", criterion=name)) for name in ("lrt", "wald")}
    ours["mh"] = columns(analysed(scores, group))
    first = {name: {field: own[:4] for field, own in table.items()} for name, table in ours.items()}
    file = "sim_dif (difR 5.1, three groups)"
    compare_all("three groups", file, first, results("sim_dif__three_groups"))
