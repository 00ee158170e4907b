"""Prints the fields of a request that the installed LiteLLM reads as a destination, a credential, or a control of its logging: one a line, sorted.

They come from LiteLLM's own lists, and from the names in the source of what reads them. At an upgrade the test that runs this names new ones.
"""

import ast
import pathlib
import re

import litellm
from litellm.litellm_core_utils import initialize_dynamic_callback_params as dynamic
from litellm.proxy import litellm_pre_call_utils as before_call
from litellm.proxy.auth import auth_utils
from litellm.types.router import CredentialLiteLLMParams, GenericLiteLLMParams
from litellm.types.utils import StandardCallbackDynamicParams, all_litellm_params

TELLING = re.compile(
    r"(^|_)(host|url|uri|base|endpoint|site|key|keys|secret|token|credentials?|callbacks?|trace|session|mask|redaction|logging|logger|proxy|config"
    r"|langfuse|langsmith|aws|azure|vertex|metadata|fallbacks|arn|role|bucket|path)(_|$)|^no[-_]log$|trace_id|session_id"
)
# Files that read fields of a request by name.
READERS = (
    "utils.py",
    "litellm_core_utils/litellm_logging.py",
    "litellm_core_utils/redact_messages.py",
    "litellm_core_utils/get_litellm_params.py",
    "integrations/langfuse/langfuse.py",
    "integrations/langfuse/langfuse_handler.py",
    "proxy/litellm_pre_call_utils.py",
    "proxy/utils.py",
)


def read_by(path):
    """Text constants that are subscripts or the first argument of .get and .pop in a file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            yield node.slice.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop") and node.args:
            if isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


names = {
    *StandardCallbackDynamicParams.__annotations__,
    *dynamic._supported_callback_params,
    *dynamic._request_blocked_callback_params,
    *auth_utils._BANNED_REQUEST_BODY_PARAMS,
    *before_call._UNTRUSTED_ROOT_CONTROL_FIELDS,
    *before_call._UNTRUSTED_METADATA_CONTROL_FIELDS,
    *CredentialLiteLLMParams.model_fields,
    *(name for name in [*GenericLiteLLMParams.model_fields, *all_litellm_params] if TELLING.search(name)),
}
root = pathlib.Path(litellm.__file__).parent
for reader in READERS:
    names |= {name for name in read_by(root / reader) if isinstance(name, str) and TELLING.search(name)}
print("\n".join(sorted(name for name in names if re.fullmatch(r"[a-zA-Z][a-zA-Z0-9_-]*", name) and not re.search(r"cost_per|_cost(_|$)", name))))
