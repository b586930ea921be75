"""``kentongan rules``: check, test, explain, describe the rules file. Wires triage to the file's examples.

0 sound, 1 faults or failing examples found, 2 the file cannot be read (or, for test and explain, used).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dispatch.cli import gazetteer
from dispatch.cli.place import say

if TYPE_CHECKING:
    from datetime import datetime

    from dispatch.domain.routing import RuleSet
    from dispatch.rules.cases import CaseResult, Classify
    from dispatch.triage.engine import TriageEngine

CHANNELS = ("call", "sms", "whatsapp", "web", "open311", "operator")


def add(subparsers: Any) -> None:
    parser = subparsers.add_parser("rules", help="check, test and explain routing_rules.yaml")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="report every fault with its line; exit 1 when there is one")
    check.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: KENTONGAN_RULES")
    check.set_defaults(run=run_check)
    test = actions.add_parser("test", help="run the examples that live in the file; exit 1 when one fails")
    test.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: KENTONGAN_RULES")
    test.add_argument("-v", "--verbose", action="store_true", help="name the examples that pass, too")
    test.set_defaults(run=run_test)
    explain = actions.add_parser("explain", help="show how a report would be routed, and why")
    explain.add_argument("text", metavar="TEXT", help="what the person says or writes")
    explain.add_argument("--at", default="", metavar="TIME", help="local time such as 2026-01-12T22:30; default: now")
    explain.add_argument("--channel", choices=CHANNELS, default="call")
    explain.add_argument("--rules", dest="file", type=Path, metavar="FILE", help="default: KENTONGAN_RULES")
    explain.set_defaults(run=run_explain)
    schema = actions.add_parser("schema", help="print the JSON Schema of the file")
    schema.set_defaults(run=run_schema)
    gazetteer.add(actions)
    for action in (check, test, explain):
        action.add_argument("--lang", choices=("id", "en"), default="", help="default: KENTONGAN_LANG_DEFAULT")


def run_check(args: argparse.Namespace) -> int:
    from dispatch.errors import ConfigurationError
    from dispatch.rules.load import parse_rules, read_rules
    from dispatch.texts import text

    path, lang = _path(args), _lang(args)
    content = read_rules(path)
    try:
        rules = parse_rules(content, str(path))
    except ConfigurationError as error:
        for problem in error.problems:
            say(str(problem))
        say(text("rules.check_faults", lang, count=len(error.problems)))
        return 1
    say(text("rules.check_ok", lang, file=path, routes=len(rules.routes), agencies=len(rules.agencies),
             types=len(rules.types), cases=len(rules.cases)))
    return 0


def run_test(args: argparse.Namespace) -> int:
    from dispatch.rules.cases import run_cases
    from dispatch.rules.load import load_rules
    from dispatch.texts import text

    path, lang = _path(args), _lang(args)
    rules = load_rules(path)
    needs_triage = any(case.text for case in rules.cases)
    results = run_cases(rules, _classifier(rules) if needs_triage else None)
    for result in results:
        for line in _result_lines(result, path, lang, verbose=args.verbose):
            say(line)
    passed = sum(result.passed for result in results)
    say(text("rules.case_total", lang, passed=passed, total=len(results)))
    return 0 if passed == len(results) else 1


def _result_lines(result: CaseResult, path: Path, lang: str, *, verbose: bool) -> list[str]:
    from dispatch.texts import text

    where, name = f"{path}:{result.case.line}", result.case.name
    if result.passed:
        return [text("rules.case_ok", lang, name=name)] if verbose else []
    if result.skipped:
        return [text("rules.case_skipped", lang, where=where, name=name)]
    return [text("rules.case_fault", lang, where=where, name=name, fault=fault) for fault in result.faults]


def run_explain(args: argparse.Namespace) -> int:
    from dispatch.domain.report import Channel
    from dispatch.domain.routing import decide
    from dispatch.rules.cases import facts_of_triage
    from dispatch.rules.explain import render_decision, render_folding, render_triage
    from dispatch.rules.load import load_rules
    from dispatch.services.explanation import explain_text, worded

    path, lang = _path(args), _lang(args)
    rules = load_rules(path)
    at = _moment(args.at, rules.tz_name)
    engine = _engine(rules)
    triage = engine.classify(args.text, at=at, channel=Channel(args.channel))
    facts = facts_of_triage(rules, triage, at, args.channel)
    decision = render_decision(rules, facts, decide(rules, facts), lang)
    for line in (*decision, *render_folding(rules, facts, lang), *render_triage(triage, lang)):
        say(line)
    for line in worded(explain_text(args.text, engine, rules, at, Channel(args.channel)), lang)["lines"]:
        say(f"  {line}")
    return 0


def run_schema(args: argparse.Namespace) -> int:
    import json

    from dispatch.rules.schema import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0


def _path(args: argparse.Namespace) -> Path:
    if args.file is not None:
        return Path(args.file)
    from dispatch.settings import load_settings

    return load_settings().rules


def _lang(args: argparse.Namespace) -> str:
    if args.lang:
        return str(args.lang)
    from dispatch.settings import load_settings

    return load_settings().lang


def _engine(rules: RuleSet) -> TriageEngine:
    """The real triage of this centre."""
    from dispatch.learning.shelf import in_force
    from dispatch.settings import load_settings
    from dispatch.triage.load import load_engine

    settings = load_settings()
    return load_engine(rules, settings.gazetteer, in_force(settings.data_dir, vectors=settings.vectors))


def _classifier(rules: RuleSet) -> Classify:
    """The same, as the cases want it."""
    engine = _engine(rules)
    return lambda text, at, channel: engine.classify(text, at=at, channel=channel)


def _moment(given: str, zone: str) -> datetime:
    """The given local time, or now: the command line is the edge where time comes in."""
    from datetime import datetime as clock
    from zoneinfo import ZoneInfo

    from dispatch.errors import ConfigurationError, Problem

    tz = ZoneInfo(zone)
    if not given:
        return clock.now(tz)
    try:
        moment = clock.fromisoformat(given)
    except ValueError as error:
        raise ConfigurationError([Problem(f"'{given}' is no time such as 2026-01-12T22:30", key="--at")]) from error
    return moment.astimezone(tz) if moment.tzinfo else moment.replace(tzinfo=tz)
