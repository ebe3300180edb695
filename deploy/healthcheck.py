#!/usr/local/bin/python -IS
"""`healthcheck URL`: exit code 0 when the URL answers 200, else 1 with what it said."""

import sys
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

_ANSWER_S = 3.0


def main(url: str) -> int:
    try:
        build_opener(ProxyHandler({})).open(url, timeout=_ANSWER_S)
    except HTTPError as err:
        sys.stderr.write(f"{url} answers {err.code}: {err.read(2000).decode(errors='replace')}\n")
        return 1
    except OSError as err:
        sys.stderr.write(f"{url} does not answer: {err}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
