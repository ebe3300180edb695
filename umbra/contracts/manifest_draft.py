"""A manifest as a user gives it: what can be read from the model file may be left out.

Its types are made of the manifest's own, so that no field can be forgotten here.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from umbra.contracts.manifest import Input, Manifest
from umbra.contracts.wire import VERSION, Decoder
from umbra.core.errors import InvalidMessage


def _draft_of(struct: type[msgspec.Struct], others: Mapping[str, Any]) -> Any:
    """`struct` with fields that may all be left out."""
    fields: list[tuple[str, Any, Any]] = []
    for field in msgspec.structs.fields(struct):
        if field.name == "v":
            fields.append(("v", int, VERSION))
        else:
            fields.append((field.name, others.get(field.name, field.type) | UnsetType, UNSET))
    return msgspec.defstruct(
        struct.__name__, fields, kw_only=True, frozen=True, forbid_unknown_fields=True, module=__name__
    )


Draft: Any = _draft_of(Manifest, {"input": _draft_of(Input, {})})

_decoder: Decoder[Any] = Decoder(Draft, "manifest")


def read_draft(raw: bytes) -> dict[str, Any]:
    """What a user gives of a manifest, as plain mappings.

    Raises:
        InvalidMessage: not JSON, a field that is unknown or of another type, or of a newer version.
    """
    given: dict[str, Any] = msgspec.to_builtins(_decoder.decode(raw))
    return given


def manifest_of(plain: Mapping[str, Any]) -> Manifest:
    """The whole manifest.

    Raises:
        InvalidMessage: a field is missing.
    """
    try:
        return msgspec.convert(plain, Manifest)
    except msgspec.ValidationError as err:
        raise InvalidMessage(f"Not a manifest: {err}.") from err


def schema() -> dict[str, Any]:
    """The JSON Schema of what a user may give."""
    made: dict[str, Any] = msgspec.json.schema(Draft)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Umbra manifest", **made}
