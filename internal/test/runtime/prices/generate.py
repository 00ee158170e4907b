"""Writes config/prices.txt: the Bedrock models that the pinned LiteLLM has a price for. With --check it only says whether the file is right.

It asks LiteLLM's own look-up, not only the map: that also finds a profile (us.…) by the model's own id. Each geography that config/geography.go gives
no route of its own is tried with each model.
"""

import os
import re
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # as the task definition does: the release's own map

import litellm

ROOT = Path(__file__).resolve().parents[4]
FILE = ROOT / "config" / "prices.txt"
GEOGRAPHIES = re.compile(r'prefix:\s+"([a-z-]+)"')


def priced(name: str) -> bool:
    try:
        info = litellm.get_model_info("bedrock/" + name)
    except Exception:  # LiteLLM says "isn't mapped" with a plain one
        return False
    return any(isinstance(value, int | float) and value > 0 for key, value in info.items() if "cost" in key)


def names() -> list[str]:
    found = set()
    for key, entry in litellm.model_cost.items():
        name = key.removeprefix("bedrock/")
        if str(entry.get("litellm_provider", "")).startswith("bedrock") and re.fullmatch(r"[a-z-]+\.[a-z0-9.:-]+", name) and priced(name):
            found.add(name)
    prefixes = geographies()
    # A profile is found by its model; only those that are not stand for themselves.
    return sorted(name for name in found if not (name.partition(".")[0] in prefixes and name.partition(".")[2] in found))


def geographies() -> list[str]:
    text = (ROOT / "config" / "geography.go").read_text()
    return GEOGRAPHIES.findall(text) + ["global"]


def main() -> int:
    models = names()
    lost = [f"{prefix}.{model}" for prefix in geographies() if prefix != "ca" for model in models
            if model in litellm.model_cost and model.partition(".")[0] not in geographies() and not priced(f"{prefix}.{model}")]
    if lost:
        print("LiteLLM finds no price for these profiles, but config takes their model's:", *lost, sep="\n  ")
    text = f"# Bedrock models with a price in LiteLLM {version('litellm')} (model_prices_and_context_window_backup.json), each also as a profile.\n"
    text += "# Written by make prices.\n" + "\n".join(models) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text)
    elif not FILE.exists() or FILE.read_text() != text:
        print(f"{FILE} is not what LiteLLM {version('litellm')} has: make prices")
        return 1
    return 1 if lost else 0


sys.exit(main())
