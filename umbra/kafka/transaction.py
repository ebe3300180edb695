"""Exactly-once transactions, and what each of their errors asks for (docs/kafka.md has the table)."""

from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka import Producer as _Producer

from umbra.core.errors import Refused, UmbraError
from umbra.kafka import config
from umbra.kafka.entry import Entry
from umbra.kafka.record import Headers, Place
from umbra.kafka.refusal import is_denial, right_missing
from umbra.kafka.transaction_support import IN_SYNC, LONGEST, REPLICAS
from umbra.settings import KafkaSettings

Delivered = Callable[[Place], None]

TIMEOUT_MS = 10_000
"""The brokers abort a worker's transaction that takes longer."""


class TransactionAborted(UmbraError):
    """This transaction is void, nothing of it will be seen; the producer lives: rewind, begin anew."""


class ProducerLost(UmbraError):
    """Fenced, or left in a state no call gets out of: end the process (or make a new producer)."""


class TransactionalProducer:
    """One producer with a stable transactional id; used by one thread alone.

    Making it fences the zombie of the same id and ends its open transaction.

    Args:
        timeout_ms: the brokers abort a transaction that takes longer.
        linger_ms: how long a record may wait for others before it is sent; a commit sends all. It must be 0
            unless offsets come first: to abort a transaction the brokers do not know of yet is fatal.

    Every method raises `RightMissing` when a right is missing: the transaction cannot go on.

    Raises:
        ProducerLost: the brokers did not answer in thrice `timeout_ms`.
        Refused: they do not grant the id, or allow no transaction of `timeout_ms`.
    """

    def __init__(
        self,
        settings: KafkaSettings,
        transactional_id: str,
        *,
        timeout_ms: int = TIMEOUT_MS,
        linger_ms: int = 0,
    ) -> None:
        self._settings = settings
        self._id = transactional_id
        self._timeout_s = timeout_ms / 1000
        self._entry = Entry(settings)
        self._topics: set[str] = set()
        self._producer = _Producer(
            config.transactional(settings, transactional_id, timeout_ms, linger_ms)
            | {"error_cb": self._entry.heard},
            logger=config.log,
        )
        self._init(timeout_ms)

    def begin(self) -> None:
        """Open a transaction."""
        self._call(self._producer.begin_transaction)

    def send_offsets(self, offsets: Mapping[tuple[str, int], tuple[int, str]], group: Any) -> None:
        """Commit consumer offsets with this transaction; before the records, it halves the p99.

        Args:
            offsets: (topic, partition) to (next offset, metadata).
            group: the consumer's `consumer_group_metadata()`, taken by its own thread.
        """
        places = [
            TopicPartition(topic, partition, offset, metadata)
            for (topic, partition), (offset, metadata) in offsets.items()
        ]
        self._call(self._producer.send_offsets_to_transaction, places, group, self._timeout_s)

    def produce(
        self,
        topic: str,
        *,
        value: bytes | None,
        key: bytes | None = None,
        headers: Headers = (),
        partition: int | None = None,
        on_delivery: Delivered | None = None,
    ) -> None:
        """Add a record.

        Raises:
            Refused: the record is too large; the transaction stays usable.
        """
        self._topics.add(topic)
        extra: dict[str, Any] = {} if partition is None else {"partition": partition}
        if on_delivery is not None:
            extra["on_delivery"] = _reporter(on_delivery)
        self._call(self._put, topic, value=value, key=key, headers=list(headers), **extra)
        self._producer.poll(0)

    def flush(self) -> None:
        """Wait until the brokers have every record; `on_delivery` then has been called for each."""
        if self._producer.flush(self._timeout_s):
            raise TransactionAborted(f"{self._id}: Kafka did not take every record in time.")

    def commit(self) -> None:
        """Make it all visible at once."""
        self._call(self._producer.commit_transaction, self._timeout_s)

    def abort(self) -> None:
        """Give the transaction up."""
        self._call(self._producer.abort_transaction, self._timeout_s)

    def _init(self, timeout_ms: int) -> None:
        try:
            self._producer.init_transactions(self._timeout_s * 3)
        except KafkaException as err:
            error = err.args[0]
            if error.code() == KafkaError.INVALID_TRANSACTION_TIMEOUT:
                raise Refused(
                    f"{self._id}: the brokers allow no transaction of {timeout_ms} ms. Set {LONGEST} to that "
                    "or more in every broker's server.properties."
                ) from err
            if error.code() == KafkaError._TIMED_OUT:
                raise ProducerLost(self._not_begun()) from err
            raise self._classified(error) from err

    def _not_begun(self) -> str:
        self._producer.poll(0)  # nobody else does: now `_entry` hears why
        return self._entry.refusal or (
            f"{self._id}: Kafka gave no leave to begin transactions within {self._timeout_s * 3:g} s. If it "
            f"answers otherwise, {REPLICAS} and {IN_SYNC} ask for more brokers than there are: see "
            "server.properties."
        )

    def _put(self, topic: str, **record: Any) -> None:
        try:
            self._producer.produce(topic, **record)
        except BufferError:
            self._producer.poll(1.0)
            self._producer.produce(topic, **record)

    def _call(self, step: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        try:
            step(*args, **kwargs)
        except KafkaException as err:
            raise self._classified(err.args[0]) from err

    def _classified(self, error: KafkaError) -> UmbraError:
        text = f"{self._id}: {error.name()}: {error.str()}."
        if is_denial(error):
            return right_missing(self._settings, self._right(error))
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            return Refused(text)
        if error.txn_requires_abort() and not error.fatal():
            return TransactionAborted(text)
        # A retriable time-out too: its retry blocks for ever once the broker is back (measured).
        return ProducerLost(text)

    def _right(self, error: KafkaError) -> str:
        """What the error says is missing; of which topic or group it does not say."""
        if error.code() == KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            return f"Write on transactional id {self._id}"
        if error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
            return f"Read on the group whose offsets {self._id} commits"
        return f"Write on topic {' or '.join(sorted(self._topics))}"


def _reporter(on_delivery: Delivered) -> Any:
    def report(error: KafkaError | None, message: Message) -> None:
        if error is None:  # a failed delivery makes the commit fail, and is handled there
            on_delivery(Place(message.partition(), message.offset()))  # type: ignore[arg-type]

    return report
