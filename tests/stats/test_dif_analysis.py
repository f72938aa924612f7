"""`es.dif`: groups as people have them, every method, and R's numbers through the front."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import examgen.stats as es
from tests.psychometrics import reference
from tests.stats.pandas_like import Frame, NAType, Texts

DATA = es.example(n_persons=1000)
SEX = DATA.others["sex"]
METHODS = ("mh", "logistic", "std", "sibtest")


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        ("sex", {"focal": ["m"]}),
        (SEX.to_list(), {"reference": "f"}),
        (SEX.to_list(), {"focal": "m"}),
        (np.array(SEX) == "m", {}),
        (pl.Series(SEX == "m").cast(pl.Float64), {"focal": 1}),
    ],
)
def test_groups_in_any_form_give_the_same(groups: object, roles: dict[str, object]) -> None:
    found = es.dif(DATA, groups, **roles)  # type: ignore[arg-type]
    assert found.flagged == ("I01",)
    assert found.items["favours"][0] == found.reference
    same = es.dif(DATA, "sex", reference="f")
    assert found.items["effect"].to_list() == same.items["effect"].to_list()


def test_a_column_of_the_frame_is_the_group() -> None:
    frame = DATA.frame().drop("person").with_columns(SEX)
    assert es.dif(frame, "sex", reference="f").items["item"].to_list() == list(DATA.items)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_item_and_takes_blanks(method: str) -> None:
    scores = np.where(DATA.cells < 0, np.nan, DATA.cells.astype(float))
    scores[5, 3] = np.nan
    found = es.dif(scores, SEX, focal="m", method=method)
    assert len(found.flagged) == 1
    first = found.items.row(0, named=True)
    assert first["flagged"]
    assert first["favours"] == "f"
    assert first["p_adjusted"] < 0.05
    assert "flagged 1;" in repr(found)
    assert found.to_dict()["items"][0]["flagged"] is True


def test_several_focal_groups_and_those_in_none() -> None:
    groups = np.array(["a", "b", "c", ""], dtype=object)[np.arange(1000) % 4]
    found = es.dif(DATA, groups, reference="b")
    assert (found.reference, found.focal) == ("b", ("a", "c"))
    assert found.groups["n"].to_list() == [250, 250, 250]
    assert found.contrasts["focal"].unique(maintain_order=True).to_list() == ["a", "c"]
    pooled = es.dif(DATA, groups, focal="a")
    assert pooled.groups["n"].to_list() == [500, 250]


@pytest.mark.parametrize("none", [None, np.nan, NAType(), " "], ids=["None", "NaN", "NA", "blank"])
@pytest.mark.parametrize("shape", ["wide", "long", "vector", "mapping"])
def test_who_has_no_group_is_in_none_and_told(none: object, shape: str) -> None:
    texts = [none if n < 100 else f" {sex}" if n % 7 == 0 else sex for n, sex in enumerate(SEX)]
    wide = {name: DATA.cells[:, j] for j, name in enumerate(DATA.items)}
    long = {
        "id": np.repeat(np.arange(1000), 8),
        "item": np.array(list(DATA.items) * 1000, dtype=object),
        "resp": DATA.cells.ravel(),
        "sex": Texts([one for one in texts for _ in range(8)]),
    }
    data, groups = {
        "wide": (Frame({**wide, "sex": Texts(texts)}), "sex"),
        "long": (Frame(long), "sex"),
        "vector": (DATA, Texts(texts)),
        "mapping": ({**wide, "sex": texts}, "sex"),
    }[shape]
    found = es.dif(data, groups, reference="f")
    column = groups if isinstance(groups, str) else "groups"
    of_texts = SEX[100:].value_counts(sort=False)
    assert dict(found.groups.select("group", "n").rows()) == dict(of_texts.rows())
    assert f"100 candidates have no value in {column} and are excluded" in found.notes
    spaced = f"{column}: f, m also occur with spaces around them, and count as the same"
    assert spaced in found.notes
    if shape == "wide":
        fit = es.irt(data, "rasch", groups=groups)
        assert fit.population["group"].to_list() == ["f", "m"]
        assert "left out, in no group: 100 persons" in fit.notes


def test_a_series_goes_by_its_index_where_that_names_the_rows_or_the_persons() -> None:
    wide = {name: DATA.cells[:, j] for j, name in enumerate(DATA.items)}
    names = [f"P{n}" for n in range(1000)]
    order = np.random.default_rng(1).permutation(1000).tolist()

    def mixed(labels: list[Any]) -> Texts:
        return Texts([SEX[n] for n in order], labels=[labels[n] for n in order])

    own = es.dif(DATA, "sex", reference="f").items["effect"].to_list()
    numbers = list(range(1000))
    for data, groups in (
        (Frame(wide), mixed(numbers)),
        (Frame(wide, names), mixed(names)),
        (Frame({"id": names, **wide}), mixed(names)),
        (Frame({"id": names, **wide}), mixed(numbers)),
        (pl.DataFrame({"id": names, **wide}), mixed(names)),
        (Frame(wide, names), Texts(SEX.to_list(), labels=numbers)),
        (DATA.cells, Texts(SEX.to_list(), labels=order)),
    ):
        assert es.dif(data, groups, reference="f").items["effect"].to_list() == own
    with pytest.raises(es.ArgumentError, match="names 999 of the 1,000 rows"):
        es.dif(Frame(wide), Texts(SEX.to_list(), labels=list(range(1, 1001))), reference="f")


def test_notes_of_reading_reach_the_result() -> None:
    data = es.responses(DATA.frame().drop("person"), missing=["X"])
    note = "no cell has X, which is named as a code for no answer"
    for found in (
        es.dif(data, SEX, focal="m"),
        es.irt(data, "rasch"),
        es.items(data),
        es.equate(data, data, "mean", design="eg"),
    ):
        assert any(note in one for one in found.notes)


def test_categories_keep_their_order() -> None:
    frame = DATA.frame().drop("person")
    texts = pl.Series("sex", SEX.to_list(), dtype=pl.Enum(["m", "f"]))
    pandas = Texts(SEX.to_list(), ["m", "f"])
    wide = {name: DATA.cells[:, j] for j, name in enumerate(DATA.items)}
    for data, groups in (
        (frame.with_columns(texts), "sex"),
        (frame, texts),
        (frame, pandas),
        (Frame({**wide, "sex": pandas}), "sex"),
    ):
        with pytest.raises(
            es.ArgumentError, match=r"contains m, f\. Name the reference group with reference"
        ):
            es.dif(data, groups)


def test_who_is_in_a_group_without_a_role_is_told() -> None:
    groups = np.array(["a", "b", "c", ""], dtype=object)[np.arange(1000) % 4]
    notes = es.dif(DATA, groups, reference="b", focal="a").notes
    assert notes[0] == "250 candidates have no value in groups and are excluded"
    assert notes[1] == "250 candidates of other groups (c) are excluded"


def test_numbers_of_difr() -> None:
    raw = reference.raw("sim_dif")
    theirs = reference.results("sim_dif__dif_mantel_haenszel")["results"]["purified_continuity_corrected"]
    frame = pl.DataFrame({name: values for name, values in raw.items() if name not in ("id",)})
    found = es.dif(frame, "group", focal="focal", adjust=None)
    reference.compare("es.dif", "delta", found.items["effect"], theirs["items"]["deltaMH"], 1e-8)
    assert list(found.flagged) == theirs["dif_items"]


def test_data_that_hold_no_dif_are_refused_or_noted() -> None:
    with pytest.raises(es.ArgumentError, match="fewer than two items"):
        es.dif(np.ones((10, 3)), [0, 1] * 5)
    found = es.dif(DATA.cells[:60], SEX[:60], reference="f")
    assert any("f (30), m (30)" in note for note in found.notes)


@pytest.mark.parametrize("method", ["mh", "logistic", "std", "sibtest"])
def test_an_item_that_is_left_out_is_not_in_the_total(method: str) -> None:
    points = np.random.default_rng(5).integers(0, 30, DATA.n_persons)
    more = es.responses(
        DATA.frame().drop("person").with_columns(SEX, anger=pl.Series(points)), exclude=["sex"]
    )
    for purify in (False, True):
        found, plain = (
            es.dif(data, "sex", reference="f", method=method, purify=purify) for data in (more, DATA)
        )
        columns = ["effect", "p", "favours", "flagged"]
        assert_frame_equal(found.items.head(-1).select(columns), plain.items.select(columns))
    if method != "sibtest":
        assert found.items["anchor"].to_list()[-1] is False
    assert "excluded because of scores above 1, also from the total: anger" in found.notes


def test_an_infinite_difference_is_large() -> None:
    cells = DATA.cells.copy()
    cells[:, 1] = (SEX == "f").to_numpy()
    found = es.dif(es.responses(cells, items=DATA.items), SEX, reference="f")
    assert found.items.select("effect", "class", "favours", "flagged").row(1) == (-np.inf, "C", "f", True)


@pytest.mark.parametrize("method", METHODS)
def test_data_of_which_no_item_can_be_tested_are_refused(method: str) -> None:
    partial = es.example("partial")
    with pytest.raises(es.ArgumentError, match="Items with scores above 1 are excluded: I01, I02"):
        es.dif(partial, "sex", reference="f", method=method)


def test_words_are_read_in_any_case() -> None:
    data = es.example(n_persons=300, n_items=5)
    assert es.irt(data, "Rasch").loglik == es.irt(data, "rasch").loglik
    assert es.irt(data, "RASCH CML").model == "rasch-cml"
    fit = es.irt(data, "2PL")
    assert_frame_equal(fit.abilities("EAP"), es.abilities(data, fit.items, method="eap"))
    assert es.dif(data, "sex", focal="m", method="MH", adjust="BH").method == "mh"
    with pytest.raises(es.ArgumentError, match="method is 'lord'; it must be one of mh, "):
        es.dif(data, "sex", focal="m", method="lord")


def test_given_values_to_match_on_are_named_and_nothing_is_purified() -> None:
    data = es.example(n_persons=600)
    ability = es.irt(data, "2pl").abilities()["theta"].round(1)
    found = es.dif(data, "sex", reference="f", matching=ability)
    assert [one.code for one in found.notes if one.code == "given-matching"] == ["given-matching"]
    assert not found.purified
    assert "given-matching" not in {one.code for one in es.dif(data, "sex", reference="f").notes}


def test_a_criterion_to_match_on_is_named_in_the_sentences() -> None:
    data = es.example(n_persons=600)
    grade = pl.Series("grade", data.cells.sum(axis=1) // 3)
    frame = data.frame().with_columns(data.others["sex"], grade)
    found = es.dif(es.responses(frame, exclude=["sex", "grade"]), "sex", reference="f", matching="grade")
    [matched] = [one for one in found.notes if one.code == "given-matching"]
    assert "matched on grade" in matched
    assert "at the same value of grade: I04" in found.findings[0]
    assert not any("total" in one for one in found.findings)
    with pytest.raises(es.ArgumentError, match="matching has no value that enough candidates"):
        es.dif(data, "sex", reference="f", matching=np.random.default_rng(1).normal(size=600))
