"""The call entry form: its data, its face, its keys, and how what is typed reaches the server."""
