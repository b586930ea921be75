"""Kentongan server: every rule, all data, every outside channel. Importable without a terminal."""

__version__ = "0.1.0"
