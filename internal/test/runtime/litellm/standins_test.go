//go:build runtime

// Package litellm_test starts the real LiteLLM proxy with the rendered configuration, Bedrock and Langfuse replaced by local stand-ins. There is no
// database: LiteLLM's needs a Prisma engine that no package registry carries. What needs one (keys, budgets) is held against LiteLLM's OpenAPI
// description in the tests of the scripts.
package litellm_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/stretchr/testify/require"
)

// Tokens that the stand-in for Bedrock counts, and what it says.
const (
	inputTokens, outputTokens = 11, 7
	answerText                = "the answer of the stand-in"
)

// bedrock answers Converse, ConverseStream and InvokeModel as Bedrock does (Amazon Bedrock API reference).
func bedrock(t *testing.T) *httptest.Server {
	t.Helper()
	usage := map[string]int{"inputTokens": inputTokens, "outputTokens": outputTokens, "totalTokens": inputTokens + outputTokens}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply := func(value any) {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(value)
		}
		switch {
		case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256"):
			http.Error(w, "not signed", http.StatusForbidden)
		case strings.HasSuffix(r.URL.Path, "/converse"):
			reply(map[string]any{
				"output":     map[string]any{"message": map[string]any{"role": "assistant", "content": []any{map[string]string{"text": answerText}}}},
				"stopReason": "end_turn", "usage": usage, "metrics": map[string]int{"latencyMs": 1},
			})
		case strings.HasSuffix(r.URL.Path, "/converse-stream"):
			w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
			_, _ = w.Write(events(t, usage))
		case strings.HasSuffix(r.URL.Path, "/invoke"):
			reply(map[string]any{
				"id": "msg_1", "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn",
				"content": []any{map[string]string{"type": "text", "text": answerText}}, "usage": map[string]int{"input_tokens": inputTokens, "output_tokens": outputTokens},
			})
		default:
			http.Error(w, "unexpected "+r.URL.Path, http.StatusNotFound)
		}
	}))
	t.Cleanup(server.Close)
	return server
}

// events is a whole stream in AWS's event encoding.
func events(t *testing.T, usage map[string]int) []byte {
	t.Helper()
	var stream bytes.Buffer
	encoder := eventstream.NewEncoder()
	for _, event := range []struct {
		kind    string
		payload any
	}{
		{"messageStart", map[string]string{"role": "assistant"}},
		{"contentBlockDelta", map[string]any{"contentBlockIndex": 0, "delta": map[string]string{"text": answerText}}},
		{"contentBlockStop", map[string]int{"contentBlockIndex": 0}},
		{"messageStop", map[string]string{"stopReason": "end_turn"}},
		{"metadata", map[string]any{"usage": usage, "metrics": map[string]int{"latencyMs": 1}}},
	} {
		payload, err := json.Marshal(event.payload)
		if err != nil {
			t.Errorf("encode %s: %v", event.kind, err)
		}
		message := eventstream.Message{Payload: payload}
		message.Headers.Set(":event-type", eventstream.StringValue(event.kind))
		message.Headers.Set(":content-type", eventstream.StringValue("application/json"))
		message.Headers.Set(":message-type", eventstream.StringValue("event"))
		if err := encoder.Encode(&stream, message); err != nil {
			t.Errorf("encode %s: %v", event.kind, err)
		}
	}
	return stream.Bytes()
}

// ingested is one event of Langfuse's ingestion API.
type ingested struct {
	Type string         `json:"type"`
	Body map[string]any `json:"body"`
}

// langfuse takes what LiteLLM sends to /api/public/ingestion and answers as Langfuse v2 does.
type langfuse struct {
	*httptest.Server
	mutex  sync.Mutex
	events []ingested
	raw    string
}

const publicKey, secretKey = "pk-lf-generated", "sk-lf-generated"

func newLangfuse(t *testing.T) *langfuse {
	t.Helper()
	l := &langfuse{}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != publicKey || password != secretKey {
			http.Error(w, "wrong keys", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/api/public/ingestion" {
			_, _ = io.WriteString(w, `{"status": "OK", "version": "2.95.12", "data": [{"id": "p", "name": "p"}]}`)
			return
		}
		text, _ := io.ReadAll(r.Body)
		var batch struct {
			Batch []ingested `json:"batch"`
		}
		_ = json.Unmarshal(text, &batch)
		l.mutex.Lock()
		l.events, l.raw = append(l.events, batch.Batch...), l.raw+string(text)
		l.mutex.Unlock()
		w.WriteHeader(http.StatusMultiStatus)
		_, _ = io.WriteString(w, `{"successes": [], "errors": []}`)
	}))
	t.Cleanup(l.Close)
	return l
}

// of lists the bodies of one type of event.
func (l *langfuse) of(kind string) []map[string]any {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var bodies []map[string]any
	for _, event := range l.events {
		if event.Type == kind {
			bodies = append(bodies, event.Body)
		}
	}
	return bodies
}

func (l *langfuse) text() string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.raw
}

func requireJSON(t *testing.T, text string) map[string]any {
	t.Helper()
	var value map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &value), text)
	return value
}
