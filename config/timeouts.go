package config

// The time-out chain, in seconds, shortest first: whoever is nearer to the model gives up first, so that the client gets
// the inner answer and not a gateway error. Each link must exceed the one before it (a test checks the order). LiteLLM's link is all its
// attempts together: RequestTimeoutSeconds for one that is answered, and retryDelaySeconds for each retry, which follows only upon a refusal.
const (
	// RequestTimeoutSeconds is LiteLLM's limit for one non-streamed call to a model.
	RequestTimeoutSeconds = 110
	// LiteLLMRetries is how often LiteLLM calls a model again after a refusal that its retry policy names (ecs/litellm). More than one does not fit into
	// the chain: LiteLLM looks at the kind of the first failure only, so the first retry may time out and a second would follow it.
	LiteLLMRetries = 1
	// retryDelaySeconds is the time a refusal and the wait after it may take. LiteLLM waits 0.5 s and up to 0.75 s more before the first
	// retry (litellm 1.102.4, litellm/constants.py: INITIAL_RETRY_DELAY, JITTER; litellm/utils.py: _calculate_retry_after); the rest is
	// for the refusal itself, which Bedrock sends before it runs the model. A Retry-After header would make it wait for as long as that
	// says, up to 60 s; Bedrock's API reference names none.
	retryDelaySeconds = 8
	// EdgeReadTimeoutSeconds is how long CloudFront waits for the next byte of the origin; 120 is its maximum without a quota request
	// (CloudFront VpcOriginConfig.OriginReadTimeout, aws-sdk-go-v2 cloudfront types).
	EdgeReadTimeoutSeconds = 120
	// LoadBalancerIdleSeconds is the load balancer's idle time-out.
	LoadBalancerIdleSeconds = 180
	// TargetKeepAliveSeconds is how long every target keeps an idle connection; longer than the load balancer's, else it answers 502.
	TargetKeepAliveSeconds = 200
	// DrainSeconds is the deregistration delay: how long a stream may go on after its task was told to stop.
	DrainSeconds = 120
	// StopTimeoutSeconds is how long a container has between SIGTERM and SIGKILL; 120 is Fargate's maximum
	// (ECS task definition parameters, stopTimeout).
	StopTimeoutSeconds = 120
)
