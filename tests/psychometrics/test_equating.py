"""Observed-score equating against R's equate, Kolen & Brennan's printed table, and formulas written anew."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from examgen.stats import equating_methods as linear
from examgen.stats import equating_methods as methods
from examgen.stats.equating_methods import (
    NONEQUIVALENT_GROUPS,
    MethodOptions,
    analytic,
    bootstrap,
    equated,
    equipercentile_errors,
    jackknife,
    linear_errors,
    spread_of,
    synthetic,
)
from examgen.stats.matrix import Floats
from examgen.stats.score_distributions import (
    Degrees,
    Joint,
    LogLinear,
    Scales,
    choose,
    fit,
    joint_moments,
    moments,
    percentile_ranks,
    shares,
)
from tests.psychometrics.compared import compare_all
from tests.psychometrics.reference import compare, found, raw, results

LINE, RANKS, SMOOTH = 1e-8, 1e-5, 1e-4
"""Tolerances of the reference's README for linear, equipercentile and presmoothed equating."""
NONE = np.empty(0)


def act() -> tuple[Floats, Floats, Scales]:
    columns = raw("actmath")
    scale, x, y = (np.array(columns[name], dtype=np.float64) for name in ("scale", "xcount", "ycount"))
    return x, y, Scales(scale, scale, NONE)


def neat(name: str) -> tuple[Floats, Floats, Scales]:
    """Joint counts of total and anchor."""
    forms = []
    for form in "xy":
        if name == "kbneat":
            columns = raw(f"kbneat_{form}")
            pairs = [(int(a), int(b)) for a, b in zip(columns["total"], columns["anchor"], strict=True)]
        else:
            with found(f"data/sim_neat_form_{form}.csv").open() as file:
                rows = [[int(cell) for cell in row[1:]] for row in list(csv.reader(file))[1:]]
            pairs = [(sum(row), sum(row[30:])) for row in rows]
        forms.append(np.array(pairs))
    k = 36 if name == "kbneat" else 42
    counts = []
    for pairs_of in forms:
        table = np.zeros((k + 1, 13))
        np.add.at(table, (pairs_of[:, 0], pairs_of[:, 1]), 1)
        counts.append(table)
    return counts[0], counts[1], Scales(np.arange(k + 1.0), np.arange(k + 1.0), np.arange(13.0))


def models(x: Floats, y: Floats, scales: Scales, degrees: Degrees) -> tuple[LogLinear, LogLinear]:
    axes = ([scales.x], [scales.y]) if x.ndim == 1 else ([scales.x, scales.anchor], [scales.y, scales.anchor])
    one, two = fit(x, axes[0], degrees), fit(y, axes[1], degrees)
    assert one is not None
    assert two is not None
    return one, two


# ── reference ────────────────────────────────────────────────────────────────────────────────


def test_equivalent_groups_as_equate_has_them() -> None:
    told = results("actmath__equating")
    x, y, scales = act()
    file, by = "actmath__equating", told["results"]
    ranks = {f"ranks_{form}": percentile_ranks(shares(of)) for form, of in (("x", x), ("y", y))}
    compare_all("moments", file, {"x": moments(x, scales.x), "y": moments(y, scales.y)} | ranks, told)
    for name in methods.EQUIVALENT_GROUPS:
        tolerance = RANKS if name == "equipercentile" else LINE
        compare(file, name, equated(x, y, scales, MethodOptions(name)), by[name]["yx"], tolerance)
    errors = {"linear": linear_errors, "equipercentile": equipercentile_errors}
    compare_all("equating errors", file, {name: of(x, y, scales) for name, of in errors.items()}, by)
    for degree in (2, 4, 6):
        known = by[f"equipercentile_loglinear_{degree}"]
        known |= {name: [known[f"{name}_x"], known[f"{name}_y"]] for name in ("deviance", "aic")}
        smooth = models(x, y, scales, Degrees(degree))
        counts = {f"counts_{form}": one.counts() for form, one in zip("xy", smooth, strict=True)}
        ours = {name: [getattr(one, name) for one in smooth] for name in ("deviance", "aic")} | counts
        ours["y"] = equated(x, y, scales, MethodOptions("equipercentile", smooth=smooth))
        ours["se"] = equipercentile_errors(*counts.values(), scales)
        compare_all("presmoothing", file, ours, known, f"loglinear {degree} ")


NEAT_LINES = {
    "tucker": "tucker_linear", "tucker-mean": "tucker_mean", "levine": "levine_observed_linear",
    "frequency-estimation": "frequency_estimation",
}  # fmt: skip


def of_counts(weight: float, x: Floats, y: Floats) -> float:
    """The share of population 1 where counts are weighed, as R's equate 2.0.9 does in place of shares where it
    estimates frequencies."""
    first, second = weight * x.sum(), (1 - weight) * y.sum()
    return float(first / (first + second))


@pytest.mark.parametrize("name", ["kbneat", "sim_neat"])
def test_nonequivalent_groups_as_equate_has_them(name: str) -> None:
    told = results(f"{name}__equating")
    x, y, scales = neat(name)
    file, by = f"{name}__equating", told["results"]
    for of, label in ((x, "x"), (y, "y")):
        joint = joint_moments(of, scales.x, scales.anchor)
        ours = [
            joint.mean, joint.variance**0.5, joint.anchor_mean, joint.anchor_variance**0.5, joint.covariance,
        ]  # fmt: skip
        compare(file, f"moments {label}", ours, told[f"mean_sd_total_anchor_{label}"], 1e-10)
    weights = {"proportional": x.sum() / (x.sum() + y.sum()), "x_only": 1.0, "half": 0.5}
    for label, weight in weights.items():
        for method, theirs in NEAT_LINES.items():
            by_counts = method == "frequency-estimation"
            own = of_counts(weight, x, y) if by_counts else weight
            ours = equated(x, y, scales, MethodOptions(method, own))
            tolerance = RANKS if method == "frequency-estimation" else LINE
            weighed = ", counts weighed" if by_counts else ""
            compare(file, f"{method} {label}{weighed}", ours, by[f"{theirs}_{label}"]["yx"], tolerance)
    for method, theirs in (
        ("levine-true", "levine_true_linear"), ("chained-linear", "chained_linear"), ("chained-mean", "chained_mean"),
        ("chained-equipercentile", "chained_equipercentile"),
    ):  # fmt: skip
        tolerance = RANKS if method == "chained-equipercentile" else LINE
        compare(file, method, equated(x, y, scales, MethodOptions(method)), by[theirs]["yx"], tolerance)
    smooth = models(x, y, scales, Degrees(4, 4, 2))
    compare(file, "smoothed counts x", smooth[0].counts(), told["smoothed_counts_x"], SMOOTH)
    compare(file, "smoothed counts y", smooth[1].counts(), told["smoothed_counts_y"], SMOOTH)
    for method, label in (("frequency-estimation", ", counts weighed"), ("chained-equipercentile", "")):
        weight = of_counts(0.5, x, y) if label else 0.5
        theirs = by[f"{method.replace('-', '_')}_loglinear{'_half' if label else ''}"]["yx"]
        ours = equated(x, y, scales, MethodOptions(method, weight, smooth=smooth))
        compare(file, f"{method} loglinear{label}", ours, theirs, SMOOTH)


def test_the_printed_tables_of_kolen_and_brennan() -> None:
    x, y, scales = act()
    printed = results("actmath__kolen_brennan")
    ours = equated(x, y, scales, MethodOptions("equipercentile"))[printed["score"]]
    compare("Kolen & Brennan table 2.7", "equipercentile", ours, printed["equivalent"], 5.1e-5)
    of_x = moments(x, scales.x)
    assert of_x.sd * np.sqrt(1 - 1 / of_x.n) == pytest.approx(printed["sd_x"], abs=5e-5)
    joint = joint_moments(neat("kbneat")[0], np.arange(37.0), np.arange(13.0))
    n = 1 - 1 / joint.n
    sd = [np.sqrt(variance * n) for variance in (joint.variance, joint.anchor_variance)]
    ours = [joint.mean, sd[0], joint.anchor_mean, sd[1], joint.covariance * n]
    compare("Kolen & Brennan table 4.4", "moments of form X", ours, printed["moments_4_4"], 5.1e-5)


# ── without a reference ──────────────────────────────────────────────────────────────────────


def simulated(seed: int, n: int = 800, k: int = 20, v: int = 6) -> tuple[Floats, Floats, Scales]:
    """Two forms with an internal anchor."""
    rng = np.random.default_rng(seed)
    counts = []
    for harder, able in ((0.4, -0.2), (0.0, 0.2)):
        theta = rng.normal(able, 1, n)[:, None]
        b = np.concatenate([np.linspace(-1, 1, v), np.linspace(-1.5, 1.5, k - v) + harder])
        right = rng.random((n, k)) < 1 / (1 + np.exp(b - theta))
        table = np.zeros((k + 1, v + 1))
        np.add.at(table, (right.sum(axis=1), right[:, :v].sum(axis=1)), 1)
        counts.append(table)
    return counts[0], counts[1], Scales(np.arange(k + 1.0), np.arange(k + 1.0), np.arange(v + 1.0))


def plain_equipercentile(p: Floats, q: Floats) -> list[float]:
    """Kolen & Brennan's eq. 2.14 to 2.18 in loops, on 0 … K."""
    ends = [sum(q[: j + 1]) for j in range(len(q))]
    out = []
    for i in range(len(p)):
        rank = sum(p[:i]) + p[i] / 2
        if rank < 1e-12:
            out.append(-0.5)
            continue
        up = next(j for j in range(len(q)) if ends[j] > rank + 1e-12)
        low = max((j for j in range(len(q)) if ends[j] < rank - 1e-12), default=-1)
        high = up - 0.5 + (rank - (ends[up - 1] if up else 0)) / q[up]
        least = low + 0.5 + (rank - (ends[low] if low >= 0 else 0)) / q[low + 1]
        out.append((high + least) / 2)
    return out


def test_equipercentile_in_loops_with_gaps_and_ties() -> None:
    rng = np.random.default_rng(7)
    scales = Scales(np.arange(9.0), np.arange(9.0), NONE)
    for _ in range(200):
        x, y = rng.multinomial(12, np.ones(9) / 9, size=2).astype(np.float64)
        x[8] = y[8] = 1
        y[rng.integers(0, 8)] = 0
        ours = equated(x, y, scales, MethodOptions("equipercentile"))
        np.testing.assert_allclose(ours, plain_equipercentile(x / x.sum(), y / y.sum()), atol=1e-9)


@pytest.mark.parametrize("method", NONEQUIVALENT_GROUPS)
def test_a_form_equated_to_itself_in_one_group_stays_as_it_is(method: str) -> None:
    x, _, scales = simulated(1)
    inside = x.sum(axis=1) > 0
    ours = equated(x, x, scales, MethodOptions(method))
    np.testing.assert_allclose(ours[inside], scales.x[inside], atol=1e-7)


@pytest.mark.parametrize("method", NONEQUIVALENT_GROUPS)
def test_many_samples_at_once_are_each_alone(method: str) -> None:
    samples = [simulated(seed) for seed in (1, 2, 3)]
    scales = samples[0][2]
    xs, ys = np.stack([one[0] for one in samples]), np.stack([one[1] for one in samples])
    smooth = models(xs[0], ys[0], scales, Degrees(3, 3, 1)) if method in methods.BY_RANKS else None
    asked = MethodOptions(method, 0.3, smooth=smooth)
    together = equated(xs, ys, scales, asked)
    for n in range(3):
        np.testing.assert_allclose(together[n], equated(xs[n], ys[n], scales, asked), atol=1e-9)


def congeneric(length: float, anchor: float, ability: float, internal: bool) -> Joint:
    """The moments of tests that are so many units of one kind long: per unit the mean is `ability`, the true
    variance 1 and the variance of the error 2, which is common as far as the anchor is a part of the test."""
    shared = 2 * anchor if internal else 0
    moments_ = (length * ability, anchor * ability, length**2 + 2 * length, anchor**2 + 2 * anchor)
    return Joint(*map(np.array, (1000.0, *moments_, length * anchor + shared)))


@pytest.mark.parametrize("internal", [True, False])
def test_levine_puts_true_scores_of_congeneric_tests_on_one_line(internal: bool) -> None:
    """True scores of tests 30 and 40 units long are as 30 to 40, whoever took which (eq. 4.53, 4.58)."""
    x, y = congeneric(30, 10, 0.4, internal), congeneric(40, 10, 0.7, internal)
    assert linear.levine_true(x, y, internal) == pytest.approx((40 / 30, 0))
    found = linear.levine(x, y, 0.25, internal)
    assert found.mean_x == pytest.approx(30 * (0.25 * 0.4 + 0.75 * 0.7))
    assert found.mean_y == pytest.approx(40 * (0.25 * 0.4 + 0.75 * 0.7))
    # of both groups together the true variance per unit is 1 and what their means differ
    between = 1 + 0.25 * 0.75 * 0.3**2
    assert found.sd_x**2 == pytest.approx(30**2 * between + 2 * 30)
    assert found.sd_y**2 == pytest.approx(40**2 * between + 2 * 40)


def test_a_circle_arc_is_an_arc_upon_the_line_between_its_ends() -> None:
    scores = np.array([5.0, 12.0, 20.0, 33.0, 40.0])
    points = (5.0, 7.0), (np.array(20.0), np.array(24.0)), (40.0, 40.0)
    found = linear.circle_arc(scores, *points)
    assert found[[0, 2, 4]] == pytest.approx([7, 24, 40])
    above = found - (7 + (scores - 5) * 33 / 35)
    for n in (1, 3):  # each lies on the circle through the three points
        on = [0, 2, 4, n]
        rows = np.stack([scores[on] ** 2 + above[on] ** 2, scores[on], above[on], np.ones(4)])
        assert np.linalg.det(rows) == pytest.approx(0, abs=1e-6)


def test_smoothing_keeps_the_moments_that_it_says() -> None:
    x, _, scales = simulated(4)
    model = fit(x, [scales.x, scales.anchor], Degrees(3, 2, 1))
    assert model is not None
    fitted = model.counts()
    for i, j in ((1, 0), (2, 0), (3, 0), (0, 1), (0, 2), (1, 1)):
        weights = np.outer(scales.x**i, scales.anchor**j)
        assert (fitted * weights).sum() == pytest.approx((x * weights).sum(), rel=1e-9)


def test_degrees_are_chosen_where_the_sample_tells_them() -> None:
    scale = np.arange(31.0)
    z = (scale - 15) / 6
    truth = np.exp(-0.5 * z**2 + 0.15 * z**3 - 0.08 * z**4)
    counts = np.random.default_rng(3).multinomial(50_000, truth / truth.sum()).astype(np.float64)
    for criterion in ("aic", "bic", "lr"):
        model, looked = choose(counts, [scale], criterion)
        assert model is not None
        assert model.degrees.total in (4, 5), criterion
        assert [one.degrees.total for one in looked] == list(range(1, 11))
        assert sum(one.taken for one in looked) == 1


def test_too_few_different_scores_are_not_smoothed() -> None:
    scale = np.arange(11.0)
    three = np.array([0, 0, 5, 9, 4, 0, 0, 0, 0, 0, 0], dtype=np.float64)
    assert fit(three, [scale], Degrees(1)) is not None
    assert fit(three, [scale], Degrees(3)) is None
    assert fit(np.where(scale == 4, 20.0, 0.0), [scale], Degrees(1)) is None


@pytest.mark.parametrize(
    "asked",
    [
        MethodOptions("tucker"), MethodOptions("levine"), MethodOptions("levine-true"), MethodOptions("chained-linear"),
        MethodOptions("chained-mean"),
    ],
    ids=lambda asked: asked.method,
)  # fmt: skip
def test_errors_by_differences_are_those_of_the_bootstrap(asked: MethodOptions) -> None:
    x, y, scales = simulated(6, n=2_000)
    by_samples = spread_of(bootstrap(x, y, scales, asked, 1_500, 1), 0.95)[0]
    np.testing.assert_allclose(jackknife(x, y, scales, asked), by_samples, rtol=0.1)


@pytest.mark.parametrize("method", ["frequency-estimation", "chained-equipercentile"])
def test_errors_of_smooth_conversions(method: str) -> None:
    x, y, scales = simulated(8, n=3_000)
    asked = MethodOptions(method, smooth=models(x, y, scales, Degrees(4, 3, 1)))
    made = bootstrap(x, y, scales, asked, 600, 2)
    assert len(made) == 600
    ratio = (analytic(x, y, scales, asked)[0] / spread_of(made, 0.95)[0])[4:17]
    assert 0.85 < ratio.min() < ratio.max() < 1.15


def test_formulas_of_the_literature_are_the_differences() -> None:
    x, y, scales = simulated(9, n=4_000)
    x, y, scales = x.sum(axis=1), y.sum(axis=1), scales._replace(anchor=NONE)
    by_line = jackknife(x, y, scales, MethodOptions("linear"))
    np.testing.assert_allclose(by_line, linear_errors(x, y, scales), rtol=1e-3)
    smooth = MethodOptions(
        "equipercentile"
    )  # Lord takes scores on X as continuous: half a score's share too much
    np.testing.assert_allclose(
        jackknife(x, y, scales, smooth)[3:18], equipercentile_errors(x, y, scales)[3:18], rtol=0.1
    )


def test_the_bootstrap_is_the_seed() -> None:
    x, y, scales = simulated(10)
    runs = [bootstrap(x, y, scales, MethodOptions("tucker"), 50, seed) for seed in (1, 1, 2)]
    assert np.array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_shares_of_an_anchor_score_that_a_group_lacks_are_left_out() -> None:
    x, y, scales = simulated(11)
    x[:, 6] = 0
    f, g = synthetic(x, y, 0.5)
    assert f.sum() == pytest.approx(1)
    assert g.sum() == pytest.approx(1)
    assert np.isfinite(equated(x, y, scales, MethodOptions("frequency-estimation"))).all()
