//go:build runtime

// Package standin holds what runtime tests put in the place of services that cannot run here: Amazon Bedrock, Langfuse, and a stranger's host.
// Each listens on 127.0.0.1 and notes what it got.
package standin

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
)

// Tokens that the stand-in for Bedrock counts in each call, and what it says.
const (
	InputTokens  = 11
	OutputTokens = 7
	AnswerText   = "the answer of the stand-in"
)

// CountTokens answers CountedTokens in CountingRegion, and refuses everywhere else.
const (
	CountingRegion = "us-east-1"
	CountedTokens  = 4242
)

// What a test writes into a prompt to have the stand-in for Bedrock behave so for that call alone. Tests that share a gateway may run at once.
const (
	// Silent never answers: the connection stays open until the client or the stand-in closes it.
	Silent = "[[stand-in: silent]]"
	// Throttled answers 429 ThrottlingException.
	Throttled = "[[stand-in: throttled]]"
	// Broken answers 500 InternalServerException.
	Broken = "[[stand-in: broken]]"
	// Slow pauses SlowPause before each event of a stream, and before an answer.
	Slow = "[[stand-in: slow]]"
	// Stuck sends the first words of a stream and then nothing more.
	Stuck = "[[stand-in: stuck]]"
)

// SlowPause is how long the stand-in for Bedrock pauses where it is asked to be slow.
const SlowPause = 300 * time.Millisecond

// Call is one call of Bedrock.
type Call struct {
	// Path is the decoded path, which names model and operation.
	Path string
	Body string
}

// Bedrock answers Converse, InvokeModel and their streams, CountTokens and Rerank as Bedrock does (Amazon Bedrock API reference), for any model.
type Bedrock struct {
	*httptest.Server

	mutex sync.Mutex
	calls []Call
	ended chan struct{}
}

// NewBedrock starts one; Stop ends it.
func NewBedrock() *Bedrock {
	b := &Bedrock{ended: make(chan struct{})}
	b.Server = httptest.NewServer(http.HandlerFunc(b.answer))
	return b
}

// Stop ends the stand-in and all calls that it has not answered.
func (b *Bedrock) Stop() {
	close(b.ended)
	b.Close()
}

// Calls are all calls so far whose body has the text; an empty text: all.
func (b *Bedrock) Calls(text string) []Call {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	var found []Call
	for _, call := range b.calls {
		if strings.Contains(call.Body, text) {
			found = append(found, call)
		}
	}
	return found
}

func (b *Bedrock) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller has gone
	}
	b.mutex.Lock()
	b.calls = append(b.calls, Call{Path: r.URL.Path, Body: string(body)})
	id := fmt.Sprintf("msg_%d", len(b.calls)) // LiteLLM's spend log knows a message by its id
	b.mutex.Unlock()
	is := func(behaviour string) bool { return bytes.Contains(body, []byte(behaviour)) }
	switch {
	case !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256"):
		http.Error(w, "not signed", http.StatusForbidden)
	case is(Silent):
		b.wait(r, 0)
	case is(Throttled):
		refuse(w, http.StatusTooManyRequests, "ThrottlingException", "Too many requests, please wait before trying again.")
	case is(Broken):
		refuse(w, http.StatusInternalServerError, "InternalServerException", "The system encountered an unexpected error.")
	case strings.HasSuffix(r.URL.Path, "/count-tokens"):
		if !strings.Contains(r.Header.Get("Authorization"), "/"+CountingRegion+"/") {
			refuse(w, http.StatusForbidden, "AccessDeniedException", "User is not authorized to perform: bedrock:CountTokens")
			return
		}
		reply(w, map[string]int{"inputTokens": CountedTokens})
	case r.URL.Path == "/rerank":
		reply(w, map[string]any{"results": []any{map[string]any{"index": 1, "relevanceScore": 0.9}}})
	case strings.HasSuffix(r.URL.Path, "/converse-stream"):
		b.stream(w, r, converseEvents(), is(Slow), is(Stuck))
	case strings.HasSuffix(r.URL.Path, "/invoke-with-response-stream"):
		b.stream(w, r, invokeEvents(id), is(Slow), is(Stuck))
	case strings.HasSuffix(r.URL.Path, "/converse"), strings.HasSuffix(r.URL.Path, "/invoke"):
		if is(Slow) {
			b.wait(r, SlowPause)
		}
		whole(w, id, is(Cached), strings.HasSuffix(r.URL.Path, "/invoke"))
	default:
		http.Error(w, "unexpected "+r.URL.Path, http.StatusNotFound)
	}
}

// wait pauses, or with no pause waits until the caller goes or the stand-in ends.
func (b *Bedrock) wait(r *http.Request, pause time.Duration) {
	var after <-chan time.Time
	if pause > 0 {
		after = time.After(pause)
	}
	select {
	case <-after:
	case <-r.Context().Done():
	case <-b.ended:
	}
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", kind)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}

// Cached in a prompt has a whole answer report these tokens instead. Field names: Amazon Bedrock API reference, TokenUsage; Claude's Messages API, usage.
const (
	Cached          = "from the prompt cache"
	PlainTokens     = 1000
	CacheReadTokens = 90_000
	CacheWritten    = 10_000
	CachedOutput    = 500
)

// reported is what a whole answer reports, to Converse and to InvokeModel.
func reported(cached bool) (converse, invoke map[string]int) {
	if !cached {
		return usage(), map[string]int{"input_tokens": InputTokens, "output_tokens": OutputTokens}
	}
	converse = map[string]int{
		"inputTokens": PlainTokens, "outputTokens": CachedOutput, "totalTokens": PlainTokens + CacheReadTokens + CacheWritten + CachedOutput,
		"cacheReadInputTokens": CacheReadTokens, "cacheWriteInputTokens": CacheWritten,
	}
	return converse, map[string]int{
		"input_tokens": PlainTokens, "output_tokens": CachedOutput, "cache_read_input_tokens": CacheReadTokens, "cache_creation_input_tokens": CacheWritten,
	}
}

// usage is what both Converse operations report.
func usage() map[string]int {
	return map[string]int{"inputTokens": InputTokens, "outputTokens": OutputTokens, "totalTokens": InputTokens + OutputTokens}
}

// whole is an answer in one piece; InvokeModel's is the model's own, here Anthropic's.
func whole(w http.ResponseWriter, id string, cached, invoke bool) {
	converseUsage, invokeUsage := reported(cached)
	answer := map[string]any{
		"output":     map[string]any{"message": map[string]any{"role": "assistant", "content": []any{map[string]string{"text": AnswerText}}}},
		"stopReason": "end_turn", "usage": converseUsage, "metrics": map[string]int{"latencyMs": 1},
	}
	if invoke {
		answer = map[string]any{
			"id": id, "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn",
			"content": []any{map[string]string{"type": "text", "text": AnswerText}}, "usage": invokeUsage,
		}
	}
	reply(w, answer)
}

func reply(w http.ResponseWriter, answer any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// event is one event of a stream: its type, and what it carries.
type event struct {
	kind    string
	payload any
	// beforeStuck says that a stream which gets stuck still sends it.
	beforeStuck bool
}

// converseEvents are the events of ConverseStream.
func converseEvents() []event {
	return []event{
		{"messageStart", map[string]string{"role": "assistant"}, true},
		{"contentBlockDelta", map[string]any{"contentBlockIndex": 0, "delta": map[string]string{"text": AnswerText}}, true},
		{"contentBlockStop", map[string]int{"contentBlockIndex": 0}, false},
		{"messageStop", map[string]string{"stopReason": "end_turn"}, false},
		{"metadata", map[string]any{"usage": usage(), "metrics": map[string]int{"latencyMs": 1}}, false},
	}
}

// invokeEvents are the events of InvokeModelWithResponseStream: each carries one of the model's own, here Anthropic's.
func invokeEvents(id string) []event {
	var events []event
	for i, own := range []map[string]any{
		{"type": "message_start", "message": map[string]any{
			"id": id, "type": "message", "role": "assistant", "model": "claude", "content": []any{}, "usage": map[string]int{"input_tokens": InputTokens, "output_tokens": 0},
		}},
		{"type": "content_block_start", "index": 0, "content_block": map[string]string{"type": "text", "text": ""}},
		{"type": "content_block_delta", "index": 0, "delta": map[string]string{"type": "text_delta", "text": AnswerText}},
		{"type": "content_block_stop", "index": 0},
		{"type": "message_delta", "delta": map[string]string{"stop_reason": "end_turn"}, "usage": map[string]int{"output_tokens": OutputTokens}},
		{"type": "message_stop"},
	} {
		text, _ := json.Marshal(own) // plain maps
		events = append(events, event{"chunk", map[string]string{"bytes": base64.StdEncoding.EncodeToString(text)}, i < 3})
	}
	return events
}

// stream sends events in AWS's encoding.
func (b *Bedrock) stream(w http.ResponseWriter, r *http.Request, events []event, slow, stuck bool) {
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	for _, event := range events {
		if slow {
			b.wait(r, SlowPause)
		}
		if stuck && !event.beforeStuck {
			b.wait(r, 0)
			return
		}
		message, err := encode(event.kind, event.payload)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		if _, err := w.Write(message); err != nil {
			return // the caller has gone
		}
		_ = http.NewResponseController(w).Flush()
	}
}

func encode(kind string, value any) ([]byte, error) {
	payload, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", kind, err)
	}
	message := eventstream.Message{Payload: payload}
	message.Headers.Set(":event-type", eventstream.StringValue(kind))
	message.Headers.Set(":content-type", eventstream.StringValue("application/json"))
	message.Headers.Set(":message-type", eventstream.StringValue("event"))
	var out bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&out, message); err != nil {
		return nil, fmt.Errorf("encode %s: %w", kind, err)
	}
	return out.Bytes(), nil
}
