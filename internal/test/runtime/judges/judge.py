"""Judges the state that a Pulumi program left in a simulated account.

    judge.py state FILE REGION         what is wrong with the resources, as JSON
    judge.py mistakes FILE=REGION …    what the judges see of mistakes planted into the resources, as JSON

Two judges that know nothing of the program look at each resource: cfn-lint at what it is in CloudFormation, and botocore's models with
limits.txt at the calls that create it. FILE is what `pulumi stack export --show-secrets` writes.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import calls
import lint
import mistakes
from convert import Converted, convert
from kinds import read_kinds
from places import Api
from state import Resource, read_state, shown


def linted(resources: list[tuple[Resource, Converted]]) -> dict[int, list[lint.Finding]]:
    """cfn-lint's findings by the place in the list, one run for each region."""
    templates: dict[str, dict] = defaultdict(dict)
    for index, (resource, converted) in enumerate(resources):
        if resource.kind.cfn:
            templates[resource.region][f"R{index}"] = (resource.kind.cfn, converted.properties)
    findings = defaultdict(list)
    for region, template in templates.items():
        for finding in lint.lint(template, region):
            findings[int(finding.resource[1:]) if finding.resource else -1].append(finding)
    return findings


def called(resource: Resource, converted: Converted) -> list[str]:
    service = resource.kind.service
    return [problem for operation, parameters in converted.calls.items() for problem in calls.judge(service, operation, parameters)]


def read(file: str, region: str) -> tuple[list[tuple[Resource, Converted]], dict[str, int]]:
    kinds = read_kinds(Path(__file__).parent / "kinds.txt")
    resources, unknown = read_state(json.loads(Path(file).read_text()), kinds, region)
    return [(resource, convert(resource)) for resource in resources], unknown


def state(file: str, region: str) -> dict:
    """What is wrong with a state's resources, and what could not be converted."""
    resources, unknown = read(file, region)
    found = linted(resources)
    problems = [finding.text for finding in found[-1]]
    left_out, one_sided = {}, {}
    for index, (resource, converted) in enumerate(resources):
        own = [finding.text for finding in found[index]] + called(resource, converted)
        problems += [f"{resource.urn.rsplit('::', 1)[1]}: {problem}" for problem in own]
        left_out.update({f"{resource.kind.token} {path}": reason for path, reason in converted.left_out.items()})
        for path, places in converted.places.items():
            judges = {type(place) for place in places}
            if resource.kind.cfn and len(judges) == 1 and not path[0].startswith("@"):
                one_sided[f"{resource.kind.token} {shown(path)}"] = "the calls" if Api in judges else "cfn-lint"
    return {
        "problems": problems,
        "leftOut": left_out,
        "oneSided": one_sided,
        "unknown": unknown,
        "converted": sum(bool(resource.kind.cfn) for resource, _ in resources),
        "calls": sum(len(converted.calls) for _, converted in resources),
        "values": sum(len(converted.places) for _, converted in resources),
    }


def planted(states: list[str]) -> dict:
    """What the judges see of mistakes planted into resources that they find good, and which rows of limits.txt have no ground."""
    resources = [pair for name in states for pair in read(*name.rsplit("=", 1))[0] if not called(*pair)]
    by_hand, impossible = mistakes.by_hand([resource for resource, _ in resources])
    generated, free = mistakes.generated(resources)
    made = [(mistake, convert(mistake.resource)) for mistake in by_hand + generated]
    refused = [bool(called(mistake.resource, converted)) for mistake, converted in made]
    # cfn-lint takes seconds for a few hundred resources: of the generated ones it gets what the calls let through.
    rest = [index for index, (mistake, _) in enumerate(made) if mistake.by_hand or not refused[index]]
    found = linted([(made[index][0].resource, made[index][1]) for index in rest])
    # E3019: the same resource is there several times.
    flagged = {rest[place] for place, findings in found.items() if place >= 0 and any(finding.rule != "E3019" for finding in findings)}
    return {
        "unfounded": calls.unfounded(),
        "impossible": impossible,
        "unrestricted": free,
        "mistakes": [
            {
                "what": mistake.what,
                "byHand": mistake.by_hand,
                "calls": refused[index],
                "cfnLint": index in flagged,
                "reason": mistakes.UNSEEN.get(mistake.what, ""),
            }
            for index, (mistake, _) in enumerate(made)
        ],
    }


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    json.dump(state(*arguments) if command == "state" else planted(arguments), sys.stdout)
