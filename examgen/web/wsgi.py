"""What a server calls."""

import multiprocessing
import os
import signal

from django.core.wsgi import get_wsgi_application

from examgen.web.lifeline import end_with_parent

if multiprocessing.parent_process() is not None:  # of granian, which starts another when one ends
    end_with_parent(signal.SIGKILL)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "examgen.web.settings")
application = get_wsgi_application()
