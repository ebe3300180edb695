"""The stand-ins of tests/fakes.py have the methods of the real adapters."""

import inspect

import pytest

from tests.fakes import FakeConsumer, FakeProducer
from umbra.kafka.group import GroupConsumer
from umbra.kafka.transaction import TransactionalProducer


@pytest.mark.parametrize(
    ("fake", "real"), [(FakeConsumer, GroupConsumer), (FakeProducer, TransactionalProducer)]
)
def test_every_method_of_a_fake_is_called_like_the_real_one(fake: type, real: type) -> None:
    methods = [name for name in vars(fake) if not name.startswith("_")]

    assert methods
    for name in methods:
        assert inspect.signature(getattr(fake, name)) == inspect.signature(getattr(real, name)), name
