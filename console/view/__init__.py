"""Pure drawing: rows of the store to lines of styled text. No widgets, no I/O, no clock."""
