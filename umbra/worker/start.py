"""Before a worker starts: its device must be there; and Kafka, let it in, and have what it needs."""

import logging
import threading

from umbra.contracts import acls
from umbra.contracts.topics import Retention
from umbra.contracts.worker_status import WorkerStatus
from umbra.core.errors import Retryable
from umbra.kafka.admin import Admin
from umbra.kafka.producer import Producer
from umbra.kafka.transaction import TIMEOUT_MS
from umbra.onnx.probe import refuse_unobtained
from umbra.onnx.runtime import ProviderUnavailable
from umbra.settings import KafkaSettings
from umbra.worker.settings import Settings
from umbra.worker.status import boot_id, installed_version, publish_failure

log = logging.getLogger(__name__)

_RETRY_S = 1.0
_ANSWER_S = 2.0
"""Soon enough to say that Kafka is away."""


def start_providers(settings: Settings, name: str) -> None:
    """See that the providers that were asked for are to be had; if not, the last status says so too.

    Args:
        name: of the worker.

    Raises:
        ProviderUnavailable: the text has the reason.
    """
    try:
        refuse_unobtained(settings.providers)
    except ProviderUnavailable as err:
        status = WorkerStatus(worker=name, boot=boot_id(), slot=settings.slot, version=installed_version())
        producer = Producer(settings, timeout_s=_ANSWER_S)
        publish_failure(producer, settings.topics.workers, status, str(err))
        producer.close(0.1)
        raise


def wait_for_kafka(settings: KafkaSettings, slot: str, stopping: threading.Event) -> bool:
    """Wait until Kafka answers, then check topics, rights and transactions; False when told to stop before.

    The slot's DLQ is made if it is missing: slots come and go without `umbra topics`. Where somebody guards
    the topics, the worker has no right to make it, and `umbra topics --slot` does.

    Raises:
        Refused: a topic or a right is missing, or something is not as it must be; the text has the fix.
    """
    while not stopping.is_set():
        try:
            _check(Admin(settings), settings, slot)
            return True
        except Retryable as err:
            log.warning("Waiting for Kafka: %s", err)
            stopping.wait(_RETRY_S)
    return False


def _check(admin: Admin, settings: KafkaSettings, slot: str) -> None:
    admin.partitions(_ANSWER_S)
    dlq_name = settings.topics.dlq(slot)
    rights = acls.worker(settings.topics, slot).rights
    admin.check_rights(right for right in rights if right.name != dlq_name)
    wanted = settings.topics.all(settings.partitions, (slot,), Retention())
    admin.check(topic for topic in wanted if topic.name != dlq_name)
    admin.ensure(topic for topic in wanted if topic.name == dlq_name)
    admin.check_rights(right for right in rights if right.name == dlq_name)
    admin.check_transactions(TIMEOUT_MS)
