"""The one place that names the SDK's version; sdk/pyproject.toml reads it from here."""

VERSION = "0.1.0"
