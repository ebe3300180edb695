"""What `UMBRA_ORT_PROVIDERS` and `UMBRA_ORT_PROVIDER_OPTIONS` say, read from their text."""

import msgspec

from umbra.core.providers import provider

EXAMPLE = '{"CUDA": {"device_id": 1}}'


def read_providers(value: object) -> object:
    """ONNX Runtime's own names, from names with commas between them.

    Raises:
        ValueError: a name can be no provider, stands there twice, or there is none.
    """
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)):
        return value
    names = tuple(map(provider, filter(None, map(str.strip, given))))
    if not names or len(set(names)) < len(names):
        raise ValueError(f"Name each provider once, and one at least, not {value!r}.")
    return names


def read_options(value: object) -> object:
    """The options of each provider by its own name, all of them text, from JSON.

    Raises:
        ValueError: it is no such JSON, or names what can be no provider.
    """
    if not isinstance(value, str):
        return value
    try:
        read = msgspec.json.decode(value, type=dict[str, dict[str, str | int | float | bool]])
    except (msgspec.DecodeError, msgspec.ValidationError) as err:
        raise ValueError(f"{err}. Give JSON, options by the name of their provider, like {EXAMPLE}.") from err
    return {
        provider(name): {option: _plain(setting) for option, setting in options.items()}
        for name, options in read.items()
    }


def _plain(setting: str | float | bool) -> str:
    """As ONNX Runtime reads it: its switches are 1 and 0."""
    return str(int(setting)) if isinstance(setting, bool) else str(setting)
