"""What other Python packages find where R has an answer: the figures of docs/psychometrics-features.md.

Runs every task in this interpreter, with `examgen.stats`, and in that of PEERS (an environment with mirt,
pyequate, girth, raschpy, rasch-irt, EqUMP, pingouin, statsmodels, krippendorff, generalizit, catsim, catpie,
reliabiliPy and factor_analyzer; a second one, PEERS2, with irrCAC):

    PEERS=/path/to/bin/python [PEERS2=…] python benchmarks/psychometrics_features.py [--write] [NAME …]

A figure is the largest difference from R over all items, candidates or points of the reference set. What a
package refuses, or fails at, is told in its own words. With `--write` the tables go to the end of the page.
"""

from __future__ import annotations

import contextlib
import csv
import importlib.metadata
import io
import json
import os
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "psychometrics-features.md"
MARK = "## The figures behind it\n"
REFERENCES = (
    HERE.parent / "tests" / "data" / "psychometrics",
    HERE.parents[1] / "shared" / "reference" / "psychometrics",
    Path("/work/shared/reference/psychometrics"),
)
Found = dict[str, Any]


def reference(relative: str) -> Path:
    """A file of the reference sets."""
    return next(root / relative for root in REFERENCES if (root / relative).is_file())


def results(name: str) -> Found:
    """What R found."""
    return dict(json.loads(reference(f"results/{name}.json").read_text("utf-8")))


def table(name: str) -> tuple[list[str], list[dict[str, str]]]:
    """Headings and rows of a data set."""
    with reference(f"data/{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return list(rows[0]), rows


def scores(name: str) -> Any:
    """(N, J) floats; NaN where blank."""
    heads, rows = table(name)
    items = [head for head in heads if head not in {"id", "group"}]
    return np.array([[float(row[item]) if row[item] else np.nan for item in items] for row in rows])


def apart(found: Any, truth: Any, where: Any = None) -> float:
    """Largest difference."""
    gaps = np.abs(np.asarray(found, float) - np.asarray(truth, float))
    return float(np.nanmax(gaps if where is None else gaps[where]))


def points(name: str) -> tuple[Any, Any]:
    """Totals and anchors."""
    _, rows = table(name)
    return np.array([int(row["total"]) for row in rows]), np.array([int(row["anchor"]) for row in rows])


# ---- equating --------------------------------------------------------------------------------------------

KB = {
    "tucker": "tucker_linear_half",
    "levine": "levine_observed_linear_half",
    "levine-true": "levine_true_linear",
    "chained-linear": "chained_linear",
    "frequency-estimation": "frequency_estimation_half",
    "chained-equipercentile": "chained_equipercentile",
    "braun-holland": "braun_holland_linear_half",
}


def neat_ours() -> Found:
    import examgen.stats as es

    (x, v), (y, w) = points("kbneat_x"), points("kbneat_y")
    truth = results("kbneat__equating")["results"]
    earned = np.isin(np.arange(37), x)
    out = {}
    for method, key in KB.items():
        found = es.equate(
            x, y, method, anchor_x=v, anchor_y=w, points=36, anchor_points=12, weight=0.5
            if key.endswith("half") else None,
        )  # fmt: skip
        out[method] = apart(found.convert(np.arange(37)), truth[key]["yx"], earned)
    return {"examgen": out}


def neat_pyequate() -> Found:
    import pandas as pd
    import pyequate as pe

    (x, v), (y, w) = points("kbneat_x"), points("kbneat_y")
    x, v, y, w = (pd.Series(one) for one in (x, v, y, w))
    truth = results("kbneat__equating")["results"]
    grid, earned = np.arange(37), np.isin(np.arange(37), x)
    frames = [pd.DataFrame({"t": t, "a": a}) for t, a in ((x, v), (y, w))]
    gx, gy = (
        pe.joint_distribution(one, "t", "a", form_range=range(37), common_range=range(13)) for one in frames
    )
    made = {
        "tucker": lambda: pe.Tucker(x, y, v, w, grid, 0.5),
        "levine": lambda: pe.LevineOS(x, y, v, w, grid, 0.5),
        "levine-true": lambda: pe.LevineTS(x, y, v, w, grid, 0.5),
        "chained-linear": lambda: pe.chained(x, y, v, w, 0, 36, 0, 12, "linear"),
        "frequency-estimation": lambda: pe.fe(gx, gy, 0, 36, 0.5),
        "chained-equipercentile": lambda: pe.chained(x, y, v, w, 0, 36, 0, 12, "eq"),
        "braun-holland": lambda: pe.bh(x, y, gx, gy, 0, 36, 0.5),
    }
    return {"pyequate": {k: apart(f().iloc[:, -1], truth[KB[k]]["yx"], earned) for k, f in made.items()}}


def _act() -> tuple[Any, Any, Found]:
    of_r = results("actmath__equating")
    return np.array(of_r["xcount"], float), np.array(of_r["ycount"], float), of_r["results"]


def smooth_ours() -> Found:
    import examgen.stats as es

    x, y, truth = _act()
    xs, ys = (np.repeat(np.arange(41), n.astype(int)) for n in (x, y))
    out = {}
    for degree in (2, 4, 6):
        found = es.equate(xs, ys, "equipercentile", points=40, smooth="loglinear", degree=degree)
        out[f"degree {degree}"] = apart(
            found.convert(np.arange(41)), truth[f"equipercentile_loglinear_{degree}"]["yx"]
        )
    plain = es.equate(xs, ys, "equipercentile", points=40)
    out["no smoothing"] = apart(plain.convert(np.arange(41)), truth["equipercentile"]["yx"], x > 0)
    return {"examgen": out}


def smooth_peers() -> Found:
    import mirt
    import pandas as pd
    import pyequate as pe

    x, y, truth = _act()
    xs, ys = (pd.Series(np.repeat(np.arange(41), n.astype(int))) for n in (x, y))
    long = pe.smooth_forms(x, y, 0, 40, [6])
    plain = truth["equipercentile"]["yx"]
    shares = x / x.sum(), y / y.sum()
    of_pyequate = {"no smoothing": apart(pe.equipercen(xs, ys, 0, 40).iloc[:, -1], plain, x > 0)}
    of_mirt = {"no smoothing": apart(mirt.equipercentile_equating(*shares), plain, x > 0)}
    for degree in (2, 4, 6):
        key = truth[f"equipercentile_loglinear_{degree}"]["yx"]
        found = pe.equipercen(presmoothed_df=long, score_min=0, score_max=40, order=degree)
        of_pyequate[f"degree {degree}"] = apart(found.iloc[:, -1], key)
    best = min(
        apart(mirt.equipercentile_equating(*shares, smoothing="loglinear"),
              truth[f"equipercentile_loglinear_{degree}"]["yx"], x > 0)
        for degree in (2, 4, 6)
    )  # fmt: skip
    of_mirt["the nearest degree"] = best
    return {"pyequate": of_pyequate, "mirt": of_mirt}


def link_ours() -> Found:
    import examgen.stats as es

    of_r = results("sim_neat__irt_linking")
    x, y = ({k: of_r[f"items_{f}"][k] for k in ("item", "a", "b")} for f in "xy")
    common = [of_r["items_x"]["item"][i - 1] for i, _ in of_r["common_positions"]]
    out = {}
    for method, name in LINKS.items():
        found = es.link(x, y, method, anchors=common)
        truth = of_r["constants_normal_weights"]
        place = truth["method"].index(name)
        out[method] = max(apart(found.slope, truth["A"][place]), apart(found.intercept, truth["B"][place]))
    return {"examgen": out}


LINKS = {
    "mean-mean": "Mean/Mean", "mean-sigma": "Mean/Sigma", "haebara": "Haebara",
    "stocking-lord": "Stocking-Lord",
}  # fmt: skip


def link_peers() -> Found:
    import mirt
    import pyequate as pe

    of_r = results("sim_neat__irt_linking")
    truth = of_r["constants_normal_weights"]
    models, tables = {}, {}
    for form in "xy":
        own = of_r[f"items_{form}"]
        a, b = np.array(own["a"]), np.array(own["b"])
        tables[form] = (a, b)
        models[form] = mirt.TwoParameterLogistic(n_items=len(a))
        models[form].set_parameters(discrimination=a, difficulty=b)
    at = np.array(of_r["common_positions"]) - 1
    grid = np.linspace(-4, 4, 81)
    weight = np.exp(-(grid**2) / 2)
    out: Found = {"mirt": {}, "pyequate, slopes / 1.7, equal weights": {}}
    for method, name in LINKS.items():
        place = truth["method"].index(name)
        kw = {} if method.startswith("mean") else {"n_theta": 81, "weights": weight / weight.sum()}
        found = mirt.link(
            models["y"],
            models["x"],
            at[:, 1].tolist(),
            at[:, 0].tolist(),
            method=method.replace("-", "_"),
            **kw,
        )
        out["mirt"][method] = max(
            apart(found.constants.A, truth["A"][place]), apart(found.constants.B, truth["B"][place])
        )
    names = {
        "mean-mean": "mean_mean",
        "mean-sigma": "mean_sigma",
        "haebara": "Haebara",
        "stocking-lord": "S_L",
    }
    (ax, bx), (ay, by) = ([column[at[:, k]] for column in tables[form]] for k, form in enumerate("xy"))
    truth, none, number = of_r["constants_equal_weights"], np.zeros(len(at)), np.arange(len(at))
    for method, name in LINKS.items():
        with contextlib.redirect_stdout(io.StringIO()):
            frame = pe.transf(ay / 1.7, by, none, ax / 1.7, bx, none, number, number, names[method])
        slope, intercept = np.polyfit(bx, frame["bJ_transf"].to_numpy(float), 1)
        place = truth["method"].index(name)
        gaps = apart(slope, truth["A"][place]), apart(intercept, truth["B"][place])
        out["pyequate, slopes / 1.7, equal weights"][method] = max(gaps)
    return out


# ---- items, reliability ----------------------------------------------------------------------------------


def classical_ours() -> Found:
    import examgen.stats as es

    cells, of_items, of_test = _classical()
    frame = es.items(cells).items
    rel = es.reliability(cells).table
    alpha = rel.filter(coefficient="alpha").row(0, named=True)
    return {
        "examgen": {
            "item-rest": apart(frame["item_rest"], of_items["r_item_rest"]),
            "alpha": apart(alpha["value"], of_test["alpha"]),
            "alpha if deleted": apart(frame["alpha_if_deleted"], of_items["alpha_if_deleted"]),
            "Feldt's interval": apart([alpha["low"], alpha["high"]], of_test["feldt_ci"]),
        }
    }


def _classical() -> tuple[Any, Found, Found]:
    return (
        _scored("irtoys_scored"),
        results("irtoys_scored__ctt_items"),
        results("irtoys_scored__ctt_test"),
    )


def _scored(name: str) -> Any:
    cells = scores(name)
    return cells.astype(int) if np.isfinite(cells).all() else cells


def classical_peers() -> Found:
    import girth
    import mirt
    import pandas as pd
    import pingouin
    import rasch_irt

    cells, of_items, of_test = _classical()
    out: Found = {}
    stats = mirt.traditional(cells)
    out["mirt"] = {
        "item-rest": apart(stats.discrimination, of_items["r_item_rest"]),
        "alpha": apart(stats.alpha, of_test["alpha"]),
        "alpha if deleted": apart(stats.alpha_if_deleted, of_items["alpha_if_deleted"]),
    }
    of_girth = girth.classical_test_statistics(cells.T)
    out["girth"] = {
        "item-rest": apart(of_girth["Item-Score Correlation"], of_items["r_item_rest"]),
        "alpha if deleted": apart(of_girth["Cronbach Alpha"], of_items["alpha_if_deleted"]),
    }
    value, interval = pingouin.cronbach_alpha(pd.DataFrame(cells))
    out["pingouin"] = {
        "alpha": apart(value, of_test["alpha"]),
        "Feldt's interval": apart(interval, of_test["feldt_ci"]),
    }
    ctt = rasch_irt.run_ctt(cells.T)
    found = [one.point_biserial for one in ctt.items]
    out["rasch-irt"] = {
        "item-rest": apart(found, of_items["r_item_rest"]),
        "alpha": apart(ctt.cronbach_alpha, of_test["alpha"]),
    }
    return out


def broken_peers() -> Found:
    import pandas as pd

    cells = _scored("irtoys_scored")
    out: Found = {}

    def tried(package: str, call: Callable[[], Any]) -> None:
        try:
            out[package] = {"": str(call())[:90]}
        except Exception as error:
            out[package] = {"": f"{type(error).__name__}: {error}"[:120]}

    def loadings() -> Any:
        from factor_analyzer import FactorAnalyzer

        return FactorAnalyzer(1).fit(cells).loadings_[0, 0]

    def omega() -> Any:
        from reliabilipy import reliability_analysis

        found = reliability_analysis(
            raw_dataset=pd.DataFrame(cells.astype(float)), is_corr_matrix=False, impute="median"
        )
        found.fit()
        return found.omega_total

    def three() -> Any:
        import girth

        return girth.threepl_mml(cells.T)["Discrimination"][0]

    def blanks() -> Any:
        import girth

        own = cells.astype(float)
        own[0, 0] = np.nan
        return girth.rasch_conditional(girth.tag_missing_data(own, [0, 1]).T)["Difficulty"][0]

    tried("factor_analyzer FactorAnalyzer(1).fit", loadings)
    tried("reliabiliPy reliability_analysis.fit", omega)
    tried("girth threepl_mml", three)
    tried("girth rasch_conditional, a blank", blanks)
    return out


# ---- Rasch -----------------------------------------------------------------------------------------------


def rasch_ours() -> Found:
    import examgen.stats as es

    of_r = results("irtoys_scored__rasch_cml")
    fit = es.irt(_scored("irtoys_scored"), "rasch-cml")
    b = fit.items["b"].to_numpy()
    return {
        "examgen": {
            "b": apart(b - b.mean(), of_r["difficulty"]),
            "se": float(np.mean(fit.items["se_b"].to_numpy() / np.array(of_r["se"]))),
        }
    }


def rasch_peers() -> Found:
    import girth
    import pandas as pd
    import rasch_irt
    import raschpy

    of_r = results("irtoys_scored__rasch_cml")
    truth, se = np.array(of_r["difficulty"]), np.array(of_r["se"])
    cells = _scored("irtoys_scored")
    own = raschpy.SLM(pd.DataFrame(cells))
    own.calibrate()
    own.std_errors()
    out = {"raschpy": {"b": apart(own.items - own.items.mean(), truth - truth.mean()),
                       "se": float(np.mean(np.asarray(own.item_se) / se))}}  # fmt: skip
    b = np.asarray(girth.rasch_conditional(cells.T)["Difficulty"])
    out["girth"] = {"b": apart(b - b.mean(), truth - truth.mean()), "se": "none"}
    b = np.asarray(rasch_irt.run_jmle(cells.T, rasch_irt.JMLEConfig(model_type=1)).b, float)
    b = b - b.mean()
    out["rasch-irt"] = {
        "b": apart(b, truth),
        "se": "none",
        "slope on R's b": float(np.polyfit(truth, b, 1)[0]),
    }
    b = 1.7 * b
    out["rasch-irt, b × 1.7"] = {"b": apart(b, truth), "slope on R's b": float(np.polyfit(truth, b, 1)[0])}
    return out


# ---- groups of persons, diagnosis ------------------------------------------------------------------------


def dif_ours() -> Found:
    import examgen.stats as es

    cells, groups = _dif()
    sib = results("sim_dif__dif_sibtest")["results"]
    mh = results("sim_dif__dif_mantel_haenszel")["results"]["not_purified_continuity_corrected"]["items"]
    beta = es.dif(cells, groups, method="sibtest", least=2, adjust=None).items
    plain = es.dif(cells, groups, purify=False, adjust=None).items
    return {
        "examgen": {
            "SIBTEST β": apart(beta["beta"], sib["beta"]),
            "MH χ²": apart(plain["mh_chisq"], mh["MH_chisq"]),
        }
    }


def _dif() -> tuple[Any, Any]:
    _, rows = table("sim_dif")
    return scores("sim_dif").astype(int), np.array([int(row["group"] == "focal") for row in rows])


def dif_peers() -> Found:
    import mirt

    cells, groups = _dif()
    sib = results("sim_dif__dif_sibtest")["results"]
    found = mirt.sibtest_items(cells, groups)
    name = next(one for one in found if "beta" in one)
    return {"mirt": {"SIBTEST β": apart(found[name], sib["beta"])}}


def persons_ours() -> Found:
    import examgen.stats as es

    _, rows = table_of("irtoys_scored__person_fit")
    cells = _scored("irtoys_scored")
    plain = es.person_fit(cells)
    found = {name: np.array([_number(row[name]) for row in rows]) for name in ("Ht", "U3")}
    known = np.isfinite(found["Ht"])
    return {
        "examgen": {
            name: apart(plain[name.lower()].to_numpy()[known], found[name][known]) for name in ("Ht", "U3")
        }
    }


def table_of(name: str) -> tuple[list[str], list[dict[str, str]]]:
    """A table of results."""
    with reference(f"results/{name}.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return list(rows[0]), rows


def _number(text: str) -> float:
    return float(text) if text not in {"", "NA"} else float("nan")


def persons_peers() -> Found:
    import mirt
    from mirt.diagnostics.personfit import compute_personfit

    _, rows = table_of("irtoys_scored__person_fit")
    of_r = results("irtoys_scored__person_fit")
    model = mirt.TwoParameterLogistic(n_items=len(of_r["a"]))
    model.set_parameters(discrimination=np.array(of_r["a"]), difficulty=np.array(of_r["b"]))
    theta = np.array([float(row["theta_ml_clipped_4"]) for row in rows])
    found = compute_personfit(model, _scored("irtoys_scored"), theta, ["Zh"])
    out = {name: apart(found[name], [_number(row[f"mirt_{name}"]) for row in rows])
           for name in ("Zh",)}  # fmt: skip
    return {"mirt": {**out, "lz*, Ht, U3": "none"}}


def diagnosis_ours() -> Found:
    import examgen.stats as es

    cells, q, of_r = _diagnosis()
    found = es.diagnosis(cells, q)
    frame = found.items
    return {
        "examgen": {
            "with blanks: guess, slip": max(
                apart(frame["guess"], of_r["dina"]["guess"]), apart(frame["slip"], of_r["dina"]["slip"])
            ),
            "complete rows: guess": [
                round(v, 5) for v in es.diagnosis(_full(cells), q).items["guess"].to_list()
            ],
        }
    }


def _diagnosis() -> tuple[Any, Any, Found]:
    _, rows = table("sim_diagnosis_q")
    heads = [head for head in rows[0] if head != "item"]
    q = np.array([[int(row[head]) for head in heads] for row in rows])
    return scores("sim_diagnosis"), q, results("sim_diagnosis__cdm")


def _full(cells: Any) -> Any:
    return cells[np.isfinite(cells).all(axis=1)].astype(int)


def diagnosis_peers() -> Found:
    import mirt

    cells, q, _ = _diagnosis()
    out: Found = {}
    try:
        mirt.fit_cdm(cells, q)
        out["with blanks: guess, slip"] = "ran"
    except Exception as error:
        out["with blanks: guess, slip"] = f"{type(error).__name__}: {error}"
    model, _ = mirt.fit_cdm(_full(cells), q, max_iter=5000, tol=1e-9)
    guess = model.parameters.get("guess", model.parameters.get("guessing"))
    out["complete rows: guess"] = [float(v) for v in guess]
    try:
        mirt.fit_cdm(_full(cells), q, "GDINA")
        out["G-DINA"] = "ran"
    except Exception as error:
        out["G-DINA"] = f"{type(error).__name__}: {error}"
    return {"mirt": out}


# ---- assessors -------------------------------------------------------------------------------------------


def _ratings(name: str) -> Any:
    of_r = results("ratings__agreement")
    return np.array([[np.nan if v is None else v for v in row] for row in of_r[name]], float)


def assessors_ours() -> Found:
    import examgen.stats as es

    of_r, whole, gaps = results("ratings__agreement"), _ratings("points"), _ratings("gaps")
    own, with_gaps, two = es.agreement(whole), es.agreement(gaps), es.agreement(whole[:, 0], whole[:, 1])
    table_icc = es.icc(whole)
    truth = sorted(one["value"] for one in of_r["icc"]["points"]["irr"])
    values = sorted(table_icc.table["value"].to_list())
    return {
        "examgen": {
            "Cohen's κ": apart(two["kappa"], of_r["kappas"][0]["irr"]["none"]["kappa"]),
            "Fleiss' κ": apart(own["fleiss_kappa"], of_r["fleiss"]["kappa"]),
            "Krippendorff's α, blanks": apart(with_gaps["alpha_nominal"], of_r["alpha"]["nominal"]),
            "ICC": apart(values, truth),
        }
    }


def assessors_peers() -> Found:
    import krippendorff
    import pandas as pd
    import pingouin
    import statsmodels.stats.inter_rater as inter

    of_r, whole, gaps = results("ratings__agreement"), _ratings("points"), _ratings("gaps")
    counts, _ = inter.aggregate_raters(whole.astype(int))
    top = int(whole[:, :2].max()) + 1
    square = np.zeros((top, top))
    for i, j in whole[:, :2].astype(int):
        square[i, j] += 1
    long = pd.DataFrame([(i, j, whole[i, j]) for i in range(60) for j in range(4)], columns=["t", "r", "s"])
    found = pingouin.intraclass_corr(long, targets="t", raters="r", ratings="s")
    truth = sorted(one["value"] for one in of_r["icc"]["points"]["irr"])
    blank = long.copy()
    blank.loc[0, "s"] = np.nan
    try:
        pingouin.intraclass_corr(blank, targets="t", raters="r", ratings="s")
        refused = "ran"
    except Exception as error:
        refused = f"{type(error).__name__}: {error}"
    crossed = pd.DataFrame(of_r["crossed"]["data"], columns=["p", "r", "t", "score"])
    from generalizit import GeneralizIT

    design = GeneralizIT(crossed, "p x r x t", "score")
    design.calculate_anova()
    variances = design.design.anova_table["Variance"]
    components = of_r["crossed"]["components"]
    pairs = {"p": "candidate", "r": "assessor", "t": "task", "p x r": "candidate:assessor",
             "p x t": "candidate:task", "r x t": "assessor:task", "p x r x t": "Residual"}  # fmt: skip
    return {
        "statsmodels": {
            "Cohen's κ": apart(inter.cohens_kappa(square).kappa, of_r["kappas"][0]["irr"]["none"]["kappa"]),
            "Fleiss' κ": apart(inter.fleiss_kappa(counts), of_r["fleiss"]["kappa"]),
        },
        "krippendorff": {
            "Krippendorff's α, blanks": apart(
                krippendorff.alpha(reliability_data=gaps.T, level_of_measurement="nominal"),
                of_r["alpha"]["nominal"],
            )
        },
        "pingouin": {"ICC": apart(sorted(found["ICC"]), truth), "ICC, a blank": refused},
        "generalizit": {
            "variances (4 decimals)": max(
                apart(variances[own], components[name]) for own, name in pairs.items()
            )
        },
    }


def gwet_peers() -> Found:
    import pandas as pd
    from irrCAC.raw import CAC

    of_r = results("ratings__agreement")["gwet"]
    return {
        "irrCAC": {
            "Gwet's AC1, blanks": apart(
                CAC(pd.DataFrame(_ratings("gaps"))).gwet()["est"]["coefficient_value"], of_r["none"]["value"]
            )
        }
    }


def gwet_ours() -> Found:
    import examgen.stats as es

    found, of_r = es.agreement(_ratings("gaps")), results("ratings__agreement")["gwet"]
    return {"examgen": {"Gwet's AC1, blanks": apart(found["ac1"], of_r["none"]["value"])}}


def _facets(name: str) -> tuple[Any, Found, Found]:
    of_r = results("ratings__many_facet")[name]
    truth = {one["name"]: one["value"] for one in of_r["parameters"] if one["name"].startswith("assessor")}
    return np.array(of_r["data"], int), of_r, truth


def facets_ours() -> Found:
    import examgen.stats as es

    out: Found = {}
    for name in ("crossed", "crossed", "sparse"):  # the first call loads modules
        data, of_r, truth = _facets(name)
        n_tasks = data.shape[1] - 2
        long = {
            "candidate": np.repeat(data[:, 0], n_tasks).tolist(),
            "assessor": np.repeat(data[:, 1], n_tasks).tolist(),
            "task": [f"t{j}" for _ in data for j in range(n_tasks)],
            "score": data[:, 2:].ravel().tolist(),
        }
        start = time.process_time()
        fit = es.many_facet(long, steps=of_r["steps"])
        out[f"{name}: log-likelihood"] = fit.log_likelihood - of_r["loglike"]
        out[f"{name}: severity"] = apart(np.sort(fit.assessors["severity"]), np.sort(list(truth.values())))
        out[f"{name}: s"] = time.process_time() - start
    return {"examgen": out}


def facets_peers() -> Found:
    import mirt.estimation
    import mirt.models
    import pandas as pd
    import raschpy

    out: Found = {"mirt": {}, "raschpy": {}}
    for name in ("crossed", "sparse"):
        data, of_r, truth = _facets(name)
        people, n_raters, n_tasks = np.unique(data[:, 0]), data[:, 1].max(), data.shape[1] - 2
        cells = np.full((len(people), n_raters * n_tasks), -1)
        for row in data:
            place = (row[1] - 1) * n_tasks
            cells[np.searchsorted(people, row[0]), place : place + n_tasks] = row[2:]
        rater = np.broadcast_to(np.repeat(np.arange(n_raters), n_tasks), cells.shape)
        model = mirt.models.PolytomousMFRM(
            n_tasks, int(data[:, 2:].max() + 1), [mirt.models.Facet("rater", int(n_raters))],
            category_structure=of_r["steps"].replace("-", "_"),
        )  # fmt: skip
        own = out["mirt"]
        start = time.process_time()
        try:
            fit = mirt.estimation.fit_mfrm(
                model, cells, {"rater": rater}, item_indices=np.tile(np.arange(n_tasks), n_raters)
            )
        except Exception as error:
            own[f"{name}: severity"] = f"{type(error).__name__}: {error}"
        else:
            own[f"{name}: log-likelihood"] = fit.log_likelihood - of_r["loglike"]
            severity = np.sort(fit.facet_parameters["rater"])
            own[f"{name}: severity"] = apart(severity, np.sort(list(truth.values())))
            own[f"{name}: s"] = time.process_time() - start
        frame = pd.DataFrame(
            data[:, 2:], columns=[f"t{j}" for j in range(n_tasks)],
            index=pd.MultiIndex.from_arrays([data[:, 1].astype(str), data[:, 0].astype(str)],
                                            names=["Rater", "Person"]),
        )  # fmt: skip
        start = time.process_time()
        rasch = raschpy.MFRM(frame, max_score=int(data[:, 2:].max()))
        rasch.calibrate_global()
        values = np.sort(np.asarray(rasch.raters_global, float))
        out["raschpy"][f"{name}: severity"] = (
            "steps of each item: none"
            if name == "sparse"
            else apart(values - values.mean(), np.sort(list(truth.values())))
        )
        out["raschpy"][f"{name}: s"] = time.process_time() - start
    return out


# ---- testlets, draws, adaptive tests ---------------------------------------------------------------------


def _testlets() -> tuple[Any, Any]:
    rng = np.random.default_rng(20261127)
    own = np.repeat(np.arange(4), 6)
    theta, effect = rng.standard_normal(2000), rng.standard_normal((2000, 4))
    a, b = np.exp(0.3 * rng.standard_normal(24)), rng.standard_normal(24)
    logits = a * (theta[:, None] - b) + 0.8 * a * effect[:, own]
    return (rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(int), own


def testlets_ours() -> Found:
    import examgen.stats as es

    cells, own = _testlets()
    es.bifactor(cells[:200], [f"t{n}" for n in own], "testlet")
    out: Found = {}
    for model in ("bifactor", "testlet"):
        start = time.process_time()
        fit = es.bifactor(cells, [f"t{n}" for n in own], model)
        out[f"{model}: log-likelihood"], out[f"{model}: s"] = fit.loglik, time.process_time() - start
    return {"examgen": out}


def testlets_peers() -> Found:
    import mirt

    cells, own = _testlets()
    mirt.bfactor(cells[:200], own, max_iter=2)
    out: Found = {}
    start = time.process_time()
    fit = mirt.bfactor(cells, own)
    out["bifactor: log-likelihood"], out["bifactor: s"] = fit.log_likelihood, time.process_time() - start
    start = time.process_time()
    fit = mirt.bfactor(cells, own, n_quadpts=41, tol=1e-6, max_iter=5000)
    out["bifactor, 41 nodes: log-likelihood"] = fit.log_likelihood
    out["bifactor, 41 nodes: s"] = time.process_time() - start
    return {"mirt": out}


def _pool() -> tuple[Any, Any, Any]:
    rng = np.random.default_rng(20261128)
    return np.exp(0.3 * rng.standard_normal(200)), rng.standard_normal(200), rng.standard_normal(500)


def adaptive_ours() -> Found:
    import examgen.stats as es

    a, b, theta = _pool()
    es.simulate_adaptive({"item": ["i1", "i2"], "a": [1, 1], "b": [0, 1]}, n=2, length=1)
    start = time.process_time()
    run = es.simulate_adaptive(
        {"item": [f"i{j}" for j in range(200)], "a": a, "b": b}, theta=theta, length=20
    )
    spent = time.process_time() - start
    persons = run.persons
    error = persons["estimate" if "estimate" in persons.columns else "theta_hat"].to_numpy() - theta
    return {"examgen": {"bias": error.mean(), "RMSE": np.sqrt((error**2).mean()), "s": spent}}


def adaptive_peers() -> Found:
    import catpie
    import mirt
    from catsim.estimation import NumericalSearchEstimator
    from catsim.initialization import FixedPointInitializer
    from catsim.selection import MaxInfoSelector
    from catsim.simulation import Simulator
    from catsim.stopping import TestLengthStopper

    a, b, theta = _pool()
    out: Found = {}
    start = time.process_time()
    model = mirt.TwoParameterLogistic(n_items=200)
    model.set_parameters(discrimination=a, difficulty=b)
    model._is_fitted = True  # parameters that are given count as none
    engine = mirt.CATEngine(model, max_items=20, min_items=20, se_threshold=1e-9, seed=1)
    found = engine.run_batch_simulation(theta)
    error = np.array([one.theta for one in found]).ravel() - theta
    out["mirt"] = {"bias": error.mean(), "RMSE": np.sqrt((error**2).mean()), "s": time.process_time() - start}
    start = time.process_time()
    bank = np.column_stack([a, b, np.zeros(200), np.ones(200)])
    run = Simulator(bank, theta, FixedPointInitializer(0), MaxInfoSelector(), NumericalSearchEstimator(),
                    TestLengthStopper(max_items=20), seed=1)  # fmt: skip
    run.simulate()
    last = np.array([one[-1] for one in run.estimations])
    error = last - theta
    out["catsim"] = {
        "bias": error.mean(),
        "RMSE": np.sqrt((error**2).mean()),
        "s": time.process_time() - start,
    }
    start = time.process_time()
    pool = [(x, y, 0.0, 1.0) for x, y in zip(a.tolist(), b.tolist(), strict=True)]
    few = theta[:50]  # seconds are ten times those of fifty persons
    last = np.array([
        catpie.randomCAT(t, pool, method="EAP", stop={"rule": ["length"], "thr": [20]}, seed=k).finalTheta
        for k, t in enumerate(few)
    ])  # fmt: skip
    error = last - few
    out["catpie"] = {
        "bias": error.mean(), "RMSE": np.sqrt((error**2).mean()), "s": 10 * (time.process_time() - start)
    }  # fmt: skip
    return out


TASKS: dict[str, tuple[str, tuple[Callable[[], Found], ...], tuple[Callable[[], Found], ...]]] = {
    "neat": ("Equating with an anchor, kbneat (R equate), at scores that somebody earned", (neat_ours,),
             (neat_pyequate,)),
    "smooth": ("Equipercentile equating, actmath (R equate)", (smooth_ours,), (smooth_peers,)),
    "link": ("Linking: A and B, sim_neat (R plink)", (link_ours,), (link_peers,)),
    "classical": ("Classical statistics, irtoys (R CTT, psych)", (classical_ours,), (classical_peers,)),
    "broken": ("Calls on irtoys that fail", (), (broken_peers,)),
    "rasch": ("Rasch, irtoys (R eRm): b; mean ratio of standard errors", (rasch_ours,), (rasch_peers,)),
    "dif": ("DIF, sim_dif (R mirt, difR)", (dif_ours,), (dif_peers,)),
    "persons": ("Person fit, irtoys (R PerFit, mirt)", (persons_ours,), (persons_peers,)),
    "diagnosis": ("DINA, sim_diagnosis (R CDM)", (diagnosis_ours,), (diagnosis_peers,)),
    "assessors": ("Agreement, ICC, variances of ratings (R irr, irrCAC, lme4)", (assessors_ours,),
                  (assessors_peers,)),
    "gwet": ("Gwet's AC1 (R irrCAC)", (gwet_ours,), (gwet_peers,)),
    "facets": ("Many-facet Rasch (R TAM)", (facets_ours,), (facets_peers,)),
    "testlets": ("Bifactor and testlet models, simulated 2,000 × 24", (testlets_ours,), (testlets_peers,)),
    "adaptive": ("Adaptive tests of 20 items from 200, 500 persons", (adaptive_ours,), (adaptive_peers,)),
}  # fmt: skip
PACKAGES = (
    "mirt", "pyequate", "girth", "raschpy", "rasch-irt", "EqUMP", "pingouin", "statsmodels", "krippendorff",
    "generalizit", "catsim", "catpie", "reliabiliPy", "factor_analyzer", "scikit-learn", "numpy",
)  # fmt: skip


def plain(value: Any) -> Any:
    """For JSON."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return value if isinstance(value, str | list) else float(value)


def here(names: list[str], side: int) -> Found:
    """All tasks of a side, in this interpreter."""
    out: Found = {}
    for name in names:
        out[name] = {}
        for task in TASKS[name][1 + side]:
            try:
                with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
                    warnings.simplefilter("ignore")
                    out[name] |= plain(task())
            except Exception as error:
                out[name][task.__name__] = {"": f"{type(error).__name__}: {error}"[:300]}
    return out


def there(names: list[str], python: str) -> Found:
    """All tasks of the peers, in their interpreter."""
    command = [python, __file__, "--peers", *names]
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": ""}
    )
    return dict(json.loads(ran.stdout))


def shown(value: Any) -> str:
    """A cell."""
    if isinstance(value, list):
        return ", ".join(f"{one:.5f}" for one in value[:3]) + " …"
    if isinstance(value, str):
        return value
    return f"{value:.2g}" if abs(value) < 1e-2 else f"{value:.3f}"


def markdown(found: Found) -> str:
    """A table for each task."""
    parts = []
    for name, packages in found.items():
        heads = list(dict.fromkeys(head for one in packages.values() for head in one))
        parts.append(f"\n### {TASKS[name][0]}\n")
        parts.append("| package | " + " | ".join(heads) + " |\n" + "|---" * (len(heads) + 1) + "|")
        for package, one in packages.items():
            parts.append(
                "| " + " | ".join([package, *(shown(one[h]) if h in one else "" for h in heads)]) + " |"
            )
    return "\n".join(parts) + "\n"


def main() -> None:
    """All tasks, or those that the command line names."""
    options = [one for one in sys.argv[1:] if one.startswith("--")]
    names = [one for one in sys.argv[1:] if not one.startswith("--")] or list(TASKS)
    if "--peers" in options:
        print(json.dumps(here(names, 1)))
        return
    if "--versions" in options:
        print(", ".join(f"{one} {importlib.metadata.version(one)}" for one in PACKAGES))
        return
    ours, peers = here(names, 0), there([one for one in names if one != "gwet"], os.environ["PEERS"])
    if "gwet" in names and "PEERS2" in os.environ:
        peers |= there(["gwet"], os.environ["PEERS2"])
    found = {name: ours[name] | peers.get(name, {}) for name in names}
    text = markdown(found)
    print(text)
    if "--write" in options:
        ran = subprocess.run(
            [os.environ["PEERS"], __file__, "--versions"], capture_output=True, text=True, check=True
        )
        before = PAGE.read_text("utf-8").split(MARK)[0]
        PAGE.write_text(f"{before}{MARK}\n{ran.stdout.strip()}.\n{text}", "utf-8")


if __name__ == "__main__":
    main()
