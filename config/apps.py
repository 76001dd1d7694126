"""Registers the system checks."""

from django.apps import AppConfig

from config import checks


class CountersignConfig(AppConfig):
    name = "config"
    label = "config"

    def ready(self) -> None:
        checks.register()
