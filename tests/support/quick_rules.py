"""The shipped rules with short limits, so that a test sees clocks fire without waiting for minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.support.server import ROOT

SEVERITIES = ("critical", "high", "medium", "low")


def quick_rules(folder: Path, *, answer: str = "2s") -> Path:
    """A rules file whose reports must be opened within ``answer``, whatever their severity, around the clock.

    Only the supervisor is told: hundreds of breaches in seconds are the test's doing.
    """
    rules: dict[str, Any] = yaml.safe_load((ROOT / "routing_rules.yaml").read_text("utf-8"))
    rules["sla"]["answer"] = [{"severity": severity, "limit": answer} for severity in SEVERITIES]
    for step in rules["escalation"]:
        step["notify"] = ["supervisor"]
    rules["tests"] = [case for case in rules["tests"] if "due" not in case.get("expect", {})]
    path = folder / "rules.yaml"
    path.write_text(yaml.safe_dump(rules, allow_unicode=True, sort_keys=False), "utf-8")
    return path
