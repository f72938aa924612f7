"""Every number, picture and sentence of an analysis of two forms that lie 12 points apart, computed anew."""

from __future__ import annotations

import re
from math import sqrt
from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

from tests.reports.readback.analysis_facts import Facts, FormFacts, fisher, table, wilson
from tests.reports.readback.analysis_page import AnalysisPage, Figure, number
from tests.reports.readback.analysis_sitting import WRONG_KEY, N, Sitting, sit


class Made(NamedTuple):
    """The sitting, its page, and the facts."""

    sitting: Sitting
    page: AnalysisPage
    facts: Facts


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    sitting = sit(tmp_path_factory.mktemp("analysis"))
    page = AnalysisPage(sitting.report / "report.html")
    return Made(sitting, page, Facts(sitting.package, sitting.answers))


def shows(text: str, value: float | None, digits: int = 2) -> None:
    """The text is the value, rounded."""
    if value is None or np.isnan(value):
        assert text == "–"
        return
    assert number(text) == pytest.approx(value, abs=0.5001 * 10**-digits + 2e-5), (text, value)
    assert len(text.partition(".")[2]) in (digits, 0)


def interval(text: str, ends: tuple[float, float]) -> None:
    low, high = text.split(" – ")
    shows(low, ends[0])
    shows(high, ends[1])


def test_the_forms_are_as_far_apart_as_they_are_meant_to_be(made: Made) -> None:
    means = [form.total.mean() for form in made.facts.forms.values()]
    assert means == pytest.approx([29.7, 18.1], abs=0.3)
    assert [form.n for form in made.facts.forms.values()] == [N, N]


def test_head_and_tiles(made: Made) -> None:
    page, facts = made.page, made.facts
    assert "candidates 444" in page.facts
    assert "items 80" in page.facts
    assert "model rasch" in page.facts
    assert any("The forms share no items: their difficulties compare only if" in one for one in page.notices)
    assert not any("Only" in one for one in page.notices)
    flagged = sum(bool(flags) for _, flags in page.table.values())
    assert page.tiles[0].endswith("keys in doubt 1")
    assert page.tiles[1].endswith(f"items to look at {flagged} / 80")
    for tile, form in zip(page.tiles[2:], facts.forms.values(), strict=True):
        value, low, high = re.search(r"form \w ([\d.]+) 95 % ([\d.]+) – ([\d.]+)$", tile).groups()  # type: ignore[union-attr]
        shows(value, form.alpha)
        shows(low, form.alpha_interval[0])
        shows(high, form.alpha_interval[1])


def test_the_one_wrong_key_and_what_is_said_of_it(made: Made) -> None:
    form = made.facts.forms[WRONG_KEY[0]]
    j = WRONG_KEY[1] - 1
    [(words, figure)] = made.page.alarms
    better, probability = form.wrong_key(j)
    took = (form.chosen[form.able, j] == better).sum()
    kept = (form.chosen[form.able, j] == form.key[j]).sum()
    assert probability > 0.999
    assert (
        f"almost certain: of the {form.able.sum()} most able (upper 27 %, equal totals with them) {took} chose {better}, {kept} the key "
        f"{form.key[j]}; the probability that {better} is right and the key wrong is above 0.999; the correlation "
        f"with the rest of the test is {form.r_rest(j, better):.2f} for {better} and {form.item_rest(j):.2f} "
        f"for the key ({N} candidates)"
    ) in words
    assert (
        f"แทบแน่นอน: ในกลุ่มคะแนนสูงร้อยละ 27 ({form.able.sum()} คน รวมผู้ที่คะแนนเท่ากัน) เลือก {better} {took} คน"
        in words
    )
    assert (
        f"สหสัมพันธ์กับคะแนนข้ออื่นของ {better} คือ {form.r_rest(j, better):.2f} ของเฉลยคือ {form.item_rest(j):.2f}"
        in words
    )
    assert "The able prefer another option to the key." in words
    assert form.item_rest(j) < 0
    assert "The key goes with low scores, and one distractor with high ones." in words
    assert stats.binom.cdf(form.x[:, j].sum(), (form.chosen[:, j] != "").sum(), 0.25) < 0.01
    assert "Fewer are right than guessing would give." in words
    assert f"key: {better}" in words
    options_figure(figure, form, j)


def test_no_other_key_is_as_probable_to_be_wrong(made: Made) -> None:
    for form in made.facts.forms.values():
        for j in range(0, len(form.items), 3):
            if (form.form, j + 1) != WRONG_KEY:
                assert form.wrong_key(j)[1] < 0.1


def test_the_forms_as_a_whole(made: Made) -> None:
    rows = made.page.forms

    def of(end: str) -> list[str]:
        [cells] = [cells for name, cells in rows.items() if name.endswith(end)]
        return cells

    for n, form in enumerate(made.facts.forms.values()):
        cut = form.cut(made.sitting.package)
        sd = form.total.std(ddof=1)
        assert of("candidates")[n] == str(form.n)
        assert of("items")[n] == "40"
        shows(of("mean number right")[n], form.total.mean())
        shows(of("standard deviation of the number right")[n], sd)
        shows(of("Cronbach's alpha")[n], form.alpha, 3)
        shows(of("Guttman's lambda 2 (of correlations)")[n], form.lambda2, 3)
        shows(of("split half, odd and even (Spearman–Brown)")[n], form.split_half, 3)
        shows(of("KR-21")[n], form.kr21, 3)
        shows(of("SEM from alpha: SD·√(1−alpha)")[n], sd * sqrt(1 - form.alpha))
        shows(of("cut, points")[n], cut)
        shows(of("SEM at the cut (Lord's binomial error)")[n], form.lord(cut))
        assert form.alpha <= number(of("omega (one factor, of correlations)")[n]) + 0.01 < 1
    assert len(rows) == 12


def test_the_sentences_of_the_test(made: Made) -> None:
    facts, words = made.facts, " ".join(made.page.words)
    assert "the one at the cut marks a second look, and is that of the reports of results." in words
    assert "points of the run" not in words  # each item is a point here
    n = min(int((~np.isnan(made.facts.matrix)).sum(axis=0).max()), N)
    assert f"Rasch model: the item with the fewest candidates has {n}, too few to tell slopes apart." in words
    eap, se = facts.rasch.eap, facts.rasch.eap_se
    reliability = eap.var(ddof=1) / (eap.var(ddof=1) + (se**2).mean())
    shows(re.search(r"Reliability of abilities \(EAP\) ([\d.]+\d)\.", words)[1], reliability, 3)  # type: ignore[index]
    a, b = (facts.theta_cut(form) for form in "AB")
    found = re.search(
        r"standards on the scale of ability: A (\S+) \(SE (\S+)\), B (\S+) \(SE (\S+)\)\. To pass, form B takes (\S+) "
        r"logits more than form A \(95 %: (\S+) to (\S+)\)\. That takes the candidates of the forms as alike, since "
        r"the forms share no items: if those of form B are less able, it is not so\.",
        words,
    )
    assert found is not None
    by_b = {form: facts.cut_gradient(form) for form in "AB"}
    error = facts.error_of(by_b["B"] - by_b["A"])
    ends = [b - a + z * error for z in stats.norm.ppf([0.025, 0.975])]
    told = (a, facts.error_of(by_b["A"]), b, facts.error_of(by_b["B"]), b - a, *ends)
    for text, value in zip(found.groups(), told, strict=True):
        shows(text, value)
    thai = [f"{value:.2f}".replace("-", "−") for value in told]
    assert f"A {thai[0]} (SE {thai[1]}), B {thai[2]} (SE {thai[3]})" in words
    assert f"{thai[4]} ลอจิต (95 %: {thai[5]} ถึง {thai[6]}) จึงจะผ่าน" in words
    assert "they are not on one scale: places on different forms compare only if" in words
    assert "on one scale, by the items" not in words
    assert "ถือว่าผู้เข้าสอบของแต่ละชุดมีความสามารถเท่ากัน" in words
    assert "M2 would be too small" in " ".join(made.page.limits)


# ── figures ──────────────────────────────────────────────────────────────────────────────────


def test_distributions_of_scores(made: Made) -> None:
    for form in made.facts.forms.values():
        [(figure, words)] = [
            own for name, own in made.page.plots.items() if f"Scores of form {form.form}" in name
        ]
        cut = form.cut(made.sitting.package)
        low, high = form.band(cut)
        counts = {int(s): int((form.total == s).sum()) for s in np.unique(form.total)}
        assert figure.told == (
            "; ".join(f"{s}: {n}" for s, n in counts.items())
            + f"; จุดตัด cut {cut:g}; cut ± SEM {form.lord(cut):.2f}: {low}–{high}"
        )
        assert f"within one SEM at the cut (Lord's binomial error) of the cut: {form.lord(cut):.2f}" in words
        (a, b), (c, d) = figure.scale(True), figure.scale(False)
        bars = [r for r in figure.rects if r.get("fill") == "#5f92ba"]
        middles = [(float(r["x"]) + float(r["width"]) / 2 - a) / b for r in bars]
        heights = [(float(r["y"]) - c) / d for r in bars]
        assert middles == pytest.approx(list(counts), abs=0.01)
        assert heights == pytest.approx(list(counts.values()), abs=0.02)
        [line] = [one for one in figure.lines if one.dashed]
        assert (line.x1 - a) / b == pytest.approx(cut - 0.5, abs=0.01)
        [band] = [r for r in figure.rects if r.get("fill") == "#e3edf5"]
        edges = [(float(band["x"]) + w - a) / b for w in (0, float(band["width"]))]
        assert edges == pytest.approx([low - 0.5, high + 0.5], abs=0.01)


def test_wright_maps_have_one_scale_and_each_its_own_form(made: Made) -> None:
    scales = []
    for form in made.facts.forms.values():
        [(figure, _)] = [
            own for name, own in made.page.plots.items() if f"Wright map, form {form.form}" in name
        ]
        cut, b = made.facts.theta_cut(form.form), made.facts.b_of(form.form)
        told, people, items = re.fullmatch(r"cut (\S+)\. candidates (.*)\. items (.*)", figure.told).groups()  # type: ignore[union-attr]
        shows(told, cut)
        shown = dict(one.rsplit(" ", 1) for one in items.split("; "))
        of = dict(zip(form.items, b, strict=True))
        assert set(shown) == set(form.items)
        assert np.diff([of[item] for item in shown]).min() > -1e-5
        for j, item in enumerate(form.items):
            shows(shown[item], b[j])
        eap = made.facts.eap_of(form.form)
        bars = {number(one.split(": ")[0]): int(one.split(": ")[1]) for one in people.split("; ")}
        assert sum(bars.values()) == N
        near = sum(abs(n - ((eap >= t) & (eap < t + 0.25)).sum()) for t, n in bars.items())
        assert near <= 2  # an ability within 1e-6 of an edge may fall on either side
        ticks = {
            number(words): min(
                (one for one in figure.lines if abs(one.y1 - y + 3.5) < 0.02), key=lambda o: o.x1
            ).y1
            for x, y, words in figure.texts
            if re.fullmatch(r"−?\d", words) and 115 < x < 130
        }
        v0, v1 = min(ticks), max(ticks)
        slope = (ticks[v1] - ticks[v0]) / (v1 - v0)
        scales.append((v0, slope))
        marks = sorted((one.y1 - ticks[v0]) / slope + v0 for one in figure.lines
                       if (one.x1, one.x2) == (130.0, 137.0))  # fmt: skip
        assert marks == pytest.approx(sorted(b), abs=0.01)
        [line] = [one for one in figure.lines if one.dashed]
        assert (line.y1 - ticks[v0]) / slope + v0 == pytest.approx(cut, abs=0.01)
        [label] = [(y, words) for _, y, words in figure.texts if "cut" in words]
        assert label[1].endswith(f"{cut:.2f}".replace("-", "−"))
        assert 0 < line.y1 - label[0] < 8
        names = [words for x, _, words in sorted(figure.texts, key=lambda t: t[1]) if words in form.items]
        assert set(names) == set(shown)
        assert np.diff([of[item] for item in names]).max() < 1e-5
    assert scales[0] == pytest.approx(scales[1])


def test_information(made: Made) -> None:
    [(figure, _)] = [own for name, own in made.page.plots.items() if "Test information" in name]
    parts = figure.told.split(". ", 2)
    for form, words in zip("AB", parts[:2], strict=True):
        for theta, value in re.findall(r"ability (\S+): ([\d.]+)", words):
            shows(value.rstrip("."), made.facts.information(form, number(theta)))
    for form in "AB":
        assert f"จุดตัด cut {form} {made.facts.theta_cut(form):.2f}".replace("-", "−") in figure.told
    (a, b), (c, d) = figure.scale(True), figure.scale(False)
    long = [curve for curve in figure.curves if len(curve) > 10]
    for form, curve in zip("AB", long, strict=True):
        for x, y in curve[::8]:
            assert (y - c) / d == pytest.approx(made.facts.information(form, (x - a) / b), abs=0.02)
    dashed = sorted((one.x1 - a) / b for one in figure.lines if one.dashed)
    assert dashed == pytest.approx(sorted(made.facts.theta_cut(form) for form in "AB"), abs=0.01)


def options_figure(figure: Figure, form: FormFacts, j: int) -> None:
    """Shares by fifth, how many each fifth has, and the intervals of the key."""
    sizes = np.bincount(form.fifth, minlength=5)
    order = sorted(form.orders[j])
    shares = {option: form.fifths(j, option) for option in order}
    told = [f"n {', '.join(map(str, sizes))}"]
    told += [f"{o}{' (key)' if o == form.key[j] else ''}: " for o in order]
    for part, start in zip(figure.told.split("; "), told, strict=True):
        assert part.startswith(start)
    for option in order:
        shown = re.search(rf"(?:^|; ){option}(?: \(key\))?: ([^;]*)", figure.told)[1]  # type: ignore[index]
        assert [int(s[:-2]) for s in shown.split(", ")] == pytest.approx(
            [100 * share for share in shares[option]], abs=0.5001
        )
    for n, size in enumerate(sizes, start=1):
        assert any(words == f"{n} (n={size})" for _, _, words in figure.texts)
    c, d = figure.scale(False)
    for curve, option in zip(figure.curves, order, strict=True):
        assert [(y - c) / d / 100 for _, y in curve] == pytest.approx(shares[option], abs=0.002)
    bars = [one for one in figure.lines if one.stroke == "#444" and one.x1 == one.x2]
    ends = [sorted(((one.y1 - c) / d / 100, (one.y2 - c) / d / 100)) for one in bars]
    wanted = [wilson(share * size, size) for share, size in zip(shares[form.key[j]], sizes, strict=True)]
    assert np.array(ends) == pytest.approx(np.clip(np.array(wanted), 0, 1), abs=0.002)


# ── items ────────────────────────────────────────────────────────────────────────────────────


def test_the_table_of_items(made: Made) -> None:
    facts = made.facts
    assert set(made.page.table) == set(facts.place)
    for item, (cells, _) in made.page.table.items():
        form, j = facts.place[item]
        column = facts.columns[item]
        assert cells[0] == str(form.n)
        at, _, of = cells[4].rpartition(" ")
        assert facts.forms[of] is form, "of forms without common items"
        for text, value in zip(
            [*cells[1:4], at, *cells[5:]],
            (
                form.x[:, j].mean(),
                form.item_rest(j),
                form.d27(j),
                facts.rasch.b[column],
                facts.squares[1][column],
                facts.squares.outfit_z[column],
            ),
            strict=True,
        ):
            shows(text, value)


def test_the_page_of_each_item(made: Made) -> None:
    facts = made.facts
    for item, page in made.page.items.items():
        form, j = facts.place[item]
        column, p = facts.columns[item], form.x[:, j].mean()
        assert page.where.endswith(f"{form.form} {j + 1}")
        assert page.keys == [form.key[j]]
        for option, (n, share, r, mean) in page.options.items():
            took = form.chosen[:, j] == ("" if option == "–" else option)
            assert n == str(took.sum())
            shows(share, 100 * took.mean(), 0)
            shows(r, form.r_rest(j, "" if option == "–" else option))
            shows(mean, 100 * form.total[took].mean() / 40 if took.any() else None, 0)
        figures = page.figures
        shows(figures["facility"][0], p)
        interval(figures["facility"][1], wilson(form.x[:, j].sum(), form.n))
        shows(figures["item–rest"][0], form.item_rest(j))
        interval(figures["item–rest"][1], fisher(form.item_rest(j), form.n))
        shows(figures["biserial"][0], form.biserial(j))
        shows(figures["D27"][0], form.d27(j))
        shows(figures["difficulty b"][0], facts.rasch.b[column])
        shows(figures["difficulty b"][1].removeprefix("± "), facts.rasch.se[column])
        assert figures["slope a"] == ("1.00", "")
        for name in ("infit", "outfit"):
            shows(figures[name][0], getattr(facts.squares, name)[column])
            shows(figures[name][1].removeprefix("z "), getattr(facts.squares, f"{name}_z")[column], 1)
        value, df = facts.s_x2[item]
        p_value = float(stats.chi2.sf(value, df))
        shows(figures["S-X2"][0], value if df > 0 else None, 1)
        if df < 1:
            assert figures["S-X2"][1] == ""
        elif p_value < 0.001:
            assert figures["S-X2"][1] == "p < 0.001"
        else:
            shows(figures["S-X2"][1].removeprefix("p "), p_value, 3)
        options_figure(page.plots[0], form, j)
        curve_figure(page.plots[1], facts, item)


def curve_figure(figure: Figure, facts: Facts, item: str) -> None:
    """The model's curve, and eight groups of like ability with Wilson's intervals."""
    column = facts.columns[item]
    (a, b), (c, d) = figure.scale(True), figure.scale(False)
    [curve] = figure.curves
    for x, y in curve[::5]:
        wanted = 100 / (1 + np.exp(facts.rasch.b[column] - (x - a) / b))
        assert (y - c) / d == pytest.approx(wanted, abs=0.3)
    answered = facts.matrix[:, column]
    groups = re.findall(r"ability (\S+): (\d+) % of (\d+)", figure.told)
    assert sum(int(n) for *_, n in groups) == (~np.isnan(answered)).sum()
    right = sum(round(int(share) * int(n) / 100) for _, share, n in groups)
    assert right == pytest.approx(np.nansum(answered), abs=4)
    assert len(figure.dots) == len(groups) == 8


def drawing_the_able(facts: Facts) -> tuple[set[tuple[str, str]], int]:
    """(item, option) of distractors that go with high scores, by Holm's rule at 5 %, and how many were tested."""
    p: list[tuple[float, str, str]] = []
    for item, (form, j) in facts.place.items():
        for option in set(form.orders[j]) - {form.key[j]}:
            n = int((form.chosen[:, j] == option).sum())
            if 10 <= n <= form.n - 10:
                r = form.r_rest(j, option) or 0.0
                p.append((float(stats.norm.sf(r * sqrt(form.n - 1))), item, option))
    p.sort()
    stop = next(n for n, (one, *_) in enumerate(p) if one > 0.05 / (len(p) - n))
    return {(item, option) for _, item, option in p[:stop]}, len(p)


def test_flags_are_raised_where_the_docs_say(made: Made) -> None:
    drawing, n_tests = drawing_the_able(made.facts)
    assert drawing
    for item, (_, flags) in made.page.table.items():
        form, j = made.facts.place[item]
        p, r = form.x[:, j].mean(), form.item_rest(j)
        low, high = fisher(r, form.n)
        assert ("too hard" in flags) == (p < 0.2)
        assert ("too easy" in flags) == (p > 0.95)
        assert ("check the key" in flags) == (high < 0)
        assert ("low discrimination" in flags) == (0 <= high < 0.15)
        answered = int((form.chosen[:, j] != "").sum())
        below = wilson(form.x[:, j].sum(), answered)[1] < 0.25 and low <= 0
        assert ("below guessing" in flags) == below
        wrong = {o: int((form.chosen[:, j] == o).sum()) for o in form.orders[j] if o != form.key[j]}
        all_wrong = sum(wrong.values())
        idle = [
            o for o, n in wrong.items()
            if n / form.n < 0.05 and all_wrong and wilson(n, all_wrong)[1] < 0.5 / 3
        ]  # fmt: skip
        assert ("idle distractor" in flags) == bool(idle)
        attracts = [option for name, option in drawing if name == item]
        assert ("distractor attracts the able" in flags) == bool(attracts)
        square = made.facts.squares
        column = made.facts.columns[item]
        odd = abs(square.outfit_z[column]) > 2.58 and not 0.7 <= square.outfit[column] <= 1.3
        value, df = made.facts.s_x2[item]
        assert ("misfit" in flags) == (odd or stats.chi2.sf(value, df) < 0.001)
        told = " ".join(made.page.items[item].todo)
        assert all(f"{o} was chosen by" in told for o in idle)
        for option in attracts:
            took = form.chosen[:, j] == option
            able, rest = (int((took & who).sum()) for who in (form.able, ~form.able))
            n_able, n_rest = int(form.able.sum()), int((~form.able).sum())
            assert f"option–rest correlation {form.r_rest(j, option):.2f} (p < 0.001)" in told
            assert f"beyond chance over {n_tests} distractors" in told
            assert (
                f"of the {n_able} most able (upper 27 %, equal totals with them) {able} chose it, of the {n_rest} others {rest}"
                in told
            )
            assert (
                f"จำนวน {n_able} คน (รวมผู้ที่คะแนนเท่ากัน) เลือก {able} คน ส่วนคนอื่น {n_rest} คน เลือก {rest} คน"
                in told
            )


def test_the_tables_beside_the_report(made: Made) -> None:
    facts = made.facts
    for row in table(made.sitting.report / "items.csv"):
        form, j = facts.place[row["item"]]
        assert float(row["facility"]) == pytest.approx(form.x[:, j].mean())
        assert float(row["item_rest"]) == pytest.approx(form.item_rest(j))
        assert float(row["d27"]) == pytest.approx(form.d27(j))
    for row in table(made.sitting.report / "options.csv"):
        form, j = facts.place[row["item"]]
        took = form.chosen[:, j] == row["option"]
        sizes = np.bincount(form.fifth, minlength=5)
        assert [int(row[f"fifth_{n}_n"]) for n in range(1, 6)] == sizes.tolist()
        shares = [took[form.fifth == n].mean() for n in range(5)]
        assert [float(row[f"fifth_{n}"]) for n in range(1, 6)] == pytest.approx(shares)
        size = round(0.27 * form.n)
        order = np.argsort(form.total, kind="stable")
        assert (int(row["low27_n"]), int(row["high27_n"])) == (size, size)
        assert float(row["low27"]) == pytest.approx(took[order[:size]].mean())
        assert float(row["high27"]) == pytest.approx(took[order[-size:]].mean())
        if took.any():
            assert float(row["mean_score"]) == pytest.approx(form.total[took].mean())
            assert float(row["mean_share"]) == pytest.approx(form.total[took].mean() / 40)
