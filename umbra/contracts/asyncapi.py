"""The AsyncAPI document of the topics, made from the messages themselves (`make docs`)."""

from typing import Any

import msgspec

from umbra.contracts import headers as h
from umbra.contracts.control import RevisionRecord
from umbra.contracts.prediction import Prediction
from umbra.contracts.replay import ReplayRecord
from umbra.contracts.topics import Topics
from umbra.contracts.worker_status import WorkerStatus
from umbra.core.names import CHAMPION

_SCHEMAS = "#/components/schemas/{name}"

_IMAGE_HEADERS = {
    h.DEPLOYMENT: "The deployment that judges the image.",
    h.IMAGE_ID: "Its id; else the key, else its place.",
    h.CONTENT_TYPE: "MIME type of the image.",
    h.CAPTURED_AT: "RFC 3339.",
    h.SOURCE: "Where it comes from, a camera's name for instance.",
    h.TAGS: "JSON array of strings.",
    h.METADATA: "JSON object.",
    h.URI: "Claim check: where the bytes are; the value is empty then.",
    h.SHA256: "Of the bytes; needed with a uri.",
    h.TRACEPARENT: "W3C trace context, carried to the predictions.",
    h.MARKER: "Set by the relay alone: this record marks where a revision starts; skip it.",
}
_PREDICTION_HEADERS = {
    h.DEPLOYMENT: "As in the value.",
    h.SLOT: "As in the value.",
    h.MODEL_VERSION: "As in the value.",
    h.REVISION: "As in the value.",
}
_DLQ_HEADERS = {
    h.ERROR_CODE: "Why; see the codes in umbra/contracts/dead_letter.py.",
    h.ERROR_MESSAGE: "For people.",
    h.ORIGIN: "<topic>:<partition>:<offset> of the record.",
}


def document() -> dict[str, Any]:
    """The whole document; addresses are those of the default prefix."""
    _, schemas = msgspec.json.schema_components(
        (Prediction, RevisionRecord, ReplayRecord, WorkerStatus), ref_template=_SCHEMAS
    )
    topics = Topics()
    channels = {
        "images": _channel(topics.images, "One record an image, as its encoded bytes.", "image"),
        "predictionsChampion": _channel(
            topics.predictions_champion,
            "What the champion says: the predictions that count. Read with isolation.level=read_committed.",
            "prediction",
        ),
        "predictionsShadow": _channel(
            topics.predictions_shadow, "What every shadow slot says of the same images.", "prediction"
        ),
        "control": _channel(
            topics.control,
            "Every revision and every replay; the key is <deployment>@<revision>, or replay/<id>.",
            "revision",
            "replay",
        ),
        "workers": _channel(topics.workers, "Who runs what; the key is the worker's name.", "workerStatus"),
        "deadLetters": _channel(
            topics.dlq(CHAMPION), "What the champion's workers could not judge; one topic a slot.", "dead"
        ),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Umbra topics", "version": "1", "license": {"name": "MIT"}},
        "defaultContentType": "application/json",
        "channels": channels,
        "components": {"messages": _messages(), "schemas": schemas},
    }


def _channel(address: str, description: str, *messages: str) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "messages": {message: {"$ref": f"#/components/messages/{message}"} for message in messages},
    }


def _messages() -> dict[str, Any]:
    return {
        "image": {"contentType": "application/octet-stream", "headers": _headers(_IMAGE_HEADERS)},
        "prediction": _message("Prediction", _PREDICTION_HEADERS),
        "revision": _message("RevisionRecord", {}),
        "replay": _message("ReplayRecord", {}),
        "workerStatus": _message("WorkerStatus", {}),
        "dead": {
            "contentType": "application/octet-stream",
            "headers": _headers(_IMAGE_HEADERS | _DLQ_HEADERS),
        },
    }


def _message(schema: str, headers: dict[str, str]) -> dict[str, Any]:
    message: dict[str, Any] = {"payload": {"$ref": _SCHEMAS.format(name=schema)}}
    return message | ({"headers": _headers(headers)} if headers else {})


def _headers(described: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {name: {"type": "string", "description": text} for name, text in described.items()},
    }
