"""Uploads: from the body of a request to places on the images topic."""

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from services.http.body import announced_bytes
from services.http.problem import Problem, request_id, retry_headers
from services.ingest import body, refusal
from services.ingest.buffer import Buffer, Lease
from services.ingest.counts import Counts
from services.ingest.description import IMAGE_ID, chosen_id
from services.ingest.multipart import Part, Parts
from umbra.contracts.headers import Headers
from umbra.core.errors import ImageError, UmbraError
from umbra.ingest.gateway import Gateway, Image, Parcel, name_of
from umbra.onnx.limits import refuse_too_large

Outcome = dict[str, Any]


class Uploads:
    """Takes one image or several from a request; nothing is sent before its body is complete."""

    def __init__(self, gateway: Gateway, buffer: Buffer, counts: Counts, max_bytes: int) -> None:
        self._gateway, self._buffer, self._counts, self._max_bytes = gateway, buffer, counts, max_bytes

    async def one(self, request: Request, described: Headers) -> JSONResponse:
        """The body is the image."""
        image_id = chosen_id(request.headers.get(IMAGE_ID))
        announced = announced_bytes(request.headers)
        self._refuse_too_large(announced or 0)
        async with self._buffer.lease(announced or 0) as lease:
            raw = await self._read(request, lease)
            outcome = await self._land(Image(raw, image_id, described))
        return JSONResponse(outcome, 202)

    async def several(self, request: Request, described: Headers) -> JSONResponse:
        """Every part of the body is an image."""
        parts = Parts(request.headers["content-type"], self._max_bytes)
        async with self._buffer.lease(announced_bytes(request.headers) or 0) as lease:
            received = 0
            async for chunk in body.chunks(request):
                received += len(chunk)
                await lease.grow(received)
                parts.feed(chunk)
            landing = [self._land_part(part, described, request) for part in parts.finish()]
            outcomes = await asyncio.gather(*landing)
        return _together(outcomes)

    async def _read(self, request: Request, lease: Lease) -> bytes:
        received = bytearray()
        async for chunk in body.chunks(request):
            received += chunk
            self._refuse_too_large(len(received))
            await lease.grow(len(received))
        return bytes(received)

    def _refuse_too_large(self, size: int) -> None:
        try:
            refuse_too_large(size, self._max_bytes)
        except ImageError as err:
            raise refusal.of_packing(err) from err

    async def _land(self, image: Image) -> Outcome:
        parcel = await self._pack(image)
        try:
            place = await asyncio.wrap_future(self._gateway.send(parcel))
        except UmbraError as err:
            raise refusal.of_sending(err) from err
        self._counts.landed(len(image.raw))
        return {"image_id": name_of(parcel, place), "partition": place.partition, "offset": place.offset}

    async def _pack(self, image: Image) -> Parcel:
        try:
            return await asyncio.to_thread(self._gateway.pack, image)
        except UmbraError as err:
            raise refusal.of_packing(err) from err

    async def _land_part(self, part: Part, described: Headers, request: Request) -> Outcome:
        named: Outcome = {"filename": part.filename}
        try:
            self._refuse_too_large(part.size)
            image_id = chosen_id(part.headers.get(IMAGE_ID)) or part.filename
            landed = await self._land(Image(bytes(part.raw), image_id, described))
        except Problem as problem:
            self._counts.refused(problem.slug)
            return {**named, "status": problem.status, "problem": problem.body(request_id(request.scope))}
        return {**named, "status": 202, **landed}


def _together(outcomes: list[Outcome]) -> JSONResponse:
    """202 when all landed, 207 when some did, else the first problem."""
    refused = [outcome for outcome in outcomes if "problem" in outcome]
    answer: dict[str, Any] = {"images": outcomes}
    if len(refused) < len(outcomes):
        return JSONResponse(answer, 207 if refused else 202)
    problem = refused[0]["problem"]
    status: int = problem["status"]
    return JSONResponse(
        {**problem, **answer}, status, retry_headers(status), media_type="application/problem+json"
    )
