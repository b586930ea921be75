"""Kentongan server: every rule, all data, every outside channel. Importable without a terminal."""
