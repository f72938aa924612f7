"""The logo of the body: what can be one, where it may lie, and how name and logo are written into the file."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from examgen.bank.body import logo_of, set_body
from examgen.bank.settings import body_words
from examgen.core.models.field_types import Bilingual
from examgen.core.problems import Refused

DRAWN = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 10"><rect width="30" height="10"/></svg>'
NAME = Bilingual(th="สถาบัน: ก", en="Institute # A")


def png(width: int = 30, height: int = 10, kind: str = "PNG") -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(made, kind)
    return made.getvalue()


def faults(refused: pytest.ExceptionInfo[Refused]) -> str:
    return " ".join(f"{one.source} {one.message}" for one in refused.value.problems) or str(refused.value)


@pytest.mark.parametrize(
    ("name", "data", "wrong"),
    [
        ("logo.svg", DRAWN.replace(b"<rect", b"<script>1</script><rect"), "contains a script"),
        ("logo.svg", DRAWN.replace(b"<rect", b'<rect onload="x()"'), "contains a script"),
        ("logo.svg", DRAWN.replace(b"<rect", b'<image href="https://x.example/a.png"/><rect'), "refers to"),
        ("logo.svg", DRAWN.replace(b"<rect", b'<rect fill="url(https://x.example/a)"'), "refers to"),
        ("logo.svg", b"<!DOCTYPE svg>" + DRAWN, "DOCTYPE"),
        ("logo.svg", DRAWN.replace(b"<rect", b'<text font-family="Sarabun">a</text><rect'), "text to paths"),
        ("logo.svg", b"<html/>", "is not an SVG"),
        ("logo.png", png()[:60], "damaged"),
        ("logo.png", png(kind="JPEG"), "is not a PNG"),
        ("logo.png", b"", "is empty"),
        ("logo.png", png() + b"0" * 1_000_000, "Use a logo of at most 1"),
        ("logo.gif", png(kind="GIF"), "PNG or an SVG"),
        ("../logo.png", png(), "a file in the workspace"),
        ("/etc/logo.png", png(), "a file in the workspace"),
    ],
)
def test_what_cannot_be_a_logo_is_refused_with_the_reason(
    tmp_path: Path, name: str, data: bytes, wrong: str
) -> None:
    place = tmp_path / "workspace"
    place.mkdir()
    (place / "examgen.yaml").write_text(f"reports:\n  logo: {name}\n", "utf-8")
    if not name.startswith("/"):
        (place / name).write_bytes(data)
    with pytest.raises(Refused) as refused:
        logo_of(place)
    assert wrong in faults(refused)
    assert "examgen.yaml" in faults(refused)


AT = "https://a.example/verify/"


def test_a_link_does_not_lead_out_of_the_workspace(tmp_path: Path) -> None:
    place = tmp_path / "workspace"
    place.mkdir()
    (tmp_path / "secret.png").write_bytes(png())
    (place / "logo.png").symlink_to(tmp_path / "secret.png")
    (place / "examgen.yaml").write_text("reports: {logo: logo.png}\n", "utf-8")
    with pytest.raises(Refused) as refused:
        logo_of(place)
    assert "leads outside the workspace" in faults(refused)


def test_the_logo_stands_with_the_name_of_its_own_body_alone(tmp_path: Path) -> None:
    set_body(tmp_path, NAME, None, ("ours.svg", DRAWN), removes=False)
    assert logo_of(tmp_path) == logo_of(tmp_path, NAME) == (tmp_path / "logo.svg").resolve()
    assert logo_of(tmp_path, Bilingual(th="อื่น", en="Another")) is None


def test_name_and_logo_are_written_and_all_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "examgen.yaml"
    before = f"# ours\nsite:\n  workers: 1\nreports:\n  # by law\n  verify: {AT} # page\n"
    path.write_text(before, "utf-8")
    set_body(tmp_path, NAME, AT, ("x.PNG", png()), removes=False)
    assert path.read_text("utf-8").startswith(before)
    words = body_words(tmp_path)
    assert (words.name, words.logo) == (NAME, "logo.png")
    set_body(tmp_path, NAME, AT, None, removes=False)
    assert body_words(tmp_path) == words
    set_body(tmp_path, None, AT, None, removes=True)
    assert path.read_text("utf-8") == before
    with pytest.raises(Refused, match="contains a script"):
        set_body(tmp_path, NAME, AT, ("x.svg", DRAWN.replace(b"<rect", b"<script/><rect")), removes=False)
    assert path.read_text("utf-8") == before


def test_a_file_that_says_nothing_yet_is_begun(tmp_path: Path) -> None:
    for begins in ("", "reports:\n", "reports: {}\n", "rules: {}"):
        (tmp_path / "examgen.yaml").write_text(begins, "utf-8")
        set_body(tmp_path, NAME, None, None, removes=False)
        assert body_words(tmp_path).name == NAME, begins
        set_body(tmp_path, None, None, None, removes=False)
        assert body_words(tmp_path).name is None, begins
