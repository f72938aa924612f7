"""Small scored runs, and what stands on disk."""

from __future__ import annotations

from pathlib import Path

from examgen.core.exam.checks import check_runs
from examgen.core.exam.new_runs import Committed, stage_run

AUDIT = {"exam": "T-1-L4", "key": {"version": 1}, "passing": (50, 60)}


def score(results: Path, text: str, audit: dict[str, object] | None = None, **more: str) -> Committed:
    """A scoring that finds that text for each candidate."""
    with stage_run(results) as staged:
        (staged.folder / "candidates.csv").write_text(f"candidate_id,form,score\n001,A,{text}\n")
        (staged.folder / "quarantine.csv").write_text("file,line\n")
        for name, content in more.items():
            (staged.folder / f"{name}.csv").write_text(content)
        return staged.commit(AUDIT if audit is None else audit)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def top(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(folder).items() if "/" not in name}


def codes(folder: Path, fingerprint: str | None = None) -> set[str]:
    return {problem.code for problem in check_runs(folder, [fingerprint] if fingerprint is not None else [])}


def put(path: Path, data: bytes) -> None:
    """Other bytes in a file's place, as an editor puts them: by a new file."""
    path.unlink()
    path.write_bytes(data)
