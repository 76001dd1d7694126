"""Static files under hashed names, so that browsers may keep them for ever."""

from servestatic.storage import CompressedManifestStaticFilesStorage


class HashedStaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Also rewrites the imports between our ES modules."""

    support_js_module_import_aggregation = True
