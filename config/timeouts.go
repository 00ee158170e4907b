package config

// The time-out chain, in seconds, shortest first: whoever is nearer to the model gives up first, so that the client gets
// the inner answer and not a gateway error. Each link must exceed the one before it (a test checks the order).
const (
	// RequestTimeoutSeconds is LiteLLM's limit for a non-streamed call to a model.
	RequestTimeoutSeconds = 110
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
