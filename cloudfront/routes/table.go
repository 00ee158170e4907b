// Package routes says what the internet may reach: the table of public routes, and the two things made from it, the viewer-request function
// of CloudFront and the rules of the load balancer's edge listener. It creates no resource.
package routes

import "slices"

// Options are the settings that decide what is public for whom.
type Options struct {
	// APICidrs and ConsoleCidrs are the viewers (IPv4 and IPv6) who may use LiteLLM, and Grafana and Langfuse; empty: everyone.
	APICidrs     []string
	ConsoleCidrs []string
	// PublicMetrics makes /metrics/ public.
	PublicMetrics bool
	// Kinds are the kinds of the configured models; routes that none of them can answer are not public. Chat routes always are.
	Kinds []Kind
}

// Kind is what a model is for.
type Kind string

// The kinds of models that have public routes.
const (
	Chat      Kind = "chat"
	Embedding Kind = "embedding"
	Rerank    Kind = "rerank"
	Image     Kind = "image"
)

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
	// Open says that a viewer without a key may use it.
	Open bool
	// Why says for whom the route is public.
	Why string
}

// Table is the table of public routes of the gateway's domain: the one place that says what the internet may reach. The viewer-request
// function and the load balancer's edge rules are both made from it.
//
// The LiteLLM routes and their methods are those of LiteLLM 1.102.4's own route table (litellm.proxy.proxy_server.app), which is committed
// with the edge tests. Left out are those that no Bedrock model can answer: files, batches, moderations, audio, and stored responses
// (litellm/responses/main.py refuses to read, cancel or compact one unless the provider keeps it; Bedrock keeps none).
func Table(options Options) []Route {
	routes := make([]Route, 0, 60)
	routes = append(routes, inferenceRoutes(options.Kinds)...)
	routes = append(routes, modelRoutes(options.Kinds)...)
	routes = append(routes, operationRoutes(options)...)
	return append(routes, consoleRoutes()...)
}

// inference are calls to a model named in the request's body, with and without /v1: LiteLLM answers both, and clients whose base
// address lacks /v1 use the bare form.
var inference = []struct {
	path string
	kind Kind
	why  string
}{
	{"/chat/completions", Chat, "OpenAI chat"},
	{"/completions", Chat, "OpenAI text completion"},
	{"/responses", Chat, "OpenAI responses"},
	{"/embeddings", Embedding, "OpenAI embeddings"},
	{"/images/generations", Image, "OpenAI images"},
	{"/images/edits", Image, "OpenAI images"},
	{"/rerank", Rerank, "Cohere and Jina rerank"},
}

// serves says whether a route for one kind of model is public.
func serves(kinds []Kind, kind Kind) bool { return kind == Chat || slices.Contains(kinds, kind) }

func inferenceRoutes(kinds []Kind) []Route {
	var routes []Route
	for _, entry := range inference {
		if serves(kinds, entry.kind) {
			routes = append(routes, litellm(post(), entry.path, entry.why), litellm(post(), "/v1"+entry.path, entry.why))
		}
	}
	if serves(kinds, Rerank) {
		routes = append(routes, litellm(post(), "/v2/rerank", "Cohere rerank, second version"))
	}
	return append(routes,
		litellm(post(), "/v1/responses/input_tokens", "OpenAI responses: count tokens"),
		litellm(post(), "/v1/messages", "Anthropic messages: Claude Code"),
		litellm(post(), "/v1/messages/count_tokens", "Anthropic token count: Claude Code"),
	)
}

// modelRoutes name the model in the path. Bedrock-style names hold slashes, and LiteLLM decodes %2F before it routes.
func modelRoutes(kinds []Kind) []Route {
	routes := []Route{
		litellm(get(), "/models", "list the key's models"),
		litellm(get(), "/v1/models", "list the key's models"),
		// One segment without /v1: more would cover LiteLLM's /{provider}/v1/files and its like.
		litellm(get(), "/models/{model}", "one model's entry"),
		litellm(get(), "/v1/models/{model...}", "one model's entry"),
	}
	for _, entry := range inference {
		if !serves(kinds, entry.kind) || entry.path == "/responses" || entry.kind == Rerank {
			continue
		}
		routes = append(routes, litellm(post(), "/openai/deployments/{model...}"+entry.path, "Azure OpenAI clients"))
		if entry.kind != Image {
			routes = append(routes, litellm(post(), "/engines/{model...}"+entry.path, "clients of OpenAI's engines form"))
		}
	}
	for _, suffix := range []string{":generateContent", ":streamGenerateContent", ":countTokens"} {
		routes = append(routes,
			litellm(post(), "/models/{model...}"+suffix, "Gemini clients"),
			litellm(post(), "/v1beta/models/{model...}"+suffix, "Gemini clients"))
	}
	return routes
}

// operationRoutes are for monitors outside. /health itself is not among them: it calls every model and costs money.
func operationRoutes(options Options) []Route {
	var routes []Route
	for _, entry := range []struct{ path, why string }{
		{"/health/liveliness", "uptime monitors; answers a constant"},
		{"/health/liveness", "uptime monitors; answers a constant"},
		{"/health/readiness", "uptime monitors; tells whether the database answers"},
	} {
		routes = append(routes, Route{Methods: get(), Pattern: entry.path, Service: LiteLLM, Open: true, Why: entry.why})
	}
	if options.PublicMetrics {
		routes = append(routes, litellm(get(), "/metrics/", "documented address; LiteLLM answers administrators and the metrics key only"))
	}
	return routes
}

// consoleRoutes are Grafana and Langfuse, which have log-ins of their own. Their paths are forwarded as they came.
func consoleRoutes() []Route {
	all := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	return []Route{
		{Methods: get(), Pattern: "/grafana", Service: Grafana, Why: "dashboards: redirects to /grafana/"},
		{Methods: all, Pattern: "/grafana/*", Service: Grafana, Why: "dashboards"},
		{Methods: get(), Pattern: "/api/public/health", Service: Langfuse, Why: "documented address; the rest of Langfuse's API is on its own domain"},
		{Methods: get(), Pattern: "/langfuse", Service: LangfuseRedirect, Why: "documented address; Langfuse has its own domain"},
		{Methods: get(), Pattern: "/langfuse/*", Service: LangfuseRedirect, Why: "documented address; Langfuse has its own domain"},
	}
}

func litellm(methods []string, pattern, why string) Route {
	return Route{Methods: methods, Pattern: pattern, Service: LiteLLM, Why: why}
}

func get() []string  { return []string{"GET"} }
func post() []string { return []string{"POST"} }
