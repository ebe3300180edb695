"""Providers are started before any model is there. The accelerator's own test runs where there is one."""

import onnxruntime as ort
import pytest

from tests.unit.onnx.graphs import make_detector
from umbra.core.providers import CPU, NAMES
from umbra.onnx.probe import refuse_unobtained
from umbra.onnx.runtime import ProviderUnavailable, open_session

CUDA = NAMES["CUDA"]


def test_the_cpu_is_always_to_be_had() -> None:
    refuse_unobtained([(CPU, {})])


@pytest.mark.skipif(CUDA in ort.get_available_providers(), reason="this onnxruntime has CUDA")
def test_one_that_is_not_part_of_this_onnxruntime_is_refused_with_what_there_is() -> None:
    with pytest.raises(
        ProviderUnavailable, match=rf"{CUDA} is not part of this onnxruntime; there are .*{CPU}"
    ):
        refuse_unobtained([(CUDA, {}), (CPU, {})])


@pytest.mark.skipif(
    "AzureExecutionProvider" not in ort.get_available_providers(), reason="no second provider"
)
def test_a_second_provider_of_this_onnxruntime_starts() -> None:
    refuse_unobtained([("AzureExecutionProvider", {}), (CPU, {})])


@pytest.mark.skipif(
    CUDA not in ort.get_available_providers(), reason="needs onnxruntime-gpu and an NVIDIA GPU"
)
def test_a_gpu_is_obtained_and_runs_a_model() -> None:
    providers = [(CUDA, {"device_id": "0"})]
    refuse_unobtained(providers)
    assert open_session(make_detector(), providers, threads=1).get_providers()[0] == CUDA
    with pytest.raises(ProviderUnavailable, match="CUDA did not start"):
        refuse_unobtained([(CUDA, {"device_id": "99"})])
