"""Compliance reads every floor below it, which the audit log at the ground may not."""

from django.apps import AppConfig


class ComplianceConfig(AppConfig):
    name = "compliance"
