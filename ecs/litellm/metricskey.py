"""Registers the metrics key with LiteLLM once it is up, so that the scraper never holds the master key. Safe to run again.

Environment: LITELLM_MASTER_KEY, METRICS_KEY (both sk-...), LITELLM_URL (default http://127.0.0.1:4000), WAIT_SECONDS (default 600).
The key may call /metrics and nothing else, and no model. Neither key is ever printed.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request

URL = os.environ.get("LITELLM_URL", "http://127.0.0.1:4000")
WAIT_SECONDS = float(os.environ.get("WAIT_SECONDS", "600"))
KEY = {
    "key": os.environ["METRICS_KEY"],
    "key_alias": "metrics-scraper",
    "models": ["no-default-models"],
    "allowed_routes": ["/metrics", "/metrics/"],
}


def call(path, body=None):
    """Answers (status, text); status 0 where no connection was made."""
    request = urllib.request.Request(
        URL + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + os.environ["LITELLM_MASTER_KEY"], "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


def main():
    deadline = time.monotonic() + WAIT_SECONDS
    while call("/health/liveliness")[0] != 200:
        if time.monotonic() > deadline:
            print(f"metrics key: LiteLLM did not answer within {WAIT_SECONDS:.0f} s", file=sys.stderr)
            return 1
        time.sleep(2)
    # An existing key is brought to the same state; a missing one is made. A second task may do the same at the same time. After a rotation the
    # alias is the old key's, which must end in any case: an alias is one key's (litellm 1.102.4, key_management_endpoints.py, _enforce_unique_key_alias).
    old = {"key_aliases": [KEY["key_alias"]]}
    for path, body in (("/key/update", KEY), ("/key/delete", old), ("/key/generate", KEY), ("/key/update", KEY)):
        status, text = call(path, body)
        if status == 200 and body is KEY:
            print(f"metrics key: registered ({path})")
            return 0
    print(f"metrics key: LiteLLM answered {status}: {text.replace(os.environ['METRICS_KEY'], '***')[:500]}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
