"""Settings come from UMBRA_ variables; a wrong one is named."""

import pytest

from umbra.core.errors import Refused
from umbra.settings import (
    ClientSettings,
    KafkaSettings,
    PostgresSettings,
    StoreSettings,
    WorkerSettings,
    documented_variables,
    refuse_unknown,
)


def test_nothing_set_gives_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UMBRA_KAFKA_BOOTSTRAP", raising=False)
    assert KafkaSettings.load({}).topics.images == "umbra.images"


def test_an_unknown_variable_is_refused_with_the_nearest_known_name() -> None:
    with pytest.raises(Refused, match=r"UMBRA_KAFKA_BOOTSTRAPS.*UMBRA_KAFKA_BOOTSTRAP"):
        refuse_unknown({"UMBRA_KAFKA_BOOTSTRAPS": "x"})


def test_other_variables_are_nobodys_business() -> None:
    refuse_unknown({"PATH": "/bin", "KAFKA_BOOTSTRAP": "x"})


def test_an_unfit_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMBRA_PARTITIONS", "0")
    with pytest.raises(Refused, match="UMBRA_PARTITIONS"):
        KafkaSettings.load({})


@pytest.mark.parametrize(("text", "prefixes"), [("", ()), ("s3://a/,http://b/", ("s3://a/", "http://b/"))])
def test_lists_are_comma_separated(
    monkeypatch: pytest.MonkeyPatch, text: str, prefixes: tuple[str, ...]
) -> None:
    monkeypatch.setenv("UMBRA_CLAIM_CHECK_PREFIXES", text)
    assert StoreSettings.load({}).claim_check_prefixes == prefixes


def test_the_password_is_not_shown() -> None:
    settings = PostgresSettings.load({}, postgres_dsn="postgresql://u:hunter2@h/d")
    assert "hunter2" not in repr(settings)


def test_the_token_is_not_shown() -> None:
    settings = ClientSettings.load({}, token="umbra_hunter2")
    assert "hunter2" not in repr(settings)
    assert settings.shown_token == "umbra_hunter2"
    assert ClientSettings.load({}).shown_token is None


def test_every_variable_is_explained() -> None:
    assert [v.name for v in documented_variables() if not v.description] == []


def test_providers_go_by_short_names_and_take_their_options(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UMBRA_ORT_PROVIDERS", "TensorRT, cuda,CPU")
    monkeypatch.setenv("UMBRA_ORT_PROVIDER_OPTIONS", '{"CUDA": {"device_id": 1, "use_tf32": false}}')

    assert WorkerSettings.load({}).providers == (
        ("TensorrtExecutionProvider", {}),
        ("CUDAExecutionProvider", {"device_id": "1", "use_tf32": "0"}),
        ("CPUExecutionProvider", {}),
    )


@pytest.mark.parametrize(
    ("providers", "options", "why"),
    [
        ("CUDAA", "", r"UMBRA_ORT_PROVIDERS: 'CUDAA' is no provider \(CUDA\?\)"),
        ("CUDA,cuda", "", "Name each provider once"),
        (",", "", "Name each provider once, and one at least"),
        ("CUDA", "device_id=1", "Give JSON, options by the name of their provider"),
        ("CUDA", '{"CUDA": {"device_id": [1]}}', "UMBRA_ORT_PROVIDER_OPTIONS"),
        ("CUDA", '{"ROCm": {"device_id": 1}}', "has options of ROCm, and UMBRA_ORT_PROVIDERS is CUDA"),
        ("CPU", '{"CPU": {"threads": 1}}', "the CPU has no options"),
    ],
)
def test_providers_that_cannot_be_are_refused(
    monkeypatch: pytest.MonkeyPatch, providers: str, options: str, why: str
) -> None:
    monkeypatch.setenv("UMBRA_ORT_PROVIDERS", providers)
    if options:
        monkeypatch.setenv("UMBRA_ORT_PROVIDER_OPTIONS", options)
    with pytest.raises(Refused, match=why):
        WorkerSettings.load({})
