"""The command line. Owns the list of subcommands, the exit codes and how a refusal is said.

0 ok, 1 the answer is "no", 2 usage or configuration. Each file of this package registers itself with
``add``; what is heavy is imported inside its ``run`` functions, so that ``--help`` stays instant.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from dispatch import __version__
from dispatch.cli import (
    console,
    db,
    demo,
    doctor,
    log,
    paper,
    replay,
    review,
    roster,
    rules,
    serve,
    training,
    triage,
    up,
    users,
    watch,
)
from dispatch.errors import ConfigurationError, KentonganError

EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
PARTS = (
    up, serve, console, watch, rules, triage, replay, review, users, roster, db, log, doctor, training, paper, demo,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code and never lets a traceback out for what people can mend."""
    arguments = list(sys.argv[1:] if argv is None else argv) or ["up"]
    sys.stdin = sys.stdin or open(os.devnull, encoding="utf-8")  # noqa: SIM115  closed: there is nothing to read
    try:
        args = build_parser().parse_args(arguments)
        return int(args.run(args) or 0)
    except SystemExit as ending:  # argparse: 0 for --help, 2 for a wrong argument
        return ending.code if isinstance(ending.code, int) else EXIT_USAGE
    except ConfigurationError as error:
        for problem in error.problems:
            print(f"kentongan: {problem}", file=sys.stderr)
        return EXIT_USAGE
    except KentonganError as error:
        print(f"kentongan: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output has gone (``| head``): leave quietly, also when Python closes stdout.
        sys.stdout = None
        return 0
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def build_parser() -> argparse.ArgumentParser:
    """All subcommands."""
    parser = argparse.ArgumentParser(
        prog="kentongan", description="Emergency dispatch for a 112 call centre, in the terminal.",
        epilog="Without a command: up. Settings come from KENTONGAN_* variables and from .env.",
    )
    parser.add_argument("--version", action="version", version=f"kentongan {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for part in PARTS:
        part.add(subparsers)
    return parser
