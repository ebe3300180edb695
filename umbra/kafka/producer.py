"""The idempotent producer: every record's place, or why it is not in the log."""

import threading
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message
from confluent_kafka import Producer as _Producer

from umbra.core.errors import Refused, Retryable
from umbra.kafka import config
from umbra.kafka.entry import Entry
from umbra.kafka.record import Headers, Place
from umbra.kafka.refusal import is_denial, right_missing
from umbra.settings import KafkaSettings

_REFUSED = {
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.INVALID_MSG_SIZE,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
    KafkaError._UNKNOWN_TOPIC,
    KafkaError._UNKNOWN_PARTITION,
    KafkaError.INVALID_RECORD,
}


class Producer:
    """Sends records; thread-safe. Close it, or use it with `with`.

    Args:
        timeout_s: a record that the brokers have not taken within this is given up.
    """

    def __init__(self, settings: KafkaSettings, *, timeout_s: float = 10.0) -> None:
        self._settings = settings
        self._entry = Entry(settings)
        self._producer = _Producer(
            config.producer(settings)
            | {
                "message.timeout.ms": int(timeout_s * 1000),
                "linger.ms": 1,
                "error_cb": self._entry.heard,
            },
            logger=config.log,
        )
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="kafka-producer", daemon=True)
        self._thread.start()

    def send(
        self,
        topic: str,
        *,
        value: bytes | None,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> "Future[Place]":
        """Send one record; the future has its place once the brokers have it.

        Raises (here or from the future):
            Refused: the record is too large, there is no such topic, or we may not write to it.
            Retryable: Kafka is away, does not let us in, or the local queue is full; nothing was half done.
        """
        future: Future[Place] = Future()
        # A record on its way cannot be called back; a cancelled future would end the serving thread.
        future.set_running_or_notify_cancel()
        extra: dict[str, Any] = {} if partition is None else {"partition": partition}
        try:
            self._producer.produce(
                topic,
                value=value,
                key=key,
                headers=list(headers),
                on_delivery=self._resolver(future),
                **extra,
            )
        except BufferError as err:
            raise Retryable(f"Kafka does not keep up: the queue for {topic} is full.") from err
        except KafkaException as err:
            raise self._meaning(err.args[0], topic) from err
        return future

    def flush(self, timeout_s: float) -> int:
        """Wait until everything sent is in the log; how many records are not."""
        return int(self._producer.flush(timeout_s))

    def close(self, timeout_s: float = 10.0) -> None:
        """Flush, then stop; what the brokers have not taken by then is given up, and its futures say so."""
        if self.flush(timeout_s):
            self._producer.purge()
            self.flush(timeout_s)
        self._closing.set()
        self._thread.join(timeout_s)

    def __enter__(self) -> "Producer":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _serve(self) -> None:
        while not self._closing.is_set():
            self._producer.poll(0.1)

    def _resolver(self, future: "Future[Place]") -> Any:
        def resolve(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                future.set_exception(self._meaning(error, str(message.topic())))
            else:
                future.set_result(Place(message.partition(), message.offset()))  # type: ignore[arg-type]

        return resolve

    def _meaning(self, error: KafkaError, topic: str) -> Refused | Retryable:
        """What a failed delivery means to the caller."""
        if is_denial(error):
            return right_missing(self._settings, f"Write on topic {topic}")
        if error.code() in _REFUSED:
            return Refused(f"Kafka refused the record for {topic}: {error.str()}.")
        because = self._entry.refusal or f"{error.str()}."
        return Retryable(f"Kafka did not take the record for {topic}: {because}")
