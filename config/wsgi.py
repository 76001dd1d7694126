"""The agents' API for a WSGI server, where synchronous database views cost half."""

import gc
import os
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

people = get_wsgi_application()
# These stand on loaded apps, which the line above has loaded.
machines = import_string("config.lane.MachineHandler")()
is_for_machines: Callable[[str], bool] = import_string("config.middleware.is_for_machines")
# The views too, which takes a second: not while the first agent that a worker meets waits for its answer.
import_string(f"{settings.ROOT_URLCONF}.urlpatterns")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Machines on the short way, everybody else through all layers."""
    handler = machines if is_for_machines(environ["PATH_INFO"]) else people
    answer: Iterable[bytes] = handler(environ, start_response)
    return answer


# What was loaded by now lives as long as the process, so the collector need not look at it again and again.
gc.collect()
gc.freeze()
gc.set_threshold(20_000, 20, 50)
