"""Pure domain: standard library only, synchronous, no clock, no I/O."""
