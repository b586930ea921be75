"""One file a step: ``NNNN_what.py``. Its number is the revision; a released file is never edited."""
