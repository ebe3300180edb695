"""What /docs says of the upload route, whose body FastAPI does not read."""

from typing import Any

BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "One image, or several as the parts of a multipart body; the id of each is its part's "
        "`X-Image-Id` header, else its filename.",
        "content": {
            **{
                content_type: {"schema": {"type": "string", "format": "binary"}}
                for content_type in ("image/*", "application/octet-stream")
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "images": {"type": "array", "items": {"type": "string", "format": "binary"}}
                    },
                }
            },
        },
    },
    "parameters": [
        {"in": "header", "name": name, "required": False, "schema": {"type": "string"}, "description": text}
        for name, text in {
            "X-Image-Id": "Its id, percent-encoded UTF-8 of at most 200 bytes; without one it is called "
            "<partition>-<offset>.",
            "X-Captured-At": "When it was taken, RFC 3339.",
            "X-Source": "Which camera took it, percent-encoded.",
            "X-Tags": "A JSON array of strings.",
            "X-Metadata": "A JSON object.",
            "traceparent": "W3C trace context, kept with the image.",
        }.items()
    ],
}

RESPONSES: dict[int | str, dict[str, Any]] = {
    202: {"description": "On the log: `{image_id, partition, offset}`, or `{images: […]}` for multipart."},
    207: {"description": "Of several images some were not taken; each entry has its status or problem."},
    413: {"description": "Too many bytes or pixels."},
    422: {"description": "Not an image, or a header or name is unfit."},
    503: {"description": "Kafka or the store is away, or too much arrives at once: send it again."},
    507: {"description": "The disk is nearly full."},
}
