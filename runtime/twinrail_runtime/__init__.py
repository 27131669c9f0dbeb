"""The Python that every Twinrail step runs under: see README.md beside this package. Importing it costs nothing."""

__version__ = "0.1.0"
