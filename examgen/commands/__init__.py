"""The command line: parses, calls one function of a package, prints. Heavy libraries load only where used."""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from examgen.commands import screen
from examgen.commands.screen import choose, said
from examgen.core.problems import (
    ExamgenError,
    Exit,
    MissingDependency,
    Problem,
    Refused,
    WrongUsage,
    system_words,
)
from examgen.core.words import tell

_LEAST_NEW = 200_000
"""The number of new objects after which Python looks for unreferenced cycles."""


def program() -> NoReturn:
    """Run the command as a process of its own, which then exits at once: unloading everything piece by piece
    would take longer than many commands."""
    status: object = Exit.BUG
    try:
        main()
    except SystemExit as end:
        status = end.code
    except KeyboardInterrupt:
        status = Exit.INTERRUPTED
    except ModuleNotFoundError as error:  # while a fault was told
        status = _lacks(error)
    finally:
        # threads first, as when Python itself ends: one of them sends workers home by a queue that the exit
        # functions close, and these would then wait for workers that nobody has told
        with suppress(KeyboardInterrupt):
            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):  # whoever read has left
                stream.flush()
        os._exit(status if isinstance(status, int) else Exit.DONE)


def main() -> None:
    """Run the command. The user never sees a traceback."""
    # what is loaded stays: looking through it for garbage, again and again, takes a tenth of the start
    gc.set_threshold(_LEAST_NEW)
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # it looks through all that is installed
    atexit.register(gc.freeze)  # and as often once more when the process ends
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        sys.exit(_run())
    except ExamgenError as error:
        _fail(error)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(Exit.DONE)
    except OSError as error:
        _fail(
            Refused.because(
                "{filename}: {strerror}",
                filename=error.filename or tell("a file"),
                strerror=system_words(error),
            )
        )
    except ModuleNotFoundError as error:
        sys.exit(_our_bug() if (error.name or "").partition(".")[0] == "examgen" else _lacks(error))
    except Exception:
        sys.exit(_our_bug())


def _lacks(error: ModuleNotFoundError) -> int:
    """Report a missing library; this prints without any library, as any may be missing."""
    message = tell(
        "{python} has no library {name}, which examgen needs. Reinstall examgen "
        "there, or use the Python that it was installed for.",
        python=sys.executable,
        name=error.name,
    )
    if "--json" in sys.argv:
        _print_error(MissingDependency.__name__, message, Exit.MISSING_DEPENDENCY, ())
    print(f"examgen: {said(message)}", file=sys.stderr)
    return Exit.MISSING_DEPENDENCY


def _run() -> int:
    """Run the command that the user typed, and return its exit status."""
    from examgen.core.text.characters import turned

    words = choose(sys.argv[1:], os.environ)
    for word in words:  # names, ids and paths that look like others
        if fault := turned(word):
            raise WrongUsage.because("{word!r} {fault}", word=word, fault=fault)
    import click

    from examgen.commands.tree import root

    try:
        return root().main(words, prog_name="examgen", standalone_mode=False) or Exit.DONE
    except click.ClickException as error:
        if "--json" in words:
            _print_error(WrongUsage.__name__, error.format_message(), Exit.USAGE, ())
        else:
            error.show()
        return error.exit_code
    except click.Abort:
        return Exit.INTERRUPTED


def _fail(error: ExamgenError) -> NoReturn:
    """Exit with the error's status, even if the program that reads the output has ended (`| head`)."""
    try:
        _report(error)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(error.exit_code)


def _report(error: ExamgenError) -> None:
    if "--json" in sys.argv:
        _print_error(type(error).__name__, error.message, error.exit_code, error.problems, error.details)
        return
    screen.say_aside(f"examgen: {said(error.message)}", "bold red")
    screen.show_problems(error.problems)
    if error.advice:
        screen.say_aside(said(tell("Try one of these, the simplest first:")), "bold")
    for text in error.advice:
        lines = said(text).replace("\n", "\n    ")
        screen.say_aside(f"  – {lines}")


def _print_error(
    kind: str,
    message: str,
    status: Exit,
    problems: Iterable[Problem],
    details: Mapping[str, Any] | None = None,
) -> None:
    document = {
        "error": {"kind": kind, "message": message, "exit": int(status)},
        "problems": [problem.as_dict() for problem in problems],
        **(details or {}),
    }
    print(json.dumps(document, ensure_ascii=False, indent=2))


def _our_bug() -> int:
    import traceback

    from platformdirs import user_log_dir

    try:
        log = Path(user_log_dir("examgen", appauthor=False, ensure_exists=True)) / "examgen.log"
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)  # names may be in it
        with open(handle, "a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"examgen {' '.join(sys.argv[1:])}\n{traceback.format_exc()}\n")
        message = tell("This is an error in examgen. Details are in {log}. Please send them to us.", log=log)
    except OSError:
        message = tell("This is an error in examgen. Its details could not be logged.")
    if "--json" in sys.argv:
        _print_error("Bug", message, Exit.BUG, ())
    print(f"examgen: {said(message)}", file=sys.stderr)
    return Exit.BUG
