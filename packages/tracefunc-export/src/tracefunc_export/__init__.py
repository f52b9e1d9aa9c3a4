"""Exports of tracefunc's traces to other formats.

There is nothing here but the version yet: the exports come in a later release.
"""

from importlib.metadata import version

__all__ = ["__version__"]

__version__ = version("tracefunc-export")
