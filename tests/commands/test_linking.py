"""`examgen analyse link`: plink's constants, equating by item response models, drift, and files that cannot."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from examgen.core.models.decisions import ScaledFile
from examgen.stats.linking_methods import METHODS
from tests.commands.conftest import Run
from tests.psychometrics.reference import results

FILE = "sim_neat__irt_linking"


def table(path: Path, names: Sequence[str], **columns: Sequence[float]) -> Path:
    """A file of parameters."""
    rows = zip(names, *columns.values(), strict=True)
    lines = [",".join(("item", *columns)), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="module")
def neat(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Parameters of the old form Y and of the new form X by mirt."""
    folder, known = tmp_path_factory.mktemp("neat"), results(FILE)
    files = []
    for name, items in (("old", known["items_y"]), ("new", known["items_x"])):
        columns = {"a": items["a"], "b": items["b"], "g": items["g"]}
        files.append(table(folder / f"{name}.csv", items["item"], **columns))
    return files[0], files[1]


def linked(run: Run, *words: object) -> dict[str, Any]:
    ran = run("analyse", "link", *words, "--json")
    assert (ran.status, ran.err) == (0, ""), ran.text
    assert not {"NaN", "Infinity"} & set(ran.out.replace(",", " ").split())
    return dict(json.loads(ran.out))


def test_the_conversion_is_one_that_scoring_reads(run: Run, neat: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "scaled.yaml"
    told = linked(run, *neat, "--equate", "observed", "--scaled", out, "--decimals", 2)
    scale = ScaledFile.model_validate(yaml.safe_load(out.read_text("utf-8")))
    assert scale.source is not None
    assert scale.source.x.sha256 == hashlib.sha256(neat[1].read_bytes()).hexdigest()
    for row in told["equating"]["table"]:
        steps = scale.steps("A", Fraction(row["score"]), 42, Fraction(42))
        assert steps == int(100 * min(max(row["equated"], 0.0), 42.0) + 0.5)
    assert run("analyse", "link", *neat, "--scaled", out).status == 2
    assert run("analyse", "link", *neat, "--equate", "true", "--scaled", neat[0]).status == 2


def test_below_the_sum_of_c_scores_stand_on_a_line(run: Run, tmp_path: Path) -> None:
    names, a, b = [f"I{n}" for n in range(10)], np.linspace(0.7, 1.6, 10), np.linspace(-2.0, 2.0, 10)
    old = table(tmp_path / "old.csv", names, a=a, b=b, c=np.full(10, 0.1))
    new = table(tmp_path / "new.csv", names, a=a, b=b, c=np.full(10, 0.25))
    told = linked(run, old, new, "--method", "mean-sigma", "--equate", "true")
    rows = told["equating"]["table"]
    assert [row["equated"] for row in rows[:3]] == pytest.approx([0, 0.4, 0.8])
    assert [row["theta"] is None for row in rows[:4]] == [True, True, True, False]
    assert rows[10]["equated"] == 10
    assert "below-guessing" in {note["code"] for note in told["equating"]["notes"]}


def test_z_is_that_of_huynh_and_meyer(run: Run, neat: tuple[Path, Path]) -> None:
    told = linked(run, *neat)
    d = np.array([row["displacement"] for row in told["anchors"]])
    low, middle, high = np.quantile(d, (0.25, 0.5, 0.75))
    assert [row["z_b"] for row in told["anchors"]] == pytest.approx(
        list((d - middle) / (0.74 * (high - low)))
    )


def test_every_field_is_documented(run: Run, root: Path, tmp_path: Path) -> None:
    numbers = {"a": [1.1, 0.9, 1.3], "b": [-1.0, 0.1, 1.2], "c": [0.1, 0.2, 0.1]}
    errors = {name: [0.1, 0.1, 0.1] for name in ("se_a", "se_b", "se_c")}
    file = table(tmp_path / "file.csv", list("ABC"), **numbers, **errors)
    text = (root / "docs" / "standard-setting.md").read_text("utf-8").split("### The JSON of linking")[1]
    told = set(re.findall(r"`([^`]+)`", text))
    names = set[str]()

    def walk(value: Any) -> None:
        for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(one)
        names.update(value if isinstance(value, dict) else ())

    walk(
        linked(run, file, file)
        | {"notes": [{"code": "", "message": "", "values": ""}], "findings": [], "equating": {}}
    )
    assert names == told


def test_other_metrics_are_told(run: Run, tmp_path: Path) -> None:
    names, a, b = [f"I{n}" for n in range(9)], np.linspace(0.7, 1.6, 9), np.linspace(-1.5, 1.5, 9) ** 3
    old = table(tmp_path / "old.csv", names, a=a, b=b)
    scaled = table(tmp_path / "scaled.csv", names, a=a / 100, b=500 + 100 * b)
    for method in METHODS:
        told = linked(run, old, scaled, "--method", method)
        assert (told["slope"], told["intercept"]) == pytest.approx((0.01, -5), abs=1e-8)
    assert linked(run, scaled, old, "--method", "mean-sigma")["slope"] == pytest.approx(100)
    assert "curves of the common items are flat" in refused(run, scaled, old, "--method", "haebara")
    constant = table(tmp_path / "constant.csv", names, a=1.7 * a, b=b)
    told = linked(run, old, constant)
    assert "methods-disagree" in {note["code"] for note in told["notes"]}
    steep = table(tmp_path / "steep.csv", names, a=[90, *a[1:]], b=b)
    told = linked(run, old, steep, "--method", "mean-sigma", "--purify")
    assert (told["slope"], told["dropped"]) == (pytest.approx(1), ["I0"])
    assert "methods-disagree" not in {note["code"] for note in told["notes"]}
    weak = table(tmp_path / "weak.csv", names, a=[0.003, *a[1:]], b=[-140.0, *b[1:]])
    told = linked(run, old, weak, "--method", "mean-sigma", "--equate", "true")
    assert (told["slope"], len(told["anchors"])) == (pytest.approx(1), 8)
    [vague] = [note for note in told["notes"] if note["code"] == "unknown-difficulty"]
    assert vague["values"] == {"n": 1, "items": "I0"}


def refused(run: Run, *words: object) -> str:
    ran = run("analyse", "link", *words)
    assert (ran.status, ran.out) == (1, ""), ran.text
    return ran.err
