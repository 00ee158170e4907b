"""Reads the resources of an exported Pulumi state."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Iterator, NamedTuple

from kinds import Kind

SECRET = "4dabf18193072939515e22adb298388d"  # Pulumi's marker of a secret value, sdk/go/common/resource/sig


class Resource(NamedTuple):
    """One resource of a state: its inputs with secrets opened, and outputs that rows may name with @."""

    urn: str
    kind: Kind
    region: str
    inputs: dict
    outputs: dict


def read_state(document: dict, kinds: dict[str, Kind], region: str) -> tuple[list[Resource], dict[str, int]]:
    """The resources of an exported state that kinds knows, and how many there are of each type that it does not know."""
    regions, resources, unknown = {}, [], Counter()
    listed = document["deployment"]["resources"]
    for entry in listed:
        if entry["type"] == "pulumi:providers:aws":
            regions[f"{entry['urn']}::{entry['id']}"] = entry["inputs"].get("region", region)
    for entry in listed:
        kind = kinds.get(entry["type"])
        if kind is None:
            if entry.get("custom") and not entry["type"].startswith(("pulumi:", "random:")):
                unknown[entry["type"]] += 1
            continue
        outputs = dict(open_secrets(entry.get("outputs", {})), id=entry["id"])
        inputs = dict(open_secrets(entry.get("inputs", {})))
        # The provider merges the default tags with the resource's own.
        if inputs.pop("tags", None) or "tagsAll" in outputs:
            inputs["tagsAll"] = outputs.get("tagsAll", {})
        resources.append(Resource(entry["urn"], kind, regions.get(entry.get("provider", ""), region), inputs, outputs))
    return resources, dict(unknown)


def open_secrets(value: Any) -> Any:
    """The value with each secret in place of its envelope."""
    if isinstance(value, dict):
        if SECRET in value:
            return json.loads(value["plaintext"])
        return {name: open_secrets(member) for name, member in value.items() if name != "__defaults"}
    if isinstance(value, list):
        return [open_secrets(element) for element in value]
    return value


def leaves(value: Any, path: tuple = ()) -> Iterator[tuple[tuple, Any]]:
    """Every value that holds no others, with its path; an empty list or map is one too, a null is none."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from leaves(member, (*path, name))
    elif isinstance(value, list) and value:
        for index, element in enumerate(value):
            yield from leaves(element, (*path, index))
    elif value is not None:
        yield path, value


def shown(path: tuple) -> str:
    """A path as kinds.txt writes it, without the numbers of elements and the names of tags."""
    if path[0] == "tagsAll":
        return "tagsAll{}"
    text = ""
    for part in path:
        if isinstance(part, str):
            text += f".{part}" if text else part
        else:
            text += "[]"
    return text
