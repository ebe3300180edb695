"""Whether the providers that were asked for are to be had, before any model is there."""

from collections.abc import Sequence

from umbra.core.errors import Refused
from umbra.core.providers import CPU, short_name
from umbra.onnx.runtime import Provider, ProviderUnavailable, open_session, reason


def refuse_unobtained(providers: Sequence[Provider]) -> None:
    """Start them on a graph of one node.

    Raises:
        ProviderUnavailable: one is not part of this onnxruntime, or does not start with its options.
    """
    if all(name == CPU for name, _ in providers):
        return
    try:
        open_session(_one_node(), providers, threads=1)
    except ProviderUnavailable:
        raise
    except Exception as err:
        # Whatever it is, the graph is not at fault: a driver that is too old, an option nobody knows.
        said = str(err) if isinstance(err, Refused) else reason(err)
        raise ProviderUnavailable(
            f"{', '.join(short_name(name) for name, _ in providers)} did not start: {said}. Correct"
            " UMBRA_ORT_PROVIDERS, UMBRA_ORT_PROVIDER_OPTIONS or the driver (docs/accelerators.md)."
        ) from err


def _one_node() -> bytes:
    from onnx import TensorProto, helper  # 0.1 s that a worker on the CPU need not wait

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "probe", ends[:1], ends[1:])
    opset = [helper.make_opsetid("", 17)]
    raw: bytes = helper.make_model(graph, opset_imports=opset, ir_version=9).SerializeToString()
    return raw
