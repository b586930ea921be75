"""Use cases: verb-first synchronous functions ``service(tx, ...)``, one transaction each.

They change state, emit the event and write the outgoing message together; the committer calls them.
The moment is ``tx.now``.
"""
