"""Takes a slow USD scene and gives back a faster one, with proof."""

from usdtune._core import version as __version__

__all__ = ["__version__"]
