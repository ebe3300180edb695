"""Manifests in files of the user."""

from pathlib import Path
from typing import Any

import msgspec
import yaml

from umbra.contracts.manifest_draft import read_draft
from umbra.core.errors import InvalidMessage, Refused


def read_manifest(path: Path) -> dict[str, Any]:
    """A manifest in YAML or JSON; what can be read from the model file may be left out.

    Raises:
        Refused: it cannot be read, or has a field that there is none.
    """
    try:
        read = yaml.safe_load(path.read_text())
        if not isinstance(read, dict):
            raise Refused(f"The manifest {path} is no mapping of fields to values.")
        return read_draft(msgspec.json.encode(read))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, TypeError, InvalidMessage) as err:
        raise Refused(f"Cannot read the manifest {path}: {err} Its fields: docs/models.md.") from err
