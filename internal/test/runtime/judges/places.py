"""Places in CloudFormation's schemas (cfn-lint's copy) and in AWS's API models (botocore): where a path leads, and what is said there."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Iterator

import botocore.session
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

_SESSION = botocore.session.get_session()


class CloudFormation:
    """A place in CloudFormation's schema of a type."""

    def __init__(self, root: dict, node: dict):
        self.root, self.node = root, node

    @staticmethod
    @lru_cache
    def of(kind: str, region: str) -> "CloudFormation":
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, kind).schema
        return CloudFormation(schema, schema)

    def nodes(self, combinations: tuple = ("allOf", "anyOf", "oneOf")) -> Iterator[dict]:
        """The node and what it refers to or combines."""
        pending = [self.node]
        while pending:
            node = pending.pop(0)
            if "$ref" in node:
                target = self.root
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
                pending.append(target)
            for combination in combinations:
                pending += [part for part in node.get(combination, []) if isinstance(part, dict)]
            yield node

    def step(self, part: Any) -> "tuple[tuple, CloudFormation] | None":
        """Where a part of a path leads, and the schema's own names for it; None where the schema has no such place."""
        for node in self.nodes():
            if isinstance(part, str):
                name = by_name(part, node.get("properties", {}))
                if name:
                    return (name,), CloudFormation(self.root, node["properties"][name])
                if node.get("type") == "object" and "properties" not in node and "$ref" not in node:
                    free = next(iter(node.get("patternProperties", {}).values()), {})
                    return (part,), CloudFormation(self.root, free)
            elif "items" in node:
                return (part,), CloudFormation(self.root, node["items"])
        return None

    def restrictions(self) -> dict[str, Any]:
        """What the schema says of a value here, in words that both sides share."""
        words = {"maxLength": "max", "minLength": "min", "maximum": "to", "minimum": "from", "pattern": "pattern", "enum": "enum"}
        found = {}
        for node in self.nodes(("allOf",)):
            found.update({words[name]: rule for name, rule in node.items() if name in words})
        return found

    def coerced(self, value: Any) -> Any:
        takes_documents = any("object" in node.get("type", "") for node in self.nodes())
        if takes_documents and isinstance(value, str):
            try:
                return json.loads(value)
            except json.JSONDecodeError:
                return value  # for the judge to see
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value


class Api:
    """A place in an API's model; its name is service.Shape.Member, as in limits.txt."""

    def __init__(self, service: str, shape: Any, name: str = "", key: str = ""):
        self.service, self.shape, self.name, self.key = service, shape, name, key

    @staticmethod
    @lru_cache
    def of(service: str, operation: str) -> "Api":
        return Api(service, service_model(service).operation_model(operation).input_shape)

    def step(self, part: Any) -> "tuple[tuple, Api] | None":
        shape = self.shape
        if isinstance(part, str):
            if shape.type_name == "map":
                return (part,), Api(self.service, shape.value)
            if shape.type_name == "structure":
                name = by_name(part, shape.members)
                if name:
                    return (name,), Api(self.service, shape.members[name], f"{self.service}.{shape.name}{self.key}.{name}")
        elif shape.type_name == "list":
            key = f"[{part[1]}]" if isinstance(part, tuple) and shape.member.name.endswith("Attribute") else ""
            return (part,), Api(self.service, shape.member, f"{self.name}[]" if self.name else "", key)
        elif shape.type_name == "structure" and "Items" in shape.members:  # CloudFront's lists are {Quantity, Items}
            return ("Items", part), Api(self.service, shape.members["Items"].member)
        return None

    def coerced(self, value: Any) -> Any:
        kind = self.shape.type_name
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if kind == "string" and not isinstance(value, str):
            return json.dumps(value)
        if kind in ("integer", "long") and re.fullmatch(r"-?\d+(\.0)?", str(value)):
            return int(float(value))
        if kind in ("float", "double") and re.fullmatch(r"-?\d+(\.\d+)?", str(value)):
            return float(value)
        return value


@lru_cache
def service_model(service: str):
    return _SESSION.get_service_model(service)


def by_name(name: str, members: Any) -> str | None:
    """The member with that name in any case, or with an s more or less (Pulumi names lists in the plural)."""
    names = {member.lower(): member for member in members}
    lower = name.lower()
    return next((names[form] for form in (lower, lower.removesuffix("s"), lower + "s") if form in names), None)
