"""How many images may go into a batch, so that its inference takes half a second at most."""

BATCH_S = 0.5
_WEIGHT = 0.2


class Pace:
    """A running mean of the seconds an image takes; one thread notes, others ask.

    Attributes:
        image_s: the mean; before any image was timed, what the models took when they were warmed.
    """

    def __init__(self) -> None:
        self.image_s = 0.0
        self._known: set[str] = set()

    def expect(self, version: str, image_s: float) -> None:
        """A model comes into use that took so long for an image when it was warmed."""
        if version not in self._known:
            self._known.add(version)
            self.image_s = max(self.image_s, image_s)

    def note(self, images: int, seconds: float) -> None:
        """Take a batch into account."""
        image_s = seconds / images
        # The slower one counts at once, the faster one bit by bit: better small batches than long ones.
        self.image_s = max(image_s, self.image_s + _WEIGHT * (image_s - self.image_s))

    def images(self, most: int) -> int:
        """Of the next batch: at least 1, at most `most`."""
        return most if self.image_s * most <= BATCH_S else max(1, int(BATCH_S / self.image_s))
