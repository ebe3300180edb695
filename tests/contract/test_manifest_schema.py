"""The published JSON Schema is that of the manifests that are read."""

import json
from pathlib import Path

import msgspec

from umbra.contracts.manifest import Input, Manifest, Thresholds
from umbra.contracts.manifest_draft import schema

PUBLISHED = json.loads(Path("docs/manifest.schema.json").read_text())


def test_it_is_the_one_of_this_version() -> None:
    assert schema() == PUBLISHED


def test_it_has_every_field_and_no_other() -> None:
    for struct in (Manifest, Input, Thresholds):
        described = PUBLISHED["$defs"][struct.__name__]
        assert set(described["properties"]) == {field.name for field in msgspec.structs.fields(struct)}
        assert described["additionalProperties"] is False
        assert not described.get("required")
