//go:build runtime

package gateway

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"

	"kong-llm-gateway/cloudfront"
	"kong-llm-gateway/cloudfront/routes"
	"kong-llm-gateway/config"
	"kong-llm-gateway/internal/test/edge"
)

// publicPath is what lies between the internet and LiteLLM: the rendered viewer-request function, run by a JavaScript engine, and the rendered rules
// of the edge listener, judged by the edge tests' model of a load balancer.
type publicPath struct {
	function *edge.Runtime
	rules    edge.LoadBalancer
	litellm  *httputil.ReverseProxy
}

// newPublicPath serves at the listener, or on a free port where there is none.
func newPublicPath(settings *config.Settings, target string, listener net.Listener) (*httptest.Server, error) {
	options := cloudfront.PublicOptions(settings.Edge, settings.LiteLLM.Kinds())
	table := routes.Table(options)
	code, err := routes.GatewayFunction(options, table, "https://traces.example.com")
	if err != nil {
		return nil, fmt.Errorf("render the function: %w", err)
	}
	function, err := edge.NewRuntime(code)
	if err != nil {
		return nil, fmt.Errorf("load the function: %w", err)
	}
	address, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("address of LiteLLM: %w", err)
	}
	server := httptest.NewUnstartedServer(&publicPath{
		function: function, rules: routes.Rules(table),
		litellm: &httputil.ReverseProxy{
			FlushInterval: -1, // streams
			ModifyResponse: func(r *http.Response) error {
				r.Header.Set(edgeID, r.Request.Header.Get(edgeID))
				return nil
			},
			Rewrite: func(r *httputil.ProxyRequest) {
				r.SetURL(address)
				r.Out.URL.Path, r.Out.URL.RawPath = r.In.URL.Path, r.In.URL.RawPath
				r.Out.Host = r.In.Host // the viewer's Host is forwarded
				// CloudFront adds its id of the request (gateway_traces.py has the sources), and names it to the viewer in the answer.
				r.Out.Header.Set(edgeID, rand.Text()+rand.Text())
				r.Out.Header["X-Forwarded-For"] = r.In.Header["X-Forwarded-For"]
				r.SetXForwarded()
			},
		},
	})
	if listener != nil {
		_ = server.Listener.Close()
		server.Listener = listener
	}
	server.Start()
	return server, nil
}

// edgeID is the header with CloudFront's id of a request.
const edgeID = "X-Amz-Cf-Id"

// mostRead is how large a body may be that is read before the request is judged. A server that answers before it has read a body resets the
// connection, and the client may lose the answer.
const mostRead = 1 << 20

func (p *publicPath) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength > 0 && r.ContentLength <= mostRead {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client has gone
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	path, _, _ := strings.Cut(r.RequestURI, "?")
	decision, err := p.function.Evaluate(edge.Request{Method: r.Method, URI: path, Headers: headers(r), Query: query(r), ViewerIP: address})
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable) // what CloudFront answers for an exception
		return
	}
	if !decision.Forward {
		for name, value := range decision.Headers {
			w.Header().Set(name, value)
		}
		w.WriteHeader(decision.Status)
		_, _ = io.WriteString(w, decision.Body)
		return
	}
	if p.rules.Forward(routes.HeaderGateway, decision.URI) != routes.LiteLLM {
		http.Error(w, "the edge listener refuses "+decision.URI, http.StatusForbidden)
		return
	}
	judged, err := url.ParseRequestURI(decision.URI)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.URL.Path, r.URL.RawPath = judged.Path, judged.RawPath
	r.Header.Set(routes.HeaderName, routes.HeaderGateway)
	p.litellm.ServeHTTP(w, r)
}

// headers are the request's as a function sees them: names in lower case, content-length and host among them, the values of one name joined.
func headers(r *http.Request) map[string]string {
	out := map[string]string{"host": r.Host}
	for name, values := range r.Header {
		out[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	if r.ContentLength >= 0 && (r.Body != nil && r.Body != http.NoBody || r.Header.Get("Content-Length") != "") {
		out["content-length"] = fmt.Sprint(r.ContentLength)
	}
	return out
}

func query(r *http.Request) map[string]string {
	out := map[string]string{}
	for name, values := range r.URL.Query() {
		out[name] = values[0]
	}
	return out
}
