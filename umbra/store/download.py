"""Claim checks behind HTTP: no redirects, no proxies, no decompression, a bound on the size."""

import httpx

from umbra.contracts import dead_letter
from umbra.core.errors import ImageError, Retryable
from umbra.store.root import bounded

_TIMEOUT = httpx.Timeout(10.0, connect=3.0)


class Download:
    """Reads files from the servers an operator allowed; thread-safe."""

    def __init__(self) -> None:
        # Without the environment: neither its proxies nor a .netrc may bend where an allowed URI leads.
        self._client = httpx.Client(follow_redirects=False, trust_env=False, timeout=_TIMEOUT)

    def read(self, uri: str, max_bytes: int) -> bytes:
        """The bytes at `uri`.

        Raises:
            FileNotFoundError: the server does not have it.
            ImageError: it is too large, or the server redirects.
            Retryable: the server is away, overloaded or broken.
        """
        try:
            with self._client.stream("GET", uri, headers={"Accept-Encoding": "identity"}) as response:
                _check_status(response, uri)
                return bounded(response.iter_raw(), uri, max_bytes)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as err:
            raise ImageError(dead_letter.CLAIM_CHECK_REFUSED, f"{uri} is no URL: {err}.") from err
        except httpx.TransportError as err:
            raise Retryable(f"{uri} cannot be read: {str(err) or type(err).__name__}.") from err


def _check_status(response: httpx.Response, uri: str) -> None:
    status = response.status_code
    if status >= 500 or status in (408, 425, 429):
        raise Retryable(f"{uri} cannot be read: its server answers {status} {response.reason_phrase}.")
    if 300 <= status < 400:
        raise ImageError(
            dead_letter.CLAIM_CHECK_REFUSED, f"{uri} redirects ({status}); redirects are not followed."
        )
    if status != 200:
        raise FileNotFoundError(f"its server answers {status} {response.reason_phrase}")
