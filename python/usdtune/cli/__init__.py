"""The usdtune command."""
