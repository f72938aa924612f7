"""An `examgen` for shell sessions that begins at once: each command is a copy of a process that has imported it.

Half of what a command of a story takes is to import what it needs. A server imports what commands before have
imported, and does nothing else; the program `examgen` hands it its words, its folder, its environment and its
three streams, and ends with the status of the copy that ran them.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path

_CLIENT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    asked = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(server, [b"%10d" % len(asked)], [0, 1, 2])
    server.sendall(asked)
    status = server.recv(1)
sys.exit(status[0] if status else 70)
"""


@contextmanager
def quick_examgen(folder: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """The folder of a program `examgen`, which is there as long as the server is."""
    address = folder / "socket"
    program = folder / "bin" / "examgen"
    program.parent.mkdir()
    program.write_text(_CLIENT.format(python=sys.executable, address=str(address)))
    program.chmod(0o755)
    command = [sys.executable, "-c", "from tests.quick_examgen import serve; serve()", str(address)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(
        command,
        cwd=root,
        env={**environment, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdin
        assert server.stdout
        assert server.stdout.readline() == b"ready\n"
        yield program.parent
        server.stdin.close()


def serve() -> None:
    """Runs commands until standard input is closed."""
    import select

    import examgen.commands  # noqa: F401 – what every command needs

    address = Path(sys.argv[1])
    learned = address.with_name("modules")
    learned.touch()
    known = 0
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(address))
        listening.listen()
        print("ready", flush=True)
        while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
            client, _ = listening.accept()
            names = learned.read_text().splitlines()
            for name in names[known:]:
                with suppress(Exception):
                    import_module(name)
            known = len(names)
            if not os.fork():
                listening.close()
                _run(client, learned)
            client.close()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _run(client: socket.socket, learned: Path) -> None:
    """Does what a client asks for; this copy of the server never leaves here."""
    status = 70
    before = set(sys.modules)
    try:
        length, streams, _, _ = socket.recv_fds(client, 10, 3)
        words, folder, environment = json.loads(_received(client, int(length)))
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        sys.stdin = os.fdopen(0, closefd=False)
        sys.stdout = os.fdopen(1, "w", closefd=False)
        sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = ["examgen", *words]
        from examgen.commands import main

        try:
            main()
            status = 0
        except SystemExit as stop:
            status = int(stop.code or 0)
        sys.stdout.flush()
        sys.stderr.flush()
        new = [name for name in sys.modules if name not in before]
        with learned.open("a") as file:
            file.write("".join(f"{name}\n" for name in new))
    except BaseException:
        traceback.print_exc()
    finally:
        client.send(bytes([status]))
        os._exit(0)


def _received(client: socket.socket, length: int) -> bytes:
    data = b""
    while len(data) < length:
        data += client.recv(length - len(data))
    return data
