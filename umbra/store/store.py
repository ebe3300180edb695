"""The store: models and large images, each named by its content, written once and never changed."""

import hashlib
import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from umbra.contracts.manifest import Artifact
from umbra.core.errors import ImageError, Refused
from umbra.settings import StoreSettings
from umbra.store.root import Root

_CHUNK_BYTES = 1 << 20


class StoredImage(NamedTuple):
    """A large image in the store.

    Attributes:
        uri: absolute.
        sha256: hexadecimal, of the whole file.
    """

    uri: str
    sha256: str
    bytes: int


class Store:
    """Keeps files under `settings.store_url`; thread-safe.

    Every method raises `Retryable` when the store is away.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._root = Root(settings.store_url)
        self._made = False

    @property
    def uri(self) -> str:
        """Where the store is, absolute."""
        return self._root.uri

    def ensure(self) -> None:
        """Make the store if this process has not seen it yet; one that was seen and went is away."""
        if not self._made:
            self._root.ensure()
            self._made = True

    def check(self) -> None:
        """Raise `Retryable` when the store is away."""
        self._root.check()

    def put_model(self, raw: bytes) -> Artifact:
        """Keep a model file; the same bytes again change nothing."""
        sha256 = hashlib.sha256(raw).hexdigest()
        name = f"models/{sha256}.onnx"
        self._put(name, io.BytesIO(raw), sha256)
        return Artifact(uri=name, sha256=sha256, bytes=len(raw))

    def open_model(self, artifact: Artifact) -> bytes:
        """The model file, verified.

        Raises:
            Refused: it is gone, unreadable, or no longer what was put there.
        """
        uri = f"{self._root.uri}/models/{artifact.sha256}.onnx"
        if artifact.uri != f"models/{artifact.sha256}.onnx":
            raise Refused(f"{artifact.uri!r} is no model of the store: its name must be its sha256.")
        try:
            raw = self._root.read(uri, artifact.bytes)
        except (FileNotFoundError, ImageError) as err:
            raise Refused(f"The model {uri} cannot be read: {err}. Upload it again.") from err
        if hashlib.sha256(raw).hexdigest() != artifact.sha256:
            raise Refused(f"The model {uri} was changed after its upload. Upload it again.")
        return raw

    def put_image(self, image: BinaryIO | bytes) -> StoredImage:
        """Keep a large image, read twice from its start in pieces; the same bytes again change nothing.

        Args:
            image: bytes, or a seekable stream.

        Raises:
            Refused: the stream gave other bytes the second time.
        """
        stream = io.BytesIO(image) if isinstance(image, bytes) else image
        sha256, size = _digest(stream)
        name = f"images/{sha256}"
        self._put(name, stream, sha256)
        return StoredImage(f"{self._root.uri}/{name}", sha256, size)

    def _put(self, name: str, stream: BinaryIO, sha256: str) -> None:
        self.ensure()
        if self._root.exists(name):
            return
        with self._root.writing(name) as file:
            written = hashlib.sha256()
            for chunk in _chunks(stream):
                written.update(chunk)
                file.write(chunk)
            if written.hexdigest() != sha256:
                raise Refused("The file changed while it was read. Send it again when it is complete.")


def _digest(stream: BinaryIO) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(stream):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    stream.seek(0)
    return iter(lambda: stream.read(_CHUNK_BYTES), b"")
