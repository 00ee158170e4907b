"""The first judge: cfn-lint on a template of the converted resources."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from cfnlint import api

# What cfn-lint says although AWS takes it: rule, type, a part of the message ("" is any).
ARTEFACTS = [
    # A template's size and number of resources: Pulumi sends no template.
    ("E1002", "", ""),
    ("E3010", "", ""),
    # The password stands in the template because the state is exported with its secrets.
    ("W2501", "AWS::RDS::DBInstance", ""),
    # The schema allows 127 letters of a tag's key and 255 of its value; ECR's API reference, TagResource, 128 and 256.
    ("E3033", "AWS::ECR::Repository", " is longer than 127"),
    ("E3033", "AWS::ECR::Repository", " is longer than 255"),
]
# W3691 says "deprecated" of a bare major version, which is no version of its own in cfn-lint's list; RDS takes it and picks a minor (RDS
# User Guide, upgrading the PostgreSQL engine). Of a minor it is right.
BARE_MAJOR = r"Engine version '\d+' for engine 'postgres'"


class Finding(NamedTuple):
    """What cfn-lint says of one resource; its name is the one in the template."""

    resource: str
    rule: str
    text: str


def lint(resources: dict[str, tuple[str, dict]], region: str) -> list[Finding]:
    """cfn-lint's errors and warnings; resources are type and properties by a name of letters and digits."""
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in resources.items()},
    }
    findings = []
    for match in api.lint(json.dumps(template), regions=[region]):
        path = [str(part) for part in getattr(match, "path", None) or []]
        name = path[1] if len(path) > 1 else ""
        kind, place = resources[name][0] if name in resources else "", ".".join(path[3:])
        if not artefact(match.rule.id, kind, match.message):
            findings.append(Finding(name, match.rule.id, f"{kind} {place}: {match.message} ({match.rule.id})"))
    return findings


def artefact(rule: str, kind: str, message: str) -> bool:
    if rule == "W3691":
        return re.search(BARE_MAJOR, message) is not None
    return any(rule == known and of in ("", kind) and part in message for known, of, part in ARTEFACTS)
