"""Keeps LiteLLM from asking Bedrock for a token count that Bedrock does not give; it counts by itself then.

LiteLLM 1.102.4 calls Bedrock's CountTokens for every model and has no setting against it; where Bedrock refuses, each count costs a round trip and
writes an error line. The settings' configuration marks the models that Bedrock counts (model_info.bedrock_counts_tokens). LiteLLM loads this file as
the handler of a provider that nothing uses (litellm_settings.custom_provider_map).
"""

from litellm import CustomLLM

try:
    from litellm.llms.bedrock.count_tokens.bedrock_token_counter import BedrockTokenCounter
except ImportError:  # an earlier release, which asks Bedrock in no or in another way
    pass
else:
    ask_bedrock = BedrockTokenCounter.count_tokens

    async def count_tokens(self, *args, **kwargs):
        deployment = kwargs.get("deployment") or {}
        if not (deployment.get("model_info") or {}).get("bedrock_counts_tokens"):
            return None  # LiteLLM then takes its own tokenizer
        return await ask_bedrock(self, *args, **kwargs)

    BedrockTokenCounter.count_tokens = count_tokens

unused = CustomLLM()
