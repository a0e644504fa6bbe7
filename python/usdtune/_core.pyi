"""The C++ core of usdtune."""

version: str = "0.1.0"
