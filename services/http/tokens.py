"""The tokens a service asks for, and the refusal to run without on a network."""

import logging
from pathlib import Path

from services.http.loopback import is_loopback
from umbra.core.errors import Refused
from umbra.settings import HttpSettings
from umbra.tokens_file import TokensFile

log = logging.getLogger(__name__)


def tokens_of(settings: HttpSettings) -> TokensFile | None:
    """The tokens of a service; None: everybody may do everything.

    Raises:
        Refused: the file cannot be used, or there is none and others than this machine could come in.
    """
    if settings.tokens_file is not None:
        return _read(Path(settings.tokens_file))
    if is_loopback(settings.host):
        return None
    if not settings.insecure:
        raise Refused(
            f"UMBRA_HOST={settings.host} would let everybody do everything who reaches it. Make tokens with "
            "`umbra tokens create NAME --role operator --file FILE` and set UMBRA_TOKENS_FILE=FILE; or set "
            "UMBRA_INSECURE=1 where nobody else can reach it."
        )
    log.warning("Everybody who reaches this service may do everything.", extra={"host": settings.host})
    return None


def _read(path: Path) -> TokensFile:
    file = TokensFile(path)
    if not file.tokens():
        log.warning("The tokens file has no token yet: nobody may do anything.", extra={"file": path})
    return file
