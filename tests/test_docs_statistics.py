"""docs/statistics.md names every field of the analyses' JSON, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from examgen.analysis.dif import dif_of_files
from examgen.analysis.exam import analyse_exam
from examgen.analysis.irt import fitted
from examgen.analysis.items import items_of_files
from examgen.analysis.options import DifOptions, IrtOptions, ItemOptions, ResponseSource
from examgen.assembly.assemble import assemble, bank_sha256
from examgen.core.exam.writing import exam_files, write_package
from examgen.scoring import score as sittings
from examgen.scoring import simulations
from examgen.stats.dif_analysis import METHODS
from examgen.stats.irt_items import PARTIAL
from examgen.stats.item_flags import TEXTS, least_candidates
from examgen.stats.item_response import MODELS as IRT_MODELS
from tests.samples import blueprint, shelf

Fields = dict[str, set[str]]
"""By object (`items[].flags[]`; empty for the document), the names of its fields."""

NOTES = ("items notes[]",)
SHARED = {
    "dif notes[]": NOTES,
    "dif findings[]": NOTES,
    "irt statistics.andersen_mean": ("irt statistics.andersen_median",),
    **dict.fromkeys(
        [f"irt statistics.{one}notes[]" for one in ("", "model_fit.", "andersen_median.", "andersen_mean.")],
        ("irt notes[]",),
    ),
    "exam forms[]": ("exam forms[]", "items test"),
    "exam items[]": ("exam items[]", "items items[]"),
    "exam options.*[]": ("items options[]",),
    "exam alarms[]": ("exam alarms[]", "items alarms[]"),
    "exam notes[]": ("exam notes[]", *NOTES),
}
"""Objects whose fields are told elsewhere, too."""
BY_NAME = {
    "exam options", "exam irt.cuts", "exam irt.cut_errors", "exam irt.form_information",
    "exam irt.form_persons", "dif notes[].values", "dif findings[].values",
}  # fmt: skip
"""Objects whose fields are items or forms, or what a sentence is made of."""


def fields(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(object, field) of a document."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield place, name
            yield from fields(one, f"{place}.{name}".strip("."))
    elif isinstance(value, list):
        for one in value:
            yield from fields(one, f"{place}[]")


def documented(root: Path) -> Fields:
    """What stands in the first cells of the tables, by command and object."""
    found: Fields = {}
    text = (root / "docs" / "statistics.md").read_text("utf-8")
    for part in re.split(r"^### ", text, flags=re.M)[1:]:
        head, _, body = part.partition("\n")
        name = " ".join(re.findall(r"`([^`]+)`", head)) + (" " if "document" in head else "")
        cells = re.findall(r"^\| ([^|]+) \|", body.split("\n## ")[0], flags=re.M)
        found[name] = {field for cell in cells for field in re.findall(r"`([^`]+)`", cell)}
    return found


@pytest.fixture(scope="module")
def responses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Scores, partial scores and options of 300 candidates on 8 items (4 partial ones), with a wrong key."""
    folder = tmp_path_factory.mktemp("responses")
    rng = np.random.default_rng(3)
    theta, b = rng.standard_normal((300, 1)), np.linspace(-1.5, 1.5, 8)
    right = (rng.random((300, 8)) < 1 / (1 + np.exp(b - theta))).astype(int)
    options = np.where(right == 1, "a", rng.choice(list("bcd"), right.shape))
    options[:, 7] = np.where(right[:, 7] == 1, "b", np.where(options[:, 7] == "b", "a", options[:, 7]))
    groups = np.resize(["x", "y", "z"], (300, 1))
    write(folder / "scores.csv", np.hstack([groups, right.astype(str)]), ["group"])
    partial = right[:, ::2] + right[:, 1::2]
    partial[:, 3] = np.where(partial[:, 3] > 0, 2, 0)
    write(folder / "partial.csv", partial.astype(str))
    write(folder / "options.csv", options)
    (folder / "key.csv").write_text("item,key\n" + "".join(f"I{j},a\n" for j in range(8)))
    return folder


def write(path: Path, cells: Any, before: list[str] | None = None) -> None:
    heads = ["id", *(before or []), *(f"I{j}" for j in range(cells.shape[1] - len(before or [])))]
    lines = [",".join(heads), *(",".join([str(n), *row]) for n, row in enumerate(cells))]
    path.write_text("\n".join(lines) + "\n")


def source(path: Path, *exclude: str, key: Path | None = None) -> ResponseSource:
    return ResponseSource(files=(path,), key=key, exclude=exclude)


@pytest.fixture(scope="module")
def found(responses: Path, tmp_path_factory: pytest.TempPathFactory) -> Fields:
    """The fields of actual documents of every command, model and method."""
    scores, partial = responses / "scores.csv", responses / "partial.csv"
    documents: list[tuple[str, Any]] = [
        ("items", analysed_items(source(responses / "options.csv", key=responses / "key.csv"))),
        ("items", analysed_items(source(scores, "group"))),
        ("irt", fitted(source(scores), IrtOptions(groups="group", free=("I0",))).document()),
    ]
    for model in IRT_MODELS:
        data = source(partial) if model in PARTIAL else source(scores, "group")
        prior = "norm:-1.1:0.5" if model == "3pl" else None
        documents.append(("irt", fitted(data, IrtOptions(model=model, prior_c=prior)).document()))
    for method in METHODS:
        focal = ("y",) if method == "sibtest" else ("y", "z")
        options = DifOptions(group="group", focal=focal, method=method, reference="x")
        told = dif_of_files(source(scores), options).document()
        told["contrasts"] = [{"focal": one["focal"]} for one in told["contrasts"]]
        documents += [(f"dif {method}", {"items": told.pop("items")}), ("dif", {**told, "items": []})]
    documents.append(("exam", analysed_exam(tmp_path_factory.mktemp("exam"))))
    named: Fields = {}
    for command, document in documents:
        for place, name in fields(document):
            at = "options.*[]" if place.startswith("options.") else place
            named.setdefault(f"{command} {at}", set()).add(name)
    return named


def analysed_items(of: ResponseSource) -> Any:
    """The document; the values of notes differ by their codes."""
    document = items_of_files(of, ItemOptions()).document()
    for one in (*document["findings"], *document["notes"]):
        one["values"] = None
    return document


def analysed_exam(folder: Path) -> Any:
    """Two forms of 45 candidates: so few that a note says so of each."""
    built = assemble([shelf()], *blueprint(forms=2, items=15, anchor=5))
    write_package(folder / "exam", exam_files(built, bank_sha256([shelf()]), {}))
    simulations.simulate(folder / "exam", 90, 6, folder / "answers.csv")
    sittings.score(folder / "exam", [folder / "answers.csv"])
    return analyse_exam(folder / "exam").document


def told(table: Fields, place: str) -> set[str]:
    """What the page says of an object; the fields of the whole document stand under its command."""
    groups = SHARED.get(place, (place,))
    return set().union(*(table.get(one, set()) for one in groups))


def test_every_field_of_the_json_is_documented(root: Path, found: Fields) -> None:
    table = documented(root)
    assert len(found) > 30
    lacking = {
        place: names - told(table, place)
        for place, names in found.items()
        if place not in BY_NAME and "].values" not in place and names - told(table, place)
    }
    lacking = {place: names for place, names in lacking.items() if not re.fullmatch(r"dif \w+ ", place)}
    assert lacking == {}


def test_no_field_is_documented_that_is_not_there(root: Path, found: Fields) -> None:
    only_on_the_command_line = {"files", "written"}
    by_page: Fields = {}
    for place, names in found.items():
        for group in SHARED.get(place, (place,)):
            by_page.setdefault(group, set()).update(names)
    stale = {
        place: names - by_page[place] - only_on_the_command_line
        for place, names in documented(root).items()
        if place in by_page
    }
    assert {place: names for place, names in stale.items() if names} == {}


def test_every_flag_is_documented_with_the_least_number(root: Path) -> None:
    text = (root / "docs" / "statistics.md").read_text("utf-8")
    codes = {code for code in TEXTS if code != "interval"}
    assert len(codes) == 8
    assert [code for code in sorted(codes) if f"| `{code}` |" not in text] == []
    assert least_candidates(None) == (20, 50)
    assert "`--min-n` candidates (default 50)" in text
