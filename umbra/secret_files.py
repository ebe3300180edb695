"""Secrets from files: `UMBRA_X_FILE` names the file that holds the secret `UMBRA_X`.

Container platforms hand secrets out as files; what is in a file does not show in `docker inspect` or `/proc`.
"""

import os
from pathlib import Path
from typing import Any, get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from umbra.core.errors import Refused

SUFFIX = "_FILE"


class SecretFiles(PydanticBaseSettingsSource):
    """The secrets of a settings class that are given as files.

    Raises (when called):
        Refused: a secret is given twice, or its file cannot be read; the text names
            the variable and the file.
    """

    def __call__(self) -> dict[str, Any]:
        found = {name: self._read(name) for name, field in self._fields() if is_secret(field)}
        return {name: secret for name, secret in found.items() if secret is not None}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        return (self._read(field_name) if is_secret(field) else None), field_name, False

    def _fields(self) -> list[tuple[str, FieldInfo]]:
        return list(self.settings_cls.model_fields.items())

    def _read(self, field_name: str) -> str | None:
        direct = f"{self.config.get('env_prefix', '')}{field_name}".upper()
        variable = f"{direct}{SUFFIX}"
        path = os.environ.get(variable)
        if not path:
            return None
        if os.environ.get(direct):
            raise Refused(f"{direct} and {variable} are both set. Keep one of them.")
        return _content(variable, Path(path))


def is_secret(field: FieldInfo) -> bool:
    """Whether a field is a `SecretStr`, or one that may be left out."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def secret_fields(block: type[BaseSettings]) -> list[str]:
    """The names of a class' secrets."""
    return [name for name, field in block.model_fields.items() if is_secret(field)]


def _content(variable: str, path: Path) -> str:
    """What the file holds, less one newline at its end: editors and `echo` leave one."""
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as err:
        reason = err.strerror if isinstance(err, OSError) else "it is no UTF-8 text"
        raise Refused(
            f"{variable}: {path} cannot be read: {reason}. Name a file this process may read."
        ) from err
    secret = text.removesuffix("\n").removesuffix("\r")
    if not secret:
        raise Refused(f"{variable}: {path} is empty. Put the secret into it, or unset {variable}.")
    return secret
