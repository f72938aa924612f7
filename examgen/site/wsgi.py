"""What a server calls, with all that pages need loaded before the first one is asked for."""

import gc
import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from examgen.site.lifeline import end_with_parent
from examgen.site.turns import in_turns

if multiprocessing.parent_process() is not None:  # of granian, which starts another when one ends
    end_with_parent(signal.SIGKILL)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examgen.site.settings")
application = in_turns(get_wsgi_application())

_LEAST_NEW = 20_000
"""Objects made between two looks of the garbage collector; a page that reads a file of items makes more of
them, and nearly all go without it."""


def _load() -> None:
    """Views, addresses and words, which take seconds: the first people would wait for them, one behind the
    other. What is loaded now stays, and the garbage collector need not walk it again and again."""
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
