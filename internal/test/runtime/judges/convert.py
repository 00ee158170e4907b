"""Converts a resource to a CloudFormation resource and to the AWS API calls that create it.

kinds.txt says which they are, and where every property goes whose name differs. All other properties are found by name.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from kinds import MISSING, Row
from places import Api, CloudFormation
from state import Resource, leaves, shown


@dataclass
class Converted:
    """What one resource became."""

    properties: dict  # of CloudFormation
    calls: dict[str, dict]  # parameters by operation
    left_out: dict[str, str]  # property path to reason; "" is none given
    places: dict[tuple, list]  # leaf of the inputs to where it went in CloudFormation's schema and in the API's model


class Slots(dict):
    """A list while it is built: elements by number, or by a member that tells them apart, as (member, its value)."""


def put(root: dict, path: tuple, value: Any) -> None:
    node = root
    for part, following in zip(path, (*path[1:], None)):
        if following is None:
            node[part] = value
            return
        if not isinstance(node.get(part), dict):
            node[part] = {} if isinstance(following, str) else Slots()
        node = node[part]


def finished(node: Any) -> Any:
    """The built value with lists in place of slots."""
    if isinstance(node, Slots):
        elements = []
        for slot, element in sorted(node.items(), key=lambda item: item[0] if isinstance(item[0], int) else len(node)):
            element = finished(element)
            elements.append({slot[0]: slot[1], **element} if isinstance(slot, tuple) else element)
        return elements
    if isinstance(node, dict):
        return {name: finished(member) for name, member in node.items()}
    return node


def match(row: Row, path: tuple) -> tuple | None:
    """What a row's wildcards stand for in a path that begins as the row says; None if it does not."""
    if len(row.left) > len(path):
        return None
    captured = []
    for want, part in zip(row.left, path):
        if want == "[]" and isinstance(part, int) or want == "{}" and isinstance(part, str):
            captured.append(part)
        elif want not in (part, f"[{part}]"):
            return None
    return tuple(captured)


def place(target: tuple, captured: tuple, rest: tuple, start: CloudFormation | Api) -> tuple[tuple, Any] | None:
    """The path a value goes to, and the place there; None where the rest has no such place. A target without one is a fault of kinds.txt."""
    wild = iter(captured)
    parts: list[Any] = []
    for token in target:
        if token in ("[]", "{}"):
            parts.append(next(wild))
        elif token.startswith("["):
            name, fixed, key = token[1:-1].partition("=")
            parts.append(int(name) if name.isdigit() else (name, key if fixed else next(wild)))
        else:
            parts.append(token)
    here, result = start, []
    for number, part in enumerate((*parts, *rest)):
        found = here.step(part)
        if found is None and number < len(parts):
            raise LookupError(f"kinds.txt: {''.join(target)} leads nowhere")
        if found is None:
            return None
        result += found[0]
        here = found[1]
    return tuple(result), here


def expanded(resource: Resource) -> dict:
    """The inputs with JSON text opened where the kind says so."""
    inputs = dict(resource.inputs)
    for name in resource.kind.expand:
        if isinstance(inputs.get(name), str):
            inputs[name] = json.loads(inputs[name])
    return inputs


def convert(resource: Resource) -> Converted:
    """One resource as CloudFormation properties and as API calls."""
    kind = resource.kind
    inputs = expanded(resource)
    for name, value in resource.outputs.items():
        if any(row.left[:1] == ("@" + name,) for row in kind.rows):
            inputs["@" + name] = value
    properties: dict = {}
    calls: dict[str, dict] = defaultdict(dict)
    result = Converted({}, {}, {}, {})

    whole = next((row for row in kind.rows if row.left == () and not row.fixed()), Row((), (), (), kind.operation, ""))

    def store(row: Row, captured: tuple, path: tuple, value: Any) -> list:
        reached = []
        rest = path[len(row.left) :]
        if kind.cfn and row.cfn is not None:
            target = (whole.cfn, (), path) if row.cfn == ("=",) else (row.cfn, captured, rest)
            found = place(*target, CloudFormation.of(kind.cfn, resource.region))
            if found:
                put(properties, found[0], found[1].coerced(value))
                reached.append(found[1])
        if row.api is not None:
            found = place(row.api, captured, rest, Api.of(kind.service, row.operation))
            if found:
                put(calls[row.operation], found[0], found[1].coerced(value))
                reached.append(found[1])
        return reached

    used = {kind.operation}
    for path, value in leaves(inputs):
        rows = [row for row in kind.rows if not row.fixed() and match(row, path) is not None and row.only_with in ("", *inputs)]
        longest = max((len(row.left) for row in rows), default=0)
        # Rows of the same length all apply: a value may go to more than one call.
        for row in [row for row in rows if len(row.left) == longest] or [whole]:
            reached = store(row, match(row, path), path, given(row, value))
            if row.constant is MISSING:
                result.places[path] = result.places.get(path, []) + reached
            if not reached:
                result.left_out.setdefault(shown(path), row.reason)
            if not path[0].startswith("@"):
                used.add(row.operation)
    for row in kind.rows:
        if row.fixed():
            store(row, (), (), row.constant)
    result.properties = finished(properties)
    for operation in used & calls.keys():
        result.calls[operation] = counted(finished(calls[operation]), Api.of(kind.service, operation).shape)
    return result


def given(row: Row, value: Any) -> Any:
    """What a row makes of a value."""
    if row.constant is MISSING:
        return value
    if isinstance(row.constant, dict):
        return row.constant.get(json.dumps(value), value)
    return row.constant


def counted(value: Any, shape: Any) -> Any:
    """The value with the Quantity that CloudFront wants beside Items."""
    if shape.type_name == "structure" and isinstance(value, dict):
        value = {name: counted(member, shape.members[name]) for name, member in value.items() if name in shape.members}
        if "Quantity" in shape.members and "Items" in shape.members:
            value["Quantity"] = len(value.get("Items", []))
    elif shape.type_name == "list" and isinstance(value, list):
        value = [counted(element, shape.member) for element in value]
    return value
