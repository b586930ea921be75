"""The wallboard: in a terminal, in a browser, and as a file for a spreadsheet."""
