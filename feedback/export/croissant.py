"""Croissant 1.0 (MLCommons) with RAI terms: the card that catalogues read, over the canonical JSONL beside it.

https://docs.mlcommons.org/croissant/docs/croissant-spec.html, https://docs.mlcommons.org/croissant/docs/croissant-rai-spec.html
"""

from typing import Any

from feedback.export import card, examples
from feedback.queries import DatasetView, VersionView

FILE = "croissant.json"
# The context of the specification, word for word in meaning.
CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileProperty": "cr:fileProperty",
    "fileObject": "cr:fileObject",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
FIELDS = ("id", "decision", "split", "content_sha256", "group")


def document(dataset: DatasetView, version: VersionView, *, file_sha256: str) -> dict[str, Any]:
    """JSON-LD; `file_sha256` is of the canonical JSONL beside it."""
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": ["http://mlcommons.org/croissant/1.0", "http://mlcommons.org/croissant/RAI/1.0"],
        "name": dataset.name,
        "description": dataset.description or "Decisions of people about calls that agents wanted to make.",
        "url": f"urn:sha256:{version.manifest_sha256}",
        "license": "https://schema.org/LicenseNotSpecified",
        "citeAs": f"{dataset.name}, version {version.n}, manifest SHA-256 {version.manifest_sha256}",
        "version": f"{version.n}.0.0",
        "datePublished": f"{version.frozen_at:%Y-%m-%d}",
        "distribution": [
            {
                "@type": "cr:FileObject",
                "@id": examples.FORMAT.file,
                "name": examples.FORMAT.file,
                "contentUrl": examples.FORMAT.file,
                "encodingFormat": "application/jsonlines",
                "sha256": file_sha256,
            }
        ],
        "recordSet": [
            {"@type": "cr:RecordSet", "@id": "examples", "name": "examples", "field": [_field(name) for name in FIELDS]}
        ],
        "rai:dataCollection": "Each example is one decision that a person took on a call before it ran.",
        "rai:dataCollectionType": "Manual Human Curation",
        "rai:dataAnnotationProtocol": "Approve, edit or reject, with a reason from a versioned taxonomy.",
        "rai:dataAnnotationPlatform": "Countersign",
        "rai:annotationsPerItem": "1",
        "rai:dataBiases": list(card.BIASES),
        "rai:dataLimitations": card.LIMITS,
        "rai:personalSensitiveInformation": f"Redacted with {version.manifest['redaction']} before hashing.",
        "rai:dataUseCases": "Evaluation and training of agents that call tools.",
        "rai:dataReleaseMaintenancePlan": "Versions are frozen; an erasure revokes those that hold the example.",
    }


def _field(name: str) -> dict[str, Any]:
    return {
        "@type": "cr:Field",
        "@id": f"examples/{name}",
        "name": name,
        "dataType": "sc:Text",
        "source": {"fileObject": {"@id": examples.FORMAT.file}, "extract": {"column": name}},
    }
