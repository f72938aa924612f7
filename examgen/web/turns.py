"""Requests in turns: many may be on their way into a process, and few are worked on at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import BoundedSemaphore
from typing import Any

AT_ONCE, ON_THE_WAY = 4, 32
"""Requests of one process that are worked on at a time, and those that it has at all."""
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def in_turns(application: Application) -> Application:
    """The same, `AT_ONCE` at a time: whoever waits for more of what is sent leaves the turn to others, so
    that a few large files on slow lines hold up nobody."""
    turns = BoundedSemaphore(AT_ONCE)

    def waiting(read: Callable[..., bytes]) -> Callable[..., bytes]:
        """The same, without a turn."""

        def waited(*size: int) -> bytes:
            turns.release()
            try:
                return read(*size)
            finally:
                turns.acquire()

        return waited

    class Sent:
        """The body of a request."""

        def __init__(self, stream: Any) -> None:
            self.read, self.readline = waiting(stream.read), waiting(stream.readline)

    def taken(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with turns:
            return application({**environ, "wsgi.input": Sent(environ["wsgi.input"])}, start_response)

    return taken
