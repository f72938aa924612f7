"""`python -m examgen.web.jobs`: the worker of the site that the environment names."""

import os

import django

django.setup()

from examgen.web.jobs.worker import work  # noqa: E402 # models can be loaded only now

if hasattr(os, "nice"):
    os.nice(10)  # pages go before jobs
work()
