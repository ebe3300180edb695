"""The settings of the model checker."""

from umbra.settings import CheckerSettings as Settings

__all__ = ["Settings"]
