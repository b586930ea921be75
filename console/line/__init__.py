"""Line mode: the command language as plain scrolling text."""
