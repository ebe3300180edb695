"""Where model files come from: this machine's cache, else the store, else the API."""

import hashlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from umbra.contracts.manifest import Artifact, spec_from
from umbra.core.errors import InvalidMessage, Refused, Retryable
from umbra.core.tokens import authorization
from umbra.onnx.runtime import Provider
from umbra.onnx.session import Model
from umbra.store import Store

_TIMEOUT_S = 30.0


class Artifacts:
    """Model files by their sha256, verified each time.

    Args:
        url: of the API, asked when the store does not have the file; None: it is not asked.
        cache: a directory.
        token: a viewer's, where the API asks for one.

    Raises:
        Refused: it can be none.
    """

    def __init__(self, store: Store, url: str | None, cache: Path, token: str | None = None) -> None:
        self._store = store
        self._url = url
        self._cache = cache
        self._headers = authorization(token)

    def fetch(self, version: str, artifact: Artifact) -> bytes:
        """The model file of a ModelVersion.

        Raises:
            Refused: it is not to be had, or is not the file it should be.
            Retryable: store or API are away.
        """
        cached = self._cache / f"{artifact.sha256}.onnx"
        if (raw := _read(cached)) is not None and _is(raw, artifact):
            return raw
        raw = self._fetch(version, artifact)
        _keep(cached, raw)
        return raw

    def _fetch(self, version: str, artifact: Artifact) -> bytes:
        try:
            return self._store.open_model(artifact)
        except (Refused, Retryable):
            if self._url is None:
                raise
        raw = _download(f"{self._url}/v1/model-versions/{quote(version, safe='')}/artifact", self._headers)
        if not _is(raw, artifact):
            raise Refused(f"The API's file of {version} is not the one with sha256 {artifact.sha256}.")
        return raw


@dataclass(frozen=True, slots=True)
class Execution:
    """How models are to be run; see `onnx.session.Model.load`."""

    providers: Sequence[Provider]
    threads: int | None
    rows: int


class Loader:
    """Loads and warms the model of a ModelVersion."""

    def __init__(self, artifacts: Artifacts, execution: Execution) -> None:
        self._artifacts = artifacts
        self._execution = execution

    def __call__(self, version: str, spec: Mapping[str, object]) -> Model:
        """As `models.Load`."""
        try:
            read = spec_from(spec)
        except InvalidMessage as err:
            raise Refused(f"The spec of {version} cannot be read: {err}") from err
        file = self._artifacts.fetch(version, read.artifact)
        execution = self._execution
        return Model.load(file, read.manifest, execution.providers, execution.threads, execution.rows)


def _is(raw: bytes, artifact: Artifact) -> bool:
    return hashlib.sha256(raw).hexdigest() == artifact.sha256


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _keep(path: Path, raw: bytes) -> None:
    """Whole or not at all; a cache that cannot be written is none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(raw)
        os.replace(file.name, path)
    except OSError:
        return


def _download(url: str, headers: Mapping[str, str]) -> bytes:
    import httpx  # half a second of every start otherwise, for what is rarely needed

    try:
        # No redirect is followed: the token is for this address.
        response = httpx.get(
            url, headers=headers, timeout=_TIMEOUT_S, trust_env=False, follow_redirects=False
        )
    except httpx.TransportError as err:
        raise Retryable(f"{url} cannot be read: {str(err) or type(err).__name__}.") from err
    if response.status_code == 404:
        raise Refused(f"{url} is not there.")
    if response.status_code in (401, 403):
        # Whoever mends the token should not have to start every worker again.
        raise Retryable(f"{url} answers {response.status_code}: set UMBRA_TOKEN to the token of a viewer.")
    if response.status_code != 200:
        raise Retryable(f"{url} answers {response.status_code}.")
    return response.content
