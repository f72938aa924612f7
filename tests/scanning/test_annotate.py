"""`examgen scan annotate`: what candidates see of their own sheet is what was scored, and nobody else may look."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2
import pytest
from numpy.typing import NDArray

from examgen.scanning import annotated_sheets as annotating
from tests.commands.conftest import Run
from tests.scanning import drawn_sheets as sheets
from tests.scanning.test_scan import serials
from tests.sittings import table

IDS = ["10001", "10002", "10003"]
GREEN, RED, AMBER = (0, 120, 60), (196, 0, 20), (214, 120, 0)


@pytest.fixture
def exam(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return sheets.exam_with_sheets(Path("exam"), IDS)


def picture(path: Path, password: str | None = None) -> NDArray[np.int64]:
    with pypdfium2.PdfDocument(path, password=password) as pdf:
        return pdf[0].render(scale=150 / 72).to_numpy()[:, :, 2::-1].astype(int)


def seen(page: NDArray[np.int64], x: float, y: float, wanted: tuple[int, int, int]) -> bool:
    """Whether that colour is at one of the pixels there."""
    at = page[round(y) - 3 : round(y) + 4, round(x) - 3 : round(x) + 4]
    return bool((np.abs(at - np.array(wanted)).sum(axis=2) < 110).any())


def test_rings_squares_and_lines_say_what_was_scored(run: Run, exam: Path) -> None:
    serial, dealt = serials(exam), sheets.dealt(exam)
    key = {
        who: [
            row["key"] for row in table(exam / "secure/key.csv") if row["form"] == dealt[serial[who]]["form"]
        ]
        for who in IDS
    }
    wrong = {who: ["ABCD"[("ABCD".index(k) + 1) % 4] for k in key[who]] for who in IDS}
    given = {who: [key[who][0], wrong[who][1], key[who][2], wrong[who][3]] for who in IDS}
    made = {who: sheets.personal(exam, serial[who], given[who]) for who in IDS}
    made["10002"] = np.rot90(made["10002"], 2).copy()
    made["10003"] = sheets.personal(exam, serial["10003"], given["10003"], darkness={("item", 1): 190})
    for who, image in made.items():
        sheets.save(image, Path(f"in/{who}.png"))
    assert run("scan", "in", "--exam", "exam", "--out", "out", "--processes", "1").status == 3
    refused = run("scan", "annotate", "out")
    assert refused.status == 2
    line = next(
        n for n, row in enumerate(table(Path("out/responses.csv")), 2) if row["candidate_id"] == "10003"
    )
    Path("marks.csv").write_text(
        f"file,line,question,answer,reason,by,date\nresponses.csv,{line},1,{key['10003'][0]},light,me,2026-11-20\n"
    )
    assert run("score", "exam", "out/responses.csv", "--marks", "marks.csv").status == 0
    done = run("scan", "annotate", "out")
    assert done.status == 0, done.text
    assert sorted(os.listdir("out/annotated")) == [".examgen", *(f"{who}.pdf" for who in IDS)]
    assert os.stat("out/annotated").st_mode & 0o777 == 0o700
    layout = sheets.sheet_of(exam)["pages"][0]["bubbles"]
    radius = layout[0]["diameter"] / 2
    for who in IDS:
        assert os.stat(f"out/annotated/{who}.pdf").st_mode & 0o777 == 0o600
        page = picture(Path(f"out/annotated/{who}.pdf"))
        for bubble in (one for one in layout if one["group"] == "item"):
            n, letter = bubble["question"] - 1, bubble["value"]
            x, y = bubble["x"] * sheets.PX, bubble["y"] * sheets.PX
            above = y - 1.3 * radius * sheets.PX
            is_marked, is_right = given[who][n] == letter, key[who][n] == letter
            assert seen(page, x, above, GREEN) == (is_right), (who, n, letter)
            assert seen(page, x, above, RED) == (is_marked and not is_right), (who, n, letter)
            low = y + 1.5 * radius * sheets.PX
            assert seen(page, x, low, AMBER) == (who == "10003" and n == 0), (who, n, letter)
    shutil.rmtree("out/annotated")
    Path("secret").write_text("กุญแจลับ-12345")
    Path("secret").chmod(0o600)
    one = run("scan", "annotate", "out", "--candidate", "10002", "--password-file", "secret", "--json")
    assert one.status == 0, one.text
    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open("out/annotated/10002.pdf")
    assert picture(Path("out/annotated/10002.pdf"), "กุญแจลับ-12345").shape[1] > 1200
    assert run("scan", "annotate", "out", "--candidate", "999").status == 2


def test_sheets_of_a_run_that_is_not_released_say_so(
    run: Run, exam: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the sheet and on the screen; and those of synthetic candidates that nobody sat them."""
    heads: list[tuple[str, ...]] = []
    drawn = annotating.sheet_pdf

    def kept(pages: Any, panel: Any, title: str) -> bytes:
        heads.append(panel.heads)
        return drawn(pages, panel, title)

    monkeypatch.setattr(annotating, "sheet_pdf", kept)
    sheets.save(sheets.personal(exam, serials(exam)["10001"], "ABCD"), Path("a.png"))
    assert run("scan", "a.png", "--exam", "exam", "--out", "out", "--processes", "1").status == 0
    path = Path("out/responses.csv")
    lines = path.read_text("utf-8-sig").splitlines()
    path.write_text(
        "".join(f"{line},{what}\n" for line, what in zip(lines, ("synthetic", "yes"), strict=True))
    )
    assert run("score", "exam", path).status == 0
    said = "Not released. These results may still change and must not be given to candidates."
    given = ("scan", "annotate", "out", "--processes", "1")
    assert said in " ".join(run(*given).out.split())
    shutil.rmtree("out/annotated")
    assert run("release", "exam", "--run", "1", "--by", "C", "--reason", "minutes").status == 0
    assert said not in " ".join(run(*given).out.split())
    before, after = heads
    assert before[0].endswith(said)
    assert before[1:] == after
    assert after[0].endswith("synthetic – not a real candidate")


def test_only_answers_that_were_scored_are_given_back(run: Run, exam: Path) -> None:
    sheets.save(sheets.personal(exam, serials(exam)["10001"], "ABCD"), Path("a.png"))
    assert run("scan", "a.png", "--exam", "exam", "--out", "out", "--processes", "1").status == 0
    Path("other.csv").write_text("candidate_id,form,Q1,Q2,Q3,Q4\n10001,A,A,B,C,D\n")
    assert run("score", "exam", "other.csv", "--unlisted", "score").status in (0, 3)
    refused = run("scan", "annotate", "out")
    assert refused.status == 1
    assert "was not scored from" in refused.text


def test_sheets_with_the_key_go_to_no_folder_that_others_read(run: Run, exam: Path) -> None:
    sheets.save(sheets.personal(exam, serials(exam)["10001"], "ABCD"), Path("a.png"))
    assert run("scan", "a.png", "--exam", "exam", "--out", "out", "--processes", "1").status == 0
    assert run("score", "exam", "out/responses.csv").status == 0
    Path("shared").mkdir(mode=0o755)
    Path("link").symlink_to("exam/papers")
    for place in ("exam/papers/sheets", "exam", "exam/results/new", "link/sheets"):
        refused = run("scan", "annotate", "out", "--out", place)
        assert (refused.status, "inside the exam package" in refused.err) == (2, True), place
        assert place == "exam" or not Path(place).exists()
    refused = run("scan", "annotate", "out", "--out", "shared")
    assert (refused.status, "chmod 700" in refused.err) == (2, True)
    assert os.stat("shared").st_mode & 0o777 == 0o755
    Path("shared").chmod(0o700)
    for place in ("shared", "exam/secure/sheets", "new"):
        assert run("scan", "annotate", "out", "--out", place).status == 0, place
        assert (Path(place) / "10001.pdf").is_file()
