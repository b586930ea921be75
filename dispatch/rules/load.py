"""routing_rules.yaml -> RuleSet, or every fault at once. Owns the order of the checks.

A rule set that leaves here is complete: every reference exists and every clock can be computed.
Must never raise anything but ConfigurationError, whatever the file holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from dispatch.domain.routing import RuleSet
from dispatch.errors import ConfigurationError, Problem
from dispatch.rules import check, check_case, check_route, check_team, schema
from dispatch.rules.build import build_rules
from dispatch.rules.document import Node, read_document
from dispatch.rules.finding import Findings, names_of
from dispatch.rules.shape import Fitter, described, line_of

MAX_PROBLEMS = 200
"""Enough to repair a file with; a wrong file altogether should not print a book."""


def load_rules(path: Path) -> RuleSet:
    """The checked rule set of a file. Raises ConfigurationError with all problems, in line order."""
    return parse_rules(read_rules(path), str(path))


def read_rules(path: Path) -> bytes:
    """The bytes of the file, or the one problem that it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError([Problem(f"cannot be read: {error.strerror or error}", str(path))]) from error


def parse_rules(content: bytes, file: str) -> RuleSet:
    """1 read the text, 2 fit it to the schema, 3 check the references of what is sound, 4 build."""
    root, problems = read_document(content, file)
    if root is None:
        raise ConfigurationError(problems)
    fitter = Fitter(root, file)
    fitted = fitter.fit(root, described(schema.RulesFile))
    problems += fitter.problems
    if fitted is None:
        raise ConfigurationError(problems)
    draft = _draft(fitted)
    problems += _cross_check(draft, fitted, root, file, sound=not fitter.faulty)
    if problems:
        raise ConfigurationError(sorted(problems, key=lambda p: p.line)[:MAX_PROBLEMS])
    return build_rules(
        draft,
        hashlib.sha256(content).hexdigest(),
        [line_of(root, ("routes", index)) for index in range(len(draft.routes))],
        [line_of(root, ("tests", index)) for index in range(len(draft.tests))],
    )


def _draft(fitted: Node) -> schema.RulesFile:
    """The sound sections as structs; a section that was cut out is left empty (centre and root: None)."""
    values: dict[str, Any] = {"centre": None, "root": None, "version": ""}
    plain = fitted.plain()
    assert isinstance(plain, dict)
    for field in msgspec.structs.fields(schema.RulesFile):
        if field.name in plain:
            values[field.name] = msgspec.convert(plain[field.name], field.type)
        elif field.required and field.name not in values:
            values[field.name] = [] if field.name in ("routes", "escalation") else {}
    return schema.RulesFile(**values)


def _cross_check(
    draft: schema.RulesFile, fitted: Node, root: Node, file: str, *, sound: bool
) -> list[Problem]:
    """References are checked in everything that fits; whether the whole is complete only when all of it fits."""
    found = Findings(fitted, file, names_of(root))
    centre: schema.CentreEntry | None = draft.centre
    ending: schema.RootEntry | None = draft.root
    steps: list[Callable[[], None]] = [
        lambda: check.check_codes(found, draft),
        lambda: check.check_holidays(found, draft.holidays),
        lambda: check.check_calendars(found, draft.calendars),
        lambda: check.check_agencies(found, draft.agencies),
        lambda: check_route.check_routes(found, draft.routes),
        lambda: check_route.check_targets(found, draft.sla),
        lambda: check_case.check_triage(found, draft.triage),
        lambda: check_case.check_folding(found, draft.folding),
        lambda: check_team.check_hazards(found, draft.hazards),
        lambda: check_team.check_scene(found, draft.scene),
        lambda: check_team.check_cover(found, draft.cover),
        lambda: check_team.check_reaching(found, draft.reaching),
        lambda: check_team.check_rosters(found, draft.rosters),
        lambda: check_case.check_cases(found, draft.tests),
    ]
    if centre is not None:
        steps.append(lambda: check.check_centre(found, centre))
    if ending is not None:
        steps.append(lambda: check.check_roots(found, ending))
    if sound:
        steps += [
            lambda: check.check_types(found, draft.types),
            lambda: check_route.check_reach(found, draft.routes),
            lambda: check_route.check_coverage(found, draft.sla),
            lambda: check_route.check_escalation(found, draft.escalation),
        ]
    for step in steps:
        step()
    return found.problems
