"""Reads kinds.txt: what each Pulumi type is at AWS, and where its properties go."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LEFT = re.compile(r"(?P<path>[^ =?]*)(?: ?\?(?P<other>\S+))?(?: ?=(?P<constant>.+))?")
_TOKENS = re.compile(r"\[[^\]]*\]|\{\}|[^.\[\]{}]+")
MISSING = object()


@dataclass(frozen=True)
class Row:
    """One line below a kind: a property's path, or a prefix of paths, and where it goes; None is nowhere."""

    left: tuple
    cfn: tuple | None
    api: tuple | None
    operation: str
    reason: str
    only_with: str = ""  # the row stands only where this property is given
    constant: Any = MISSING  # goes in place of the value; a map is a table of values

    def fixed(self) -> bool:
        """Whether the row is a constant of the kind, whatever is given."""
        return not self.left and self.constant is not MISSING


@dataclass
class Kind:
    """One Pulumi type: its CloudFormation type ("" is none), its service and its first operation."""

    token: str
    cfn: str
    service: str
    operation: str
    rows: list[Row] = field(default_factory=list)
    expand: set[str] = field(default_factory=set)  # properties that hold JSON text


def tokens(path: str) -> tuple:
    return tuple(_TOKENS.findall(path))


def cell(text: str) -> tuple | None:
    return None if text == "-" else tokens("" if text == "*" else text)


def read_kinds(file: Path) -> dict[str, Kind]:
    """The table. A line without indent begins a kind, an indented one is a row of it; # begins a reason."""
    kinds: dict[str, Kind] = {}
    kind = None
    for line in file.read_text().splitlines():
        text, _, reason = line.partition(" #")
        if not text.strip() or text.startswith("#"):
            continue
        cells = [cell.strip() for cell in text.split(" | ")]
        if not line[0].isspace():
            service, _, operation = cells[2].partition(" ")
            kind = Kind(cells[0], cells[1].strip("-"), service.strip("-"), operation)
            kinds[kind.token] = kind
            continue
        left, cfn, call = (cells + ["-", "-"])[:3]
        if left.startswith("json "):
            kind.expand.add(left.removeprefix("json "))
            continue
        operation, _, api = call.rpartition(" ")
        parts = _LEFT.fullmatch(left)
        kind.rows.append(
            Row(
                left=cell(parts["path"]),
                cfn=cell(cfn),
                api=cell(api),
                operation=operation or kind.operation,
                reason=reason.strip(),
                only_with=parts["other"] or "",
                constant=json.loads(parts["constant"]) if parts["constant"] else MISSING,
            )
        )
    return kinds
