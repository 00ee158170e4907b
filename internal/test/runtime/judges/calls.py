"""The second judge: holds the parameters of an API call against the API's model (botocore) and against limits.txt."""

from __future__ import annotations

import html
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, NamedTuple

import regex
from botocore.validate import ParamValidator

from places import service_model


class Limit(NamedTuple):
    """A row of limits.txt."""

    rule: dict
    source: str
    words: list[str]


@lru_cache
def limits() -> dict[str, Limit]:
    """limits.txt by service.Shape.Member."""
    table = {}
    for line in (Path(__file__).parent / "limits.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            place, rule, source, words = [cell.strip() for cell in f"{line} ".split(" | ")]
            table[place] = Limit(json.loads(rule), source, [word.strip() for word in words.split(", ") if word.strip()])
    return table


def members(service: str, shape: Any, value: Any, path: str = "") -> Iterator[tuple[str, Any, Any, str]]:
    """Every value below a shape: its place as limits.txt writes it, its shape, the value, its path."""
    if shape.type_name == "structure" and isinstance(value, dict):
        # An attribute's key says what its value means.
        key = f"[{value['Key']}]" if shape.name.endswith("Attribute") and "Key" in value else ""
        for name, member in value.items():
            if name in shape.members:
                place, below = f"{service}.{shape.name}{key}.{name}", f"{path}.{name}".lstrip(".")
                yield place, shape.members[name], member, below
                yield from members(service, shape.members[name], member, below)
    elif shape.type_name == "list" and isinstance(value, list):
        for index, element in enumerate(value):
            yield "", shape.member, element, f"{path}[{index}]"
            yield from members(service, shape.member, element, f"{path}[{index}]")
    elif shape.type_name == "map" and isinstance(value, dict):
        for key, member in value.items():
            yield "", shape.key, key, f"{path}.{key}"
            yield "", shape.value, member, f"{path}.{key}"


def model_rule(shape: Any) -> dict:
    """What the model says of a value's length, size, letters and choice."""
    rule = {name: shape.metadata[name] for name in ("pattern", "enum") if shape.metadata.get(name)}
    numeric = shape.type_name in ("integer", "long", "float", "double")
    for name, bound in (("min", "from"), ("max", "to")):
        if name in shape.metadata:
            rule[bound if numeric else name] = shape.metadata[name]
    return rule


def broken(rule: dict, value: Any) -> str:
    """How a value breaks a rule; "" if it does not."""
    if "each" in rule:
        return next((problem for element in value if (problem := broken(rule["each"], element))), "")
    if "enum" in rule:
        wrong = [element for element in (value if isinstance(value, list) else [value]) if element not in rule["enum"]]
        if wrong:
            return f"{wrong[0]!r} is none of {', '.join(map(str, rule['enum'][:12]))}"
    if isinstance(value, (str, list, dict)):
        if len(value) < rule.get("min", 0):
            return f"length {len(value)} is less than {rule['min']}"
        if len(value) > rule.get("max", len(value)):
            return f"length {len(value)} is more than {rule['max']}"
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        text = str(value)
        if "pattern" in rule and not matches(rule["pattern"], text):
            return f"{text[:80]!r} is not {rule['pattern'][:80]}"
        if "except" in rule and regex.search(rule["except"], text):
            return f"{text[:80]!r} holds {rule['except']}"
    if {"from", "to", "multiple"} & rule.keys():
        return out_of_range(rule, value)
    return ""


def out_of_range(rule: dict, value: Any) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return f"{value!r} is no number"
    if not rule.get("from", number) <= number <= rule.get("to", number):
        return f"{value} is not {rule.get('from', '')} to {rule.get('to', '')}"
    multiple, *others = rule.get("multiple", [1])
    if number % multiple and number not in others and "multiple" in rule:
        return f"{value} is no multiple of {multiple}"
    return ""


def matches(pattern: str, text: str) -> bool:
    """Whether a text as a whole is of a pattern of the model."""
    return compiled(pattern).fullmatch(text) is not None


@lru_cache
def compiled(pattern: str) -> Any:
    # Java's surrogates stand for what lies beyond the first plane.
    return regex.compile(pattern.replace(r"\uD800\uDC00-\uDBFF\uDFFF", r"\U00010000-\U0010FFFF"), regex.DOTALL)


def datapoints(alarm: dict) -> str:
    if alarm.get("DatapointsToAlarm", 0) > alarm.get("EvaluationPeriods", 0):
        return f"DatapointsToAlarm {alarm['DatapointsToAlarm']} is more than EvaluationPeriods {alarm['EvaluationPeriods']}"
    return ""


def conditions(rule: dict) -> str:
    configs = [config for condition in rule.get("Conditions", []) for config in condition.values() if isinstance(config, dict)]
    values = [value for config in configs for value in config.get("Values", [])]
    wildcards = sum(value.count("*") + value.count("?") for value in values)
    return f"{len(values)} condition values and {wildcards} wildcards; 5 and 5 are allowed" if len(values) > 5 or wildcards > 5 else ""


def health_check(group: dict) -> str:
    if group.get("HealthCheckTimeoutSeconds", 0) >= group.get("HealthCheckIntervalSeconds", 1 << 31):
        return "the health check's time-out is not less than its interval"
    return ""


def storage(instance: dict) -> str:
    if instance.get("MaxAllocatedStorage", 1 << 31) * 10 < instance.get("AllocatedStorage", 0) * 11:
        return "MaxAllocatedStorage is less than a tenth above AllocatedStorage"
    return ""


def methods(allowed: dict) -> str:
    given, get, every = set(allowed.get("Items", [])), {"GET", "HEAD"}, {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"}
    return "" if given in (get, get | {"OPTIONS"}, every) else f"{sorted(given)} is no set of methods that CloudFront takes"


# What holds between the members of a shape: the check and its source.
RELATIONS = {
    "cloudfront.AllowedMethods": (methods, "CloudFront API Reference, AllowedMethods"),
    "cloudwatch.PutMetricAlarmInput": (datapoints, "CloudWatch User Guide, evaluating an alarm: M out of N"),
    "elbv2.CreateRuleInput": (conditions, "ELB User Guide, quotas of Application Load Balancers; newer editions say 6 wildcards"),
    "elbv2.CreateTargetGroupInput": (health_check, "ELB User Guide, health checks of target groups"),
    "rds.CreateDBInstanceMessage": (storage, "RDS User Guide, storage autoscaling"),
}


def judge(service: str, operation: str, parameters: dict) -> list[str]:
    """What AWS would refuse in a call."""
    shape = service_model(service).operation_model(operation).input_shape
    call = f"{service} {operation}"
    problems = [f"{call}: {line}" for line in ParamValidator().validate(parameters, shape).generate_report().splitlines()]
    values = list(members(service, shape, parameters))
    for place, member, value, path in values:
        stated = limits().get(place)
        for rule, source in ((model_rule(member), "model"), (stated.rule, stated.source) if stated else ({}, "")):
            wrong = broken(rule, value)
            if wrong:
                problems.append(f"{call} {path}: {wrong} ({source})")
    for member, value, path in [(shape, parameters, ""), *((member, value, path) for _, member, value, path in values)]:
        relation, source = RELATIONS.get(f"{service}.{member.name}", (None, ""))
        if relation and isinstance(value, dict) and (wrong := relation(value)):
            problems.append(f"{call} {path}: {wrong} ({source})")
    return problems


def unfounded() -> list[str]:
    """Rows of limits.txt whose words the text of the reference, as botocore carries it, does not hold."""
    wrong = []
    for place, limit in limits().items():
        service, shape, member = re.sub(r"\[[^]]*\]", "", place).split(".")
        members = service_model(service).shape_for(shape).members
        if member not in members:
            wrong.append(f"{place}: no such member")
        text = members["Key" if "[" in place else member].documentation
        text = html.unescape(re.sub(r"<[^>]*>", "", text)).replace("\u2013", "-")
        wrong += [f"{place}: the reference does not say {word!r}" for word in limit.words if word not in text]
    return wrong
