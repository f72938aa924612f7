"""One process, two processes, and Dask clusters of two and four workers: the same bytes, what share of ideal.

A package of forty real items: personal booklets of its candidates in rooms of forty, with key sheets; scans
of filled sheets, read; reports on its candidates, a file for each room; and answers of many rows of a package
of a hundred items, scored. Each is a whole command, from the start of its process to its end; a cluster runs
already, its workers fresh for each command. Seconds of the clock, and of all processors together: those of
the command, its processes, and scheduler and workers meanwhile. The files of each are compared with those of
one process, byte by byte.

Share of ideal by the clock: seconds of one process, divided by seconds and by the workers that have a
processor of their own. Others who use the machine lower it. Share by processors: processor seconds of one
process over those of all; that much of the work is none that sharing out has added.

    python benchmarks/cluster.py                          2,000 candidates, 2,000 pages, 1,000,000 rows
    python benchmarks/cluster.py --candidates 200 --pages 100 --rows 100000
    python benchmarks/cluster.py --only scan,report
    python benchmarks/cluster.py --kill 10                four workers, of which some or all are killed after
                                                          up to so many seconds, again and again
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, nullcontext
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import psutil
import scoring
import yaml
from papers import candidates
from scanning import BLUEPRINT

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.clusters import Cluster, Killer  # noqa: E402

SEED = "2569"
CPUS = len(os.sched_getaffinity(0))
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": "1781827200"}


def examgen(*words: str | Path) -> None:
    """A command; one that set something aside has done its work."""
    done = subprocess.run(
        [sys.executable, "-m", "examgen", *map(str, words)],
        env=ENVIRONMENT, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 3):
        raise RuntimeError(f"{words[:3]}: {done.stderr[-800:]}")


class Work(NamedTuple):
    """A command to measure: its words, and the folders with the files that it writes."""

    name: str
    words: tuple[str | Path, ...]
    made: tuple[Path, ...]


def works(folder: Path, n: int, pages: int, rows: int, only: Sequence[str]) -> Iterator[Work]:
    """What is measured, its input made."""
    if "score" in only:
        package = scoring.package(folder / "large")
        answers, out = scoring.answers(folder / "large.csv", rows), folder / "results"
        yield Work("score", ("score", package, answers, "--out", out), (out,))
    if not {"render", "scan", "report"} & {*only}:
        return
    exam = folder / "exam"
    blueprint = yaml.safe_load(BLUEPRINT.read_text("utf-8"))
    blueprint["papers"] = {"personal": {"items": True, "options": True}}
    (folder / "blueprint.yaml").write_text(yaml.safe_dump(blueprint, allow_unicode=True), "utf-8")
    examgen("build", folder / "blueprint.yaml", "--out", exam)
    people = folder / "list.csv"
    lines = [f"{one.candidate_id},{one.name},{one.room},{one.seat}" for one in candidates(n)]
    people.write_text("\n".join(["candidate_id,name,room,seat", *lines]) + "\n", "utf-8")
    render = ("render", exam, "--candidates", people, "--replace")
    examgen(*render)
    if "render" in only:
        yield Work("render", render, (exam / "papers", exam / "secure"))
    if "scan" in only:
        examgen("simulate", exam, "--scans", folder / "sheets", "--seed", SEED, "--candidates", str(pages),
                "--format", "jpeg", "--processes", str(CPUS))  # fmt: skip
        out = folder / "scan"
        yield Work("scan", ("scan", folder / "sheets" / "scans", "--exam", exam, "--out", out), (out,))
    if "report" in only:
        answers, out = folder / "answers.csv", folder / "reports"
        examgen("simulate", exam, "--candidates", str(n), "--seed", SEED, "--out", answers)
        examgen("score", exam, answers, "--roster", people)
        words = ("report", exam, "--kind", "candidate", "--by", "room", "--out", out)
        yield Work("report --kind candidate", words, (out,))


def digest(folders: Sequence[Path]) -> str:
    """Of what readers get: tables, pages and papers, by their names and bytes."""
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in (".csv", ".pdf", ".html", ".parquet"):
                found.update(f"{path.relative_to(folder)}\n".encode())
                found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def remove(folder: Path) -> None:
    """What a command wrote before, where it would go on with it."""
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def processor_seconds(cluster: Cluster | None) -> float:
    """Of the processes that this one has waited for, and those of a cluster, with what those waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = used.ru_utime + used.ru_stime
    for begun in [cluster.scheduler, *cluster.hosts] if cluster else []:
        of = psutil.Process(begun.pid)
        for process in (of, *of.children(recursive=True)):
            found += sum(process.cpu_times()[:4])
    return found


class Taken(NamedTuple):
    """What a command took, and what it wrote."""

    wall: float
    cpu: float
    digest: str


def taken(work: Work, words: Sequence[str], cluster: Cluster | None = None) -> Taken:
    if work.name in ("scan", "score"):
        remove(work.made[0])
    cpu, begun = processor_seconds(cluster), time.perf_counter()
    examgen(*work.words, *words)
    wall = time.perf_counter() - begun
    return Taken(wall, processor_seconds(cluster) - cpu, digest(work.made))


def by_cluster(work: Work, n: int, folder: Path, kill: float) -> tuple[Taken, int]:
    """By so many workers; how many of them were killed."""
    with tempfile.TemporaryDirectory(dir=folder) as own, ExitStack() as stack:
        cluster = Cluster(Path(own))
        stack.callback(cluster.end)
        cluster.begin_workers(n)
        with cluster.client() as client:
            client.wait_for_workers(n, timeout=300)
        killer = Killer(cluster, seed=n, times=1_000_000, pause=kill) if kill else nullcontext()
        with killer:
            found = taken(work, ("--dask", cluster.address), cluster)
        return found, len(killer.killed) if isinstance(killer, Killer) else 0


def figures(asked: argparse.Namespace, folder: Path) -> Iterator[str]:
    load = "/".join(f"{one:.0f}" for one in os.getloadavg())
    yield (
        f"{datetime.now():%Y-%m-%d %H:%M}, {CPUS} processors, load {load} before; {asked.candidates:,} "
        f"candidates, {asked.pages:,} pages, {asked.rows:,} rows"
    )
    yield "| command | who works | s | processor s | share of ideal | by processors | bytes | load |"
    yield "|---|---|---:|---:|---:|---:|---|---:|"
    for work in works(folder, asked.candidates, asked.pages, asked.rows, asked.only.split(",")):
        alone = taken(work, ("--processes", "1"))
        yield line(work, "one process", alone, alone, 1)
        if not asked.kill:
            yield line(work, "`--processes 2`", taken(work, ("--processes", "2")), alone, 2)
        for n in (4,) if asked.kill else (2, 4):
            found, killed = by_cluster(work, n, folder, asked.kill)
            who = f"Dask, {n} workers" + (f", {killed} killed" if asked.kill else "")
            yield line(work, who, found, alone, n)


def line(work: Work, who: str, found: Taken, alone: Taken, n: int) -> str:
    ideal = alone.wall / (found.wall * min(n, CPUS))
    same = "the same" if found.digest == alone.digest else "**differ**"
    return (
        f"| `{work.name}` | {who} | {found.wall:.1f} | {found.cpu:.1f} | {ideal:.0%} | "
        f"{alone.cpu / found.cpu:.0%} | {same} | {os.getloadavg()[0]:.0f} |"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--candidates", type=int, default=2000)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", default="render,scan,report,score")
    parser.add_argument("--kill", type=float, default=0.0)
    with tempfile.TemporaryDirectory() as place:
        for said in figures(parser.parse_args(), Path(place)):
            print(said, flush=True)
