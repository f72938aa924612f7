"""The WSGI application. Everything that pages need is loaded before the first request."""

import gc
import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from examgen.site.server import end_with_parent, in_turns

if multiprocessing.parent_process() is not None:  # of granian, which starts another when one ends
    end_with_parent(signal.SIGKILL)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examgen.site.settings")
application = in_turns(get_wsgi_application())

_LEAST_NEW = 20_000
"""Objects created between two runs of the garbage collector. A page that reads a file of items creates more,
and nearly all are freed without it."""


def _load() -> None:
    """Loads views, URLs and catalogues, which takes seconds, before the first request. The objects loaded so
    far are exempted from garbage collection."""
    from django.conf import settings
    from django.urls import reverse
    from django.utils.translation import gettext, override

    from examgen.core.words import thai_of

    for language, _ in settings.LANGUAGES:
        with override(language):
            reverse("home")
            gettext("Save")
    thai_of("")
    gc.collect()
    gc.freeze()
    gc.set_threshold(_LEAST_NEW, 20, 20)


_load()
