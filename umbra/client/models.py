"""Models, from the client's side."""

import json
from pathlib import Path
from typing import Any

from umbra.client.transport import Transport, path
from umbra.contracts.http.model_version import ModelVersion, ModelVersions
from umbra.core.errors import Refused

_CHECKED_WITHIN_S = 600.0
"""The checker runs the model, after those that were sent before."""


class Models:
    """`client.models`."""

    def __init__(self, api: Transport) -> None:
        self._api = api

    def add(
        self,
        file: str | Path,
        name: str | None = None,
        manifest: dict[str, Any] | None = None,
        *,
        wait: bool = True,
    ) -> ModelVersion:
        """Upload a model file as the next version of its model; the same file twice is one version.

        Args:
            name: of the model; without it, from the file's name.
            manifest: what the file does not say by itself (docs/models.md).
            wait: until it is checked; else its `state` is `checking`, and `get` tells what becomes of it.

        Raises:
            Refused: there is no such file, or the model cannot be used.
        """
        try:
            raw = Path(file).read_bytes()
        except OSError as err:
            raise Refused(f"Cannot read {file}: {err.strerror}. Name an .onnx file.") from err
        fields = {"name": name, "manifest": json.dumps(manifest) if manifest else None}
        return self._api.json(
            ModelVersion,
            "POST",
            path("model-versions"),
            files={"file": (Path(file).name, raw)},
            headers={} if wait else {"Prefer": "respond-async"},
            timeout=_CHECKED_WITHIN_S,
            data={name: value for name, value in fields.items() if value is not None},
        )

    def list(self) -> list[ModelVersion]:
        """Every ModelVersion, by model, newest first."""
        return self._api.json(ModelVersions, "GET", path("model-versions")).items

    def get(self, model_version: str) -> ModelVersion:
        """One ModelVersion, `<model>@<n>`."""
        return self._api.json(ModelVersion, "GET", path("model-versions", model_version))

    def artifact(self, model_version: str) -> bytes:
        """The model file."""
        return self._api.bytes("GET", path("model-versions", model_version, "artifact"))
