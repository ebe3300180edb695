"""Every setting of every service, in blocks; a service's settings are the blocks it needs.

Each field is an environment variable: `kafka_bootstrap` is `UMBRA_KAFKA_BOOTSTRAP`. All blocks stand
here, so that a misspelt variable is found whichever service reads it, and `docs/settings.md` is whole.
"""

import difflib
import os
from collections.abc import Mapping
from ssl import SSLContext
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from umbra.contracts.topics import Topics
from umbra.core.errors import Refused
from umbra.core.providers import CPU, NAMES, short_name
from umbra.provider_variables import EXAMPLE, read_options, read_providers
from umbra.secret_files import SUFFIX, SecretFiles, secret_fields
from umbra.tls import client_context

PREFIX = "UMBRA_"

GIVEN_TO_TESTS = frozenset({"UMBRA_TEST_BACKEND"})
"""Read by the test suite, not by a service."""


def _split(value: object) -> object:
    return tuple(part for part in value.split(",") if part) if isinstance(value, str) else value


CommaSeparated = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]


class Block(BaseSettings):
    """Frozen settings: keyword arguments of `load`, else `UMBRA_*` variables, else files that hold secrets.

    Every `SecretStr` may be given as a file: `UMBRA_X_FILE` instead of `UMBRA_X`.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, SecretFiles(settings_cls)

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None, **given: Any) -> Self:
        """The settings of this process.

        Raises:
            Refused: a variable is unknown (the nearest known one is named), a value is unfit, or the file
                of a secret cannot be read.
        """
        refuse_unknown(os.environ if environ is None else environ)
        try:
            return cls(**given)
        except ValidationError as err:
            raise Refused(_readable(err)) from err


class KafkaSettings(Block):
    """Which Kafka, and how to be let in; the clients of both libraries are made from this one block.

    Raises (when made):
        Refused: what is said of TLS and SASL does not fit together, or a file of it cannot be used.
    """

    kafka_bootstrap: str = Field("127.0.0.1:9092", description="Kafka brokers, host:port, comma separated.")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT",
        description="PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL, as the listener there has it.",
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = Field(
        None, description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512; with SASL_PLAINTEXT or SASL_SSL."
    )
    kafka_username: str | None = Field(None, description="Of SASL.")
    kafka_password: SecretStr | None = Field(None, description="Of SASL.")
    kafka_ca_file: str | None = Field(
        None, description="PEM file of who signs the brokers' certificates; unset: whom this machine trusts."
    )
    kafka_cert_file: str | None = Field(
        None, description="PEM file of the certificate to show the brokers; unset: none."
    )
    kafka_key_file: str | None = Field(None, description="PEM file of that certificate's key.")
    kafka_key_password: SecretStr | None = Field(None, description="Of the key, when it is encrypted.")
    topic_prefix: str = Field("umbra.", description="Put before every topic, group and transactional id.")
    partitions: int = Field(4, ge=1, le=1000, description="Of the images and prediction topics when made.")

    @property
    def topics(self) -> Topics:
        return Topics(self.topic_prefix)

    @property
    def uses_sasl(self) -> bool:
        return self.kafka_security_protocol.startswith("SASL_")

    @property
    def uses_tls(self) -> bool:
        return self.kafka_security_protocol.endswith("SSL")

    def tls_context(self) -> SSLContext:
        """For clients that are not made of files.

        Raises:
            Refused: a file cannot be read or used.
        """
        password = self.kafka_key_password
        return client_context(
            self.kafka_ca_file,
            self.kafka_cert_file,
            self.kafka_key_file,
            lambda: "" if password is None else password.get_secret_value(),
        )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        _refuse_halves(self, self.uses_sasl, _OF_SASL, "SASL_SSL or SASL_PLAINTEXT", required=True)
        _refuse_halves(self, self.uses_tls, _OF_TLS, "SSL or SASL_SSL", required=False)
        if (self.kafka_cert_file is None) != (self.kafka_key_file is None):
            raise Refused("UMBRA_KAFKA_CERT_FILE and UMBRA_KAFKA_KEY_FILE go together: set both, or neither.")
        if self.uses_tls:
            self.tls_context()
        return self


_OF_SASL = ("kafka_sasl_mechanism", "kafka_username", "kafka_password")
_OF_TLS = ("kafka_ca_file", "kafka_cert_file", "kafka_key_file", "kafka_key_password")


def _refuse_halves(
    settings: KafkaSettings, used: bool, names: tuple[str, ...], protocols: str, *, required: bool
) -> None:
    """Refuse what is set for a protocol that is not used, and what is missing for one that is."""
    protocol = f"UMBRA_KAFKA_SECURITY_PROTOCOL={settings.kafka_security_protocol}"
    for name in names:
        variable = f"{PREFIX}{name.upper()}"
        given = getattr(settings, name) is not None
        if given and not used:
            raise Refused(
                f"{variable} is set, but {protocol} does not use it. Set the protocol to {protocols}, "
                f"or unset {variable}."
            )
        if used and required and not given:
            raise Refused(f"{protocol} needs {variable}. Set it, or another protocol.")


class RetentionSettings(Block):
    images_retention_bytes: int | None = Field(
        None, ge=1, description="Bound of the images topic over all partitions; unset: the broker's own."
    )
    predictions_retention_bytes: int | None = Field(
        None, ge=1, description="Bound of each prediction topic over all partitions."
    )
    dlq_retention_bytes: int | None = Field(None, ge=1, description="Bound of each slot's dead letters.")


class PostgresSettings(Block):
    postgres_dsn: SecretStr = Field(
        SecretStr("postgresql://127.0.0.1:5432/umbra"), description="libpq URL of the database."
    )


class StoreSettings(Block):
    store_url: str = Field(
        "file://.umbra/store",
        description="fsspec URL of models and large images: file://; s3:// with the extra s3, "
        "gs:// with gcsfs, az:// with adlfs installed.",
    )
    claim_check_prefixes: CommaSeparated = Field(
        (), description="Comma-separated URI prefixes, besides the store, that a claim check may name."
    )
    max_image_bytes: int = Field(
        64_000_000, ge=1, description="A larger image is refused by ingest and by the workers."
    )


class LandingSettings(Block):
    default_deployment: str | None = Field(
        None, description="Of images whose record names no deployment; unset: such images are unknown."
    )


class LoadSettings(Block):
    load_timeout_s: float = Field(60.0, gt=0, description="A model must be loaded and warm within this.")


class RelayPauseSettings(Block):
    relay_pause_dir: str | None = Field(
        None,
        description="To practise failures: while a file `markers`, `active` or `committed` is in this "
        "directory, the relay stands still at that step of an activation.",
    )


class PixelSettings(Block):
    max_pixels: int = Field(64_000_000, ge=1, description="A larger image is refused before decoding.")


class TokenSettings(Block):
    token: SecretStr | None = Field(
        None,
        description="Shown to the API and ingest by the command line, and by workers to UMBRA_ARTIFACT_URL.",
    )

    @property
    def shown_token(self) -> str | None:
        """What goes into a header, nowhere else."""
        return None if self.token is None else self.token.get_secret_value()


class WorkerSettings(LoadSettings, PixelSettings, TokenSettings):
    slot: str = Field("champion", description="The slot this worker serves.")
    worker_index: str | None = Field(
        None, description="Makes the worker's stable name, <prefix><slot>-<index>; unset: the host name."
    )
    ort_providers: Annotated[tuple[str, ...], NoDecode, BeforeValidator(read_providers)] = Field(
        (CPU,),
        description=f"What models run on, best first: {', '.join(NAMES)}, or other providers of ONNX "
        "Runtime by their own names; all must be there (docs/accelerators.md).",
    )
    ort_provider_options: Annotated[dict[str, dict[str, str]], NoDecode, BeforeValidator(read_options)] = (
        Field(
            {},
            description=f"Options of these providers, as ONNX Runtime documents them, in JSON: `{EXAMPLE}`.",
        )
    )
    ort_threads: int | None = Field(
        None, ge=1, description="Threads within one inference; unset: 1 for tiny models, else all cores."
    )
    batch_images: int = Field(64, ge=1, description="Most images in one batch.")
    batch_bytes: int = Field(16_000_000, ge=1, description="Most encoded bytes in one batch.")
    decoders: int | None = Field(None, ge=1, description="Decode threads; unset: cores - 1, 1 to 4.")
    nice: int = Field(0, ge=0, le=19, description="Added to the process' niceness.")
    poll_interval_s: float = Field(
        300.0,
        ge=10,
        description="A worker that takes no records for longer loses its partitions.",
    )
    artifact_url: str | None = Field(
        None, description="The API, to fetch models from when the store is not at hand."
    )
    cache_dir: str = Field(".umbra/cache", description="Where fetched models are kept, by sha256.")

    @property
    def providers(self) -> tuple[tuple[str, dict[str, str]], ...]:
        """Each with its options, best first."""
        return tuple((name, self.ort_provider_options.get(name, {})) for name in self.ort_providers)

    @model_validator(mode="after")
    def _options_are_of_the_providers(self) -> Self:
        if CPU in self.ort_provider_options:
            raise Refused("UMBRA_ORT_PROVIDER_OPTIONS: the CPU has no options. Take them away.")
        for name in self.ort_provider_options:
            if name not in self.ort_providers:
                short, others = short_name(name), map(short_name, self.ort_providers)
                raise Refused(
                    f"UMBRA_ORT_PROVIDER_OPTIONS has options of {short}, and UMBRA_ORT_PROVIDERS is "
                    f"{','.join(others)}: add {short} there, or take its options away."
                )
        return self


class OrphanSettings(Block):
    orphan_after_s: float = Field(600.0, gt=0, description="A prediction alone for longer is an orphan.")


class MonitorSettings(OrphanSettings):
    monitor_index: str | None = Field(
        None,
        description="Makes the monitor's stable name, <prefix>monitor-<index>, different for each: one that "
        "was killed is back at once; unset: its partitions stand still for 6 s.",
    )
    predictions_retention_days: int = Field(
        14, ge=1, description="Of predictions and comparisons; the predictions of reviewed images stay."
    )
    bucket_retention_days: int = Field(14, ge=1, description="10 s buckets in PostgreSQL.")
    watchdog_s: float = Field(60.0, gt=0, description="Lag without progress for longer ends the monitor.")
    monitor_dir: str = Field(".umbra/monitor", description="Faust's working directory.")


class TokensSettings(Block):
    tokens_file: str | None = Field(
        None,
        description="Who may do what (`umbra tokens` writes it); unset: everybody may do everything.",
    )


class HttpSettings(TokensSettings):
    host: str = Field("127.0.0.1", description="Address to listen on; others than loopback need tokens.")
    insecure: bool = Field(
        False, description="1: listen on any address without tokens, where nobody else can reach it."
    )
    allowed_hosts: CommaSeparated = Field(
        (), description="Host names, besides loopback, that requests may be addressed to."
    )
    api_port: int = Field(8080, ge=0, le=65535, description="Port of the API.")
    ingest_port: int = Field(8081, ge=0, le=65535, description="Port of ingest.")


class ModelSettings(Block):
    max_model_bytes: int = Field(
        1_000_000_000, ge=1, description="A larger model file is refused by the API; it holds one in memory."
    )


class CheckerSettings(ModelSettings):
    checker_host: str = Field(
        "127.0.0.1", description="Address of the model checker; it asks nobody for tokens."
    )
    checker_port: int = Field(8082, ge=0, le=65535, description="Port of the model checker.")
    check_memory_bytes: int = Field(
        4_000_000_000, ge=500_000_000, description="Most memory that the check of one model may take."
    )
    check_timeout_s: float = Field(60.0, gt=0, description="Longest that the check of one model may take.")
    check_operator_domains: CommaSeparated = Field(
        ("com.microsoft",), description="Domains of operators that a model may have besides ONNX's."
    )


class CheckedSettings(Block):
    checker_url: str = Field("http://127.0.0.1:8082", description="The model checker, for the API.")


class EventSettings(Block):
    event_streams: int = Field(
        500, ge=1, description="Most open event streams of one API, about one a page; further ones get 503."
    )


class UploadSettings(Block):
    upload_buffer_bytes: int = Field(
        256_000_000, ge=1, description="Most bytes of images ingest holds at once; more wait, then get 503."
    )


class MetricsSettings(Block):
    metrics_host: str = Field("127.0.0.1", description="Address of a worker's or monitor's metrics.")
    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Its /metrics, /healthz and /readyz; 0: none. With `umbra up` the champion worker's, and "
        "the next three are those of the shadow worker, the monitor and the replay worker; unset: 9101.",
    )


class DiskSettings(Block):
    disk_paths: CommaSeparated = Field(
        (), description="Directories whose free space ingest watches (Kafka's and the store's)."
    )
    min_free_bytes: int = Field(
        1_000_000_000, ge=0, description="Below this free space images are refused with a clear error."
    )


class ClientSettings(TokenSettings):
    api_url: str = Field("http://127.0.0.1:8080", description="The API, for the command line and the client.")
    ingest_url: str = Field("http://127.0.0.1:8081", description="Ingest, for `umbra send` and the client.")


class LocalSettings(DiskSettings):
    data_dir: str = Field(".umbra", description="Where `umbra up` keeps everything.")
    java: str | None = Field(None, description="Java for `umbra up`, 17 or newer; unset: Umbra's own.")
    package_cache: str | None = Field(
        None, description="Where `umbra up` keeps Kafka's jars; unset: the user's cache directory."
    )
    shadow_workers: int = Field(
        8, ge=0, description="Most shadow slots, besides `shadow`, that `umbra up` runs a worker for."
    )
    shadow_worker_linger_s: float = Field(
        60.0, ge=0, description="How long `umbra up` keeps the worker of a shadow slot that nothing needs."
    )


class Variable(NamedTuple):
    """A variable as the documentation shows it."""

    name: str
    default: str
    description: str


def documented_variables() -> list[Variable]:
    """Every variable any service reads, by name."""
    fields = {name: field for block in _blocks(Block) for name, field in block.model_fields.items()}
    secrets = {name for block in _blocks(Block) for name in secret_fields(block)}
    plain = [
        Variable(f"{PREFIX}{name.upper()}", _shown(field.default), field.description or "")
        for name, field in fields.items()
    ]
    return sorted([*plain, *map(_file_of, secrets)], key=lambda variable: variable.name.lower())


def refuse_unknown(environ: Mapping[str, str]) -> None:
    """Stop on a `UMBRA_` variable that nobody reads.

    Raises:
        Refused: names the variable and the nearest known one.
    """
    known = {variable.name for variable in documented_variables()}
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known and name not in GIVEN_TO_TESTS:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise Refused(f"Unknown variable {name}. Did you mean {nearest[0]}? Correct or unset it.")


def _file_of(secret: str) -> Variable:
    variable = f"{PREFIX}{secret.upper()}"
    return Variable(f"{variable}{SUFFIX}", "unset", f"A file that holds `{variable}`, instead of it.")


def _shown(default: object) -> str:
    match default:
        case None | () | "" | {} if not default:
            return "unset"
        case SecretStr():
            return f"`{default.get_secret_value()}`"
        case tuple():
            return f"`{','.join(default)}`"
    return f"`{default}`"


def _blocks(block: type[Block]) -> list[type[Block]]:
    return [block, *(found for child in block.__subclasses__() for found in _blocks(child))]


def _readable(err: ValidationError) -> str:
    return " ".join(
        f"{PREFIX}{'.'.join(str(part) for part in problem['loc']).upper()}: {_said(problem['msg'])}."
        for problem in err.errors(include_url=False, include_input=False)
    )


def _said(message: str) -> str:
    return message.removeprefix("Value error, ").removesuffix(".")
