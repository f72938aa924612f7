"""The table of uploads in docs/security.md: every field that takes files, its size as the form has it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict

from examgen.site.abuse import Watched
from tests.site.conftest import UNIT

NAMES = {"DocumentForm": "unit.txt", "Picture": "a.png"}


def fields() -> Iterator[tuple[str, type[forms.Form], str]]:
    """Every field of the site's forms that takes files."""
    for path in sorted(Path("examgen/site").rglob("*.py")):
        if "(Watched)" in path.read_text("utf-8"):
            import_module(".".join(path.with_suffix("").parts))

    def below(kind: type[forms.Form]) -> Iterator[type[forms.Form]]:
        for one in kind.__subclasses__():
            yield one
            yield from below(one)

    for kind in below(Watched):
        for name, field in kind.base_fields.items():  # type: ignore[attr-defined]
            if isinstance(field, forms.FileField):
                yield f"{kind.__name__}.{name}", kind, name


def told() -> dict[str, int]:
    """Megabytes of each field, as the table has them."""
    text = Path("docs/security.md").read_text("utf-8")
    table = text.split("### Uploads of the site")[1].split("\n### ")[0]
    rows = re.findall(r"^\| [^|]+ \| `([\w.]+)` \| [^|]+ \| (\d+) MB[^|]* \|", table, re.MULTILINE)
    return {name: int(size) for name, size in rows}


def test_every_form_of_the_site_is_watched() -> None:
    sources = {path: path.read_text("utf-8") for path in Path("examgen/site").rglob("*.py")}
    unwatched = [path for path, text in sources.items() if re.search(r"\((forms\.)?Form\)", text)]
    assert unwatched == [Path("examgen/site/abuse.py")], (
        "a form of the site inherits from Watched of abuse.py"
    )
    assert [path for path, text in sources.items() if "ModelForm" in text] == []


def test_the_table_has_every_field_and_no_other() -> None:
    assert sorted(told()) == sorted(name for name, _, _ in fields())


@pytest.mark.parametrize("field", sorted(told()))
def test_a_file_is_refused_from_the_size_that_the_table_tells(served: Path, field: str) -> None:
    from examgen.site.bank.units import opened

    kind, name = next((kind, name) for known, kind, name in fields() if known == field)
    most = told()[field] * 1_000_000

    def faults(size: int) -> list[Any]:
        file = SimpleUploadedFile(NAMES.get(kind.__name__, "a.csv"), b"x")
        file.size = size
        arguments = (opened(UNIT).unit,) if kind.__name__ == "FileOfItems" else ()
        said = {"is_released": True} if kind.__name__ == "OpenCase" else {}
        form = kind(*arguments, {}, MultiValueDict({name: [file]}), **said)
        return [*form.errors.get(name, ())]

    assert faults(most) == []
    assert len(faults(most + 1)) == 1
