// Package routes says what the internet may reach: the table of public routes, and the two things made from it, the viewer-request function
// of CloudFront and the rules of the load balancer's edge listener. It creates no resource.
package routes

// Options are the settings that decide what is public for whom.
type Options struct {
	// APICidrs and ConsoleCidrs are the viewers (IPv4 and IPv6) who may use LiteLLM, and Grafana and Langfuse; empty: everyone.
	APICidrs     []string
	ConsoleCidrs []string
	// PublicMetrics makes /metrics/ public.
	PublicMetrics bool
}

// Service is who answers a public route.
type Service string

// The services behind the edge. LangfuseRedirect is not a service: the function itself answers, with the address of Langfuse's own domain.
const (
	LiteLLM          Service = "litellm"
	Grafana          Service = "grafana"
	Langfuse         Service = "langfuse"
	LangfuseRedirect Service = "redirect"
)

// Route is one public route of the gateway's domain. What is in no Route is refused at the edge.
//
// The pattern is a path with at most one kind of placeholder:
//
//	/v1/embeddings                        exactly this path
//	/grafana/*                            everything below /grafana/, that path itself included
//	/v1/responses/{id}/cancel             {id} is one segment, not empty
//	/engines/{model...}/chat/completions  {model...} is one or more segments; a fixed suffix or the end follows
type Route struct {
	// Methods are the methods that may be used. HEAD goes with GET, and OPTIONS with every route; neither is listed.
	Methods []string
	// Pattern is the path, as above.
	Pattern string
	// Service answers the request.
	Service Service
	// Why says for whom the route is public.
	Why string
}

// Table is the table of public routes of the gateway's domain: the one place that says what the internet may reach. The viewer-request
// function and the load balancer's edge rules are both made from it.
//
// The LiteLLM routes and their methods are those of LiteLLM 1.102.4's own route table (litellm.proxy.proxy_server.app), which is committed
// with the edge tests. Ids (files, batches, responses) are public under /v1 only: without a prefix, the load balancer's wildcard
// would cover routes with a wildcard first segment, such as /{mcp_server_name}/register.
func Table(options Options) []Route {
	routes := make([]Route, 0, 80)
	routes = append(routes, inferenceRoutes()...)
	routes = append(routes, modelRoutes()...)
	routes = append(routes, storedRoutes()...)
	routes = append(routes, operationRoutes(options)...)
	return append(routes, consoleRoutes()...)
}

// inferenceRoutes are calls to a model named in the request's body, with and without /v1: LiteLLM answers both, and clients whose base
// address lacks /v1 use the bare form.
func inferenceRoutes() []Route {
	table := []struct{ path, why string }{
		{"/chat/completions", "OpenAI chat"},
		{"/completions", "OpenAI text completion"},
		{"/embeddings", "OpenAI embeddings"},
		{"/responses", "OpenAI responses"},
		{"/images/generations", "OpenAI images"},
		{"/images/edits", "OpenAI images"},
		{"/audio/speech", "OpenAI audio"},
		{"/audio/transcriptions", "OpenAI audio"},
		{"/moderations", "OpenAI moderation"},
		{"/rerank", "Cohere and Jina rerank"},
	}
	routes := make([]Route, 0, 2*len(table)+5)
	for _, entry := range table {
		routes = append(routes,
			Route{post(), entry.path, LiteLLM, entry.why},
			Route{post(), "/v1" + entry.path, LiteLLM, entry.why})
	}
	return append(routes,
		Route{post(), "/v2/rerank", LiteLLM, "Cohere rerank, second version"},
		Route{post(), "/v1/responses/compact", LiteLLM, "OpenAI responses: shorten a conversation"},
		Route{post(), "/v1/responses/input_tokens", LiteLLM, "OpenAI responses: count tokens"},
		Route{post(), "/v1/messages", LiteLLM, "Anthropic messages: Claude Code"},
		Route{post(), "/v1/messages/count_tokens", LiteLLM, "Anthropic token count: Claude Code"},
	)
}

// modelRoutes name the model in the path. Bedrock-style names hold slashes, and LiteLLM decodes %2F before it routes.
func modelRoutes() []Route {
	routes := []Route{
		{get(), "/models", LiteLLM, "list the key's models"},
		{get(), "/v1/models", LiteLLM, "list the key's models"},
		// One segment without /v1: more would cover LiteLLM's /{provider}/v1/files and its like.
		{get(), "/models/{model}", LiteLLM, "one model's entry"},
		{get(), "/v1/models/{model...}", LiteLLM, "one model's entry"},
	}
	for _, suffix := range []string{"/chat/completions", "/completions", "/embeddings", "/images/generations", "/images/edits"} {
		routes = append(routes, Route{post(), "/openai/deployments/{model...}" + suffix, LiteLLM, "Azure OpenAI clients"})
	}
	for _, suffix := range []string{"/chat/completions", "/completions", "/embeddings"} {
		routes = append(routes, Route{post(), "/engines/{model...}" + suffix, LiteLLM, "clients of OpenAI's engines form"})
	}
	for _, suffix := range []string{":generateContent", ":streamGenerateContent", ":countTokens"} {
		routes = append(routes,
			Route{post(), "/models/{model...}" + suffix, LiteLLM, "Gemini clients"},
			Route{post(), "/v1beta/models/{model...}" + suffix, LiteLLM, "Gemini clients"})
	}
	return routes
}

// storedRoutes are what a client keeps at the provider: files, batches, responses. A client may delete what it made (LiteLLM demands its
// key); nothing is public that changes another's settings.
func storedRoutes() []Route {
	return []Route{
		{getPost(), "/files", LiteLLM, "upload and list files"},
		{getPost(), "/v1/files", LiteLLM, "upload and list files"},
		{[]string{"GET", "DELETE"}, "/v1/files/{id...}", LiteLLM, "a file's entry; clients clean up after themselves"},
		{get(), "/v1/files/{id...}/content", LiteLLM, "a file's content, for instance a batch's result"},
		{getPost(), "/batches", LiteLLM, "make and list batches"},
		{getPost(), "/v1/batches", LiteLLM, "make and list batches"},
		{get(), "/v1/batches/{id...}", LiteLLM, "a batch's state; a Bedrock batch's id is an ARN with a slash"},
		{post(), "/v1/batches/{id...}/cancel", LiteLLM, "stop a batch"},
		{[]string{"GET", "DELETE"}, "/v1/responses/{id}", LiteLLM, "a stored response"},
		{get(), "/v1/responses/{id}/input_items", LiteLLM, "a stored response's input"},
		{post(), "/v1/responses/{id}/cancel", LiteLLM, "stop a background response"},
	}
}

// operationRoutes are for monitors outside. /health itself is not among them: it calls every model and costs money.
func operationRoutes(options Options) []Route {
	routes := []Route{
		{get(), "/health/liveliness", LiteLLM, "uptime monitors; answers a constant"},
		{get(), "/health/liveness", LiteLLM, "uptime monitors; answers a constant"},
		{get(), "/health/readiness", LiteLLM, "uptime monitors; tells LiteLLM's version and callbacks"},
	}
	if options.PublicMetrics {
		routes = append(routes, Route{
			get(), "/metrics/", LiteLLM,
			"documented address; LiteLLM demands a key, and any key reads everyone's figures",
		})
	}
	return routes
}

// consoleRoutes are Grafana and Langfuse, which have logins of their own. Their paths are forwarded as they came.
func consoleRoutes() []Route {
	all := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	return []Route{
		{get(), "/grafana", Grafana, "dashboards: redirects to /grafana/"},
		{all, "/grafana/*", Grafana, "dashboards"},
		{all, "/api/public/*", Langfuse, "Langfuse's public API: health, ingestion from applications"},
		{get(), "/langfuse", LangfuseRedirect, "documented address; Langfuse has its own domain"},
		{get(), "/langfuse/*", LangfuseRedirect, "documented address; Langfuse has its own domain"},
	}
}

func get() []string     { return []string{"GET"} }
func post() []string    { return []string{"POST"} }
func getPost() []string { return []string{"GET", "POST"} }
