"""Pictures of `examgen.stats`: what is drawn, that labels keep apart, that Thai prints."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pytest

import examgen.stats as es

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
RNG = np.random.default_rng(1)
GROUPS = np.array(["ชาย", "หญิง", "ไม่ระบุ"])


def _items(n: int, name: str = "I") -> dict[str, Any]:
    return {"item": [f"{name}{j + 1:02d}" for j in range(n)], "b": RNG.normal(size=n)}


def _fit(n: int, name: str = "I") -> es.IrtFit:
    return es.irt(es.simulate(_items(n, name), 200), "rasch", standard_errors=False)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    from matplotlib import pyplot

    pyplot.close("all")


def _drawn(on: Any) -> Any:
    """The axes after drawing, as `savefig` does it; a letter without a glyph warns, which fails."""
    on.figure.canvas.draw()
    return on


@pytest.mark.long("pages of drawings; curves and information are drawn each time")
@pytest.mark.parametrize(("n", "name"), [(6, "I"), (60, "I"), (30, "ข้อสอบวัดผลสัมฤทธิ์ทางการเรียนรู้ชั้นต้น ")])
def test_labels_of_a_wright_map_keep_apart_and_inside(n: int, name: str) -> None:
    on = _drawn(_fit(n, name).plot.wright_map())
    boxes = [text.get_window_extent() for text in on.texts]
    assert len(boxes) == n
    inside = on.get_window_extent()
    assert all(inside.x0 <= box.x0 and box.x1 <= inside.x1 for box in boxes)
    # a line of text is as high as its tallest letter: labels may touch, never cover
    assert not any(a.padded(-1.0).overlaps(b.padded(-1.0)) for a, b in combinations(boxes, 2))
    assert on.get_xticklabels()[0].get_text() == "0"


@pytest.mark.long("pages of drawings; curves and information are drawn each time")
def test_a_wright_map_of_groups_and_of_conditional_estimates() -> None:
    data = es.simulate(_items(8), 300).responses
    fit = es.irt(data, "rasch", groups=GROUPS[np.arange(300) % 2], free=["I05"])
    texts = [text.get_text() for text in _drawn(fit.plot.wright_map()).texts]
    assert {"I05 (ชาย)", "I05 (หญิง)", "I04"} <= set(texts)
    assert len(_drawn(fit.plot.information()).get_legend().texts) == 4
    assert len(_drawn(fit.plot.icc("I05")).lines) == 2
    assert len(_drawn(fit.plot.icc()).lines) == 9
    rasch = es.irt(data, "rasch-cml")
    without_end = rasch.abilities()["theta"].is_infinite().sum()
    told = [text.get_text() for text in rasch.plot.wright_map().texts if " with " in text.get_text()]
    assert sum(int(text.split()[1]) for text in told) == without_end > 0


def test_curves_and_information() -> None:
    fit = _fit(60)
    on = _drawn(fit.plot.icc())
    assert len(on.get_legend().texts) == 60
    assert (
        len({(line.get_color(), str(line.get_linestyle()), str(line._dash_pattern)) for line in on.lines})
        == 60
    )
    assert on.get_legend().get_window_extent().y0 >= 0
    assert fit.plot.icc(0).get_title() == "I01"
    with pytest.raises(es.ArgumentError, match="60 is no item"):
        fit.plot.icc(60)
    on = _drawn(fit.plot.information())
    assert [text.get_text() for text in on.get_legend().texts] == ["information", "standard error"]
    assert on.get_ylim()[0] == on.figure.axes[1].get_ylim()[0] == 0


def test_scores_of_an_item_are_its_own() -> None:
    steps = _items(6) | {"a": [1.0] * 6, "b1": [-1.0] * 6, "b2": [1.0] * 6}
    del steps["b"]
    made = es.simulate(steps, 200, model="grm").responses
    on = es.irt(es.responses(made.cells + 1), "grm").plot.icc("i2")
    assert [text.get_text() for text in on.get_legend().texts] == ["score 1", "score 2", "score 3"]


@pytest.mark.parametrize("method", ["mh", "std"])
def test_dif_of_several_groups_is_drawn_by_group(method: str) -> None:
    data = es.simulate(_items(6), 400)
    found = es.dif(data, GROUPS[np.arange(400) % 3], reference=GROUPS[0], method=method, purify=False)
    on = _drawn(found.plot())
    assert sum(len(line.get_xdata()) == 1 and line.get_marker() == "o" for line in on.lines) == 12
    assert [text.get_text() for text in on.get_legend().texts][:2] == list(found.focal)


def test_dif_says_whom_a_side_favours_and_shows_what_has_no_end() -> None:
    data = es.example(n_persons=600)
    cells, sex = data.cells.copy(), data.others["sex"]
    cells[:, 1] = (sex == "f").to_numpy()
    on = _drawn(es.dif(es.responses(cells, items=data.items), sex, reference="f").plot())
    assert on.get_ylabel().endswith("← easier for f      easier for m →")
    arrow = [line for line in on.lines if line.get_marker() == "v"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in arrow] == [(1, on.get_ylim()[0])]
    on = _drawn(es.dif(data, sex, reference="f", method="sibtest").plot())
    assert on.get_ylabel().endswith("← easier for m      easier for f →")
    marks = {line.get_marker() for line in es.dif(data, sex, reference="f", method="logistic").plot().lines}
    assert {"v", "X"} <= marks


@pytest.mark.long("pages of drawings; curves and information are drawn each time")
def test_pictures_on_axes_of_ones_own() -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 4))
    fit = _fit(40)
    assert fit.plot.wright_map(ax=left) is left
    assert fit.plot.icc(ax=right) is right
    assert figure.get_size_inches().tolist() == [9, 4]
    _drawn(left)
    boxes = [text.get_window_extent().padded(-1.0) for text in left.texts]
    assert not any(a.overlaps(b) for a, b in combinations(boxes, 2))
    found = es.equate(RNG.binomial(20, 0.5, 200), RNG.binomial(20, 0.6, 200), points=20)
    assert len(_drawn(found.plot()).get_legend().texts) == 2


def test_a_fit_draws_without_a_name_of_a_picture_and_by_item() -> None:
    fit = es.irt(es.example(n_persons=200, n_items=4), "rasch")
    assert fit.plot().get_title() == fit.plot.information().get_title()
    on = _drawn(fit.plot.information(by_item=True))
    assert (len(on.lines), on.get_title()) == (4, "Information of the items")


def test_an_equating_is_dotted_at_scores_that_nobody_has() -> None:
    x, y = np.clip(np.random.default_rng(3).binomial(20, 0.6, (2, 400)), 6, 18)
    on = _drawn(es.equate(x, y, "equipercentile", points=20).plot())
    dotted, firm = (line for line in on.lines if len(line.get_xdata()) == 21)
    assert dotted.get_linestyle() == ":"
    assert np.flatnonzero(np.isnan(firm.get_ydata())).tolist() == [*range(6), 19, 20]
