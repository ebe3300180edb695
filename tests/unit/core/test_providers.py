import pytest

from umbra.core.providers import CPU, NAMES, device, provider, short_name


@pytest.mark.parametrize(("short", "own"), NAMES.items())
def test_a_short_name_in_any_case_and_back(short: str, own: str) -> None:
    assert {provider(name) for name in (short, short.lower(), short.upper(), own)} == {own}
    assert short_name(own) == short


def test_any_provider_may_be_named_as_onnx_runtime_names_it() -> None:
    assert provider("XnnpackExecutionProvider") == "XnnpackExecutionProvider"
    assert short_name("XnnpackExecutionProvider") == "Xnnpack"


@pytest.mark.parametrize(("name", "meant"), [("CUDAA", r"\(CUDA\?\)"), ("tensor-rt", r"\(TensorRT\?\)")])
def test_a_misspelt_one_is_refused_with_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=meant):
        provider(name)


@pytest.mark.parametrize("name", ["", "gibberish", "ExecutionProvider"])
def test_what_is_no_provider_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no provider: use CPU, CUDA"):
        provider(name)


@pytest.mark.parametrize(
    ("name", "options", "environ", "expected"),
    [
        ("CPU", {}, {}, None),
        ("CUDA", {}, {}, "nvidia:0"),
        ("TensorRT", {"device_id": "1"}, {}, "nvidia:1"),
        ("CUDA", {"device_id": "1"}, {"CUDA_VISIBLE_DEVICES": "2,3"}, "nvidia:3"),
        ("CUDA", {}, {"CUDA_VISIBLE_DEVICES": "1", "NVIDIA_VISIBLE_DEVICES": "4,5"}, "nvidia:5"),
        ("CUDA", {}, {"NVIDIA_VISIBLE_DEVICES": "all"}, "nvidia:0"),
        ("CUDA", {}, {"NVIDIA_VISIBLE_DEVICES": "GPU-8f"}, "nvidia:GPU-8f"),
        ("CUDA", {"device_id": "7"}, {"CUDA_VISIBLE_DEVICES": "0,1"}, "nvidia:7"),
        ("ROCm", {}, {"HIP_VISIBLE_DEVICES": "3"}, "amd:3"),
        ("OpenVINO", {}, {}, None),
        ("OpenVINO", {"device_type": "GPU.1"}, {}, "openvino:GPU.1"),
        ("CoreML", {}, {}, "apple"),
        ("CoreML", {"MLComputeUnits": "CPUOnly"}, {}, None),
    ],
)
def test_the_device(
    name: str, options: dict[str, str], environ: dict[str, str], expected: str | None
) -> None:
    assert device([(provider(name), options)], environ) == expected


def test_the_device_is_that_of_the_best_provider_that_has_one() -> None:
    assert device([(CPU, {}), (NAMES["CUDA"], {"device_id": "2"})], {}) == "nvidia:2"
