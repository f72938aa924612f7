"""A Dask cluster as docs/serving.md starts it: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.conftest import ROOT

_SECONDS = 60
_ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "OPENBLAS_NUM_THREADS": "1",
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "60",
}


class Cluster:
    """The processes of a cluster; its files lie in a folder."""

    def __init__(self, folder: Path, environment: Mapping[str, str] | None = None) -> None:
        self._folder, self._environment = folder, environment or {}
        self._file = folder / "scheduler.json"
        self.scheduler = self._begun("scheduler", "--port", "0", "--scheduler-file", str(self._file))
        self.address = ""
        while not self.address:
            assert self.scheduler.poll() is None, (folder / "scheduler.log").read_text()
            with suppress(OSError, ValueError):  # it is not there yet, or not all of it
                self.address = str(json.loads(self._file.read_text())["address"])
            time.sleep(0.02)
        self.hosts: list[subprocess.Popen[bytes]] = []

    def _begun(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        words = [
            sys.executable,
            "-m",
            f"distributed.cli.dask_{what}",
            "--host",
            "127.0.0.1",
            "--no-dashboard",
        ]
        with (self._folder / f"{what}.log").open("ab") as log:
            return subprocess.Popen(
                [*words, *options],
                stdout=log,
                stderr=log,
                env={**os.environ, **_ENVIRONMENT, **self._environment},
                start_new_session=True,
            )

    def begin_workers(self, n: int) -> None:
        """A host of `n` workers, which begins another for each that is lost."""
        options = ("--nworkers", str(n), "--nthreads", "1", "--local-directory", str(self._folder))
        self.hosts.append(self._begun("worker", "--scheduler-file", str(self._file), *options))

    def end_hosts(self) -> None:
        """All workers are lost, and no other begins."""
        for host in self.hosts:
            with suppress(ProcessLookupError):
                os.killpg(host.pid, signal.SIGKILL)
            host.wait()
        self.hosts.clear()

    @contextmanager
    def client(self) -> Iterator[Any]:
        """A client that looks after the cluster."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import distributed

            with distributed.Client(self.address, timeout=_SECONDS, set_as_default=False) as client:
                yield client

    def end(self) -> None:
        """Everything is ended at once."""
        self.end_hosts()
        self.scheduler.kill()
        self.scheduler.wait()


class Killer:
    """Kills workers by SIGKILL as soon as they are busy, some or all of them; each is replaced by its host.

    Where work may be over before one can look, workers of the first kill are `held` from the beginning:
    they take work and do none.
    """

    def __init__(
        self, cluster: Cluster, seed: int, times: int = 1, pause: float = 0.1, *, held: bool = False
    ) -> None:
        self.killed: list[int] = []
        self._cluster, self._times, self._pause, self._held = cluster, times, pause, held
        self._chance = random.Random(seed)
        self._ready, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Killer:
        self._thread.start()
        assert self._ready.wait(_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        with self._cluster.client() as client:
            left = self._times
            doomed: dict[str, int] = {}
            if self._held:
                client.wait_for_workers(1, timeout=_SECONDS)
                doomed = self._some(client.run(os.getpid))
                for process in doomed.values():
                    os.kill(process, signal.SIGSTOP)
            self._ready.set()
            while left and not self._over.wait(0.01):
                busy = [at for at, tasks in client.processing().items() if tasks]
                if not busy or (doomed and not doomed.keys() & busy):
                    continue
                doomed = doomed or self._some(client.run(os.getpid, workers=busy, on_error="ignore"))
                self._over.wait(self._chance.uniform(0, self._pause))
                self.killed += self._kill(doomed)
                doomed = {}
                left -= 1
                self._over.wait(self._chance.uniform(0, self._pause))
            self._kill(doomed)  # nothing was given to those that are held

    def _some(self, workers: dict[str, int]) -> dict[str, int]:
        return dict(self._chance.sample([*workers.items()], self._chance.randint(1, len(workers))))

    def _kill(self, doomed: dict[str, int]) -> list[int]:
        for process in doomed.values():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        return [*doomed.values()]
