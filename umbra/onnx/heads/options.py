"""What a manifest tells a head of outputs that look alike."""

from umbra.contracts.manifest import Manifest
from umbra.core.errors import Refused
from umbra.onnx.heads.head import Head


def option(head: Head, manifest: Manifest, name: str) -> str:
    """The manifest's choice, or the first there is."""
    return manifest.options.get(name, head.options[name][0])


def refuse_unknown_options(head: Head, manifest: Manifest) -> None:
    """Raises:
    Refused: the head has no such option, or the option no such choice.
    """
    for name, choice in manifest.options.items():
        if name not in head.options:
            there = f"only {', '.join(head.options)}" if head.options else "none at all"
            raise Refused(
                f"Head {manifest.head} has no option {name!r}, {there}: correct the manifest's options."
            )
        if choice not in head.options[name]:
            raise Refused(
                f"Option {name} of head {manifest.head} is {' or '.join(head.options[name])}, not {choice!r}:"
                " correct the manifest's options."
            )
