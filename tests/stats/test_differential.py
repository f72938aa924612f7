"""`es.dif`: groups as people have them, every method, and R's numbers through the front."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

import examgen.stats as es
from tests.psychometrics import reference

DATA = es.example(n_persons=1000)
SEX = DATA.others["sex"]
METHODS = ("mh", "logistic", "std", "sibtest", "raju", "lr")


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        ("sex", {}),
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
    same = es.dif(DATA, "sex")
    assert found.items["effect"].to_list() == same.items["effect"].to_list()


def test_a_column_of_the_frame_is_the_group() -> None:
    frame = DATA.frame().drop("person").with_columns(SEX)
    assert es.dif(frame, "sex").items["item"].to_list() == list(DATA.items)


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
    assert "flagged 1 of 8" in repr(found)
    assert found.to_dict()["items"][0]["flagged"] is True


def test_several_focal_groups_and_those_in_none() -> None:
    groups = np.array(["a", "b", "c", ""], dtype=object)[np.arange(1000) % 4]
    found = es.dif(DATA, groups, reference="b")
    assert (found.reference, found.focal) == ("b", ("a", "c"))
    assert found.groups["n"].to_list() == [250, 250, 250]
    assert found.contrasts["focal"].unique(maintain_order=True).to_list() == ["a", "c"]
    pooled = es.dif(DATA, groups, focal="a")
    assert pooled.groups["n"].to_list() == [500, 250]


def test_numbers_of_difr() -> None:
    raw = reference.raw("sim_dif")
    theirs = reference.results("sim_dif__dif_mantel_haenszel")["results"]["purified_continuity_corrected"]
    frame = pl.DataFrame({name: values for name, values in raw.items() if name not in ("id",)})
    found = es.dif(frame, "group", focal="focal", adjust=None)
    reference.compare("es.dif", "delta", found.items["effect"], theirs["items"]["deltaMH"], 1e-8)
    assert list(found.flagged) == theirs["dif_items"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"groups": "gender"}, "gender"),
        ({"groups": [1, 2]}, "one for each of 1000"),
        ({"groups": ["a"] * 1000}, "at least 2"),
        ({"groups": "sex", "method": "mantel"}, "method is 'mantel'"),
        ({"groups": "sex", "focal": "x"}, "focal is 'x'; the groups are f, m"),
        ({"groups": "sex", "focal": ["f", "m"]}, "every group"),
        ({"groups": "sex", "focal": "f", "reference": "f"}, "one role"),
        ({"groups": "sex", "adjust": "fdr"}, "adjust is 'fdr'"),
        ({"groups": "sex", "purify": True, "method": "sibtest"}, "purify"),
        ({"groups": "sex", "matching": np.ones(3)}, "matching has 3"),
        ({"groups": "sex", "alpha": 2}, "alpha is 2"),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(arguments: dict[str, object], sentence: str) -> None:
    with pytest.raises(es.ArgumentError, match=sentence):
        es.dif(DATA, **arguments)  # type: ignore[arg-type]


def test_data_that_hold_no_dif_are_refused_or_noted() -> None:
    with pytest.raises(es.ArgumentError, match="fewer than two items"):
        es.dif(np.ones((10, 3)), [0, 1] * 5)
    found = es.dif(DATA.cells[:60], SEX[:60])
    assert any("candidates only" in note for note in found.notes)
