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
	"regexp"
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
	// Quiet sends the first words of a stream, nothing for QuietPause, and then the rest.
	Quiet = "[[stand-in: quiet]]"
)

// QuietPause is how long a stream is quiet where the stand-in for Bedrock is asked for it: a model that thinks.
const QuietPause = 61 * time.Second

// UseTool is a text that, written into a prompt, has the stand-in for Bedrock call a tool with one argument, until a result of a tool is in the conversation.
func UseTool(name, argument, value string) string {
	return fmt.Sprintf("[[stand-in: tool %s %s=%s]]", name, argument, value)
}

var useTool = regexp.MustCompile(`\[\[stand-in: tool (\w+) (\w+)=([^\]]*)\]\]`)

// SlowPause is how long the stand-in for Bedrock pauses where it is asked to be slow.
const SlowPause = 300 * time.Millisecond

// Call is one call of Bedrock.
type Call struct {
	// Path is the decoded path, which names model and operation.
	Path string
	Body string
}

// Said is what the stand-in for Bedrock says to one call.
type Said struct {
	// Words are sent one by one in a stream, each after a pause, and at once in a whole answer.
	Words []string
	Pause time.Duration
	// What the answer reports.
	InputTokens, OutputTokens int
	// Tool is the tool that it calls instead of saying something; nil: none.
	Tool *Tool
}

// Tool is the call of a tool: its name, and its arguments.
type Tool struct {
	ID, Name string
	Input    map[string]string
}

// Bedrock answers Converse, InvokeModel and their streams, CountTokens and Rerank as Bedrock does (Amazon Bedrock API reference), for any model.
type Bedrock struct {
	*httptest.Server

	// say is what it says to a call; nil: AnswerText, and it notes all calls.
	say   func(Call) Said
	born  time.Time
	mutex sync.Mutex
	calls []Call
	// left are the bodies of the calls whose caller went before the end of the answer.
	left []string
	// answered counts the calls.
	answered int
	ended    chan struct{}
}

// NewBedrock starts one; Stop ends it.
func NewBedrock() *Bedrock { return NewTalkingBedrock(nil) }

// NewTalkingBedrock starts one that is for people to look at: what it says depends on the call, and it notes no calls, so that it may run for days.
func NewTalkingBedrock(say func(Call) Said) *Bedrock {
	b := &Bedrock{say: say, born: time.Now(), ended: make(chan struct{})}
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

// Left counts the calls with a text whose caller went before the end of the answer.
func (b *Bedrock) Left(text string) int {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	count := 0
	for _, body := range b.left {
		if strings.Contains(body, text) {
			count++
		}
	}
	return count
}

func (b *Bedrock) answer(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the caller has gone
	}
	id, said := b.note(Call{Path: r.URL.Path, Body: string(body)})
	is := func(behaviour string) bool { return bytes.Contains(body, []byte(behaviour)) }
	defer func() {
		if r.Context().Err() != nil {
			b.mutex.Lock()
			defer b.mutex.Unlock()
			b.left = append(b.left, string(body))
		}
	}()
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
		b.stream(w, r, converseEvents(said), is(Slow), is(Stuck), is(Quiet))
	case strings.HasSuffix(r.URL.Path, "/invoke-with-response-stream"):
		b.stream(w, r, invokeEvents(id, said), is(Slow), is(Stuck), is(Quiet))
	case strings.HasSuffix(r.URL.Path, "/converse"), strings.HasSuffix(r.URL.Path, "/invoke"):
		if is(Slow) {
			b.wait(r, SlowPause)
		}
		whole(w, id, said, is(Cached), strings.HasSuffix(r.URL.Path, "/invoke"))
	default:
		http.Error(w, "unexpected "+r.URL.Path, http.StatusNotFound)
	}
}

// note is the id of the answer, and what it says. LiteLLM's spend log knows a message by its id, so none comes twice, also after a restart.
func (b *Bedrock) note(call Call) (string, Said) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.answered++
	id := fmt.Sprintf("msg_%x_%d", b.born.UnixNano(), b.answered)
	if b.say != nil {
		return id, b.say(call)
	}
	b.calls = append(b.calls, call)
	said := Said{Words: []string{AnswerText}, InputTokens: InputTokens, OutputTokens: OutputTokens}
	if asked := useTool.FindStringSubmatch(call.Body); asked != nil && !strings.Contains(call.Body, "tool_result") && !strings.Contains(call.Body, "toolResult") {
		said.Tool = &Tool{ID: "toolu_" + id, Name: asked[1], Input: map[string]string{asked[2]: asked[3]}}
	}
	return id, said
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

// reported is what an answer reports, to Converse and to InvokeModel.
func reported(said Said, cached bool) (converse, invoke map[string]int) {
	if !cached {
		return map[string]int{"inputTokens": said.InputTokens, "outputTokens": said.OutputTokens, "totalTokens": said.InputTokens + said.OutputTokens},
			map[string]int{"input_tokens": said.InputTokens, "output_tokens": said.OutputTokens}
	}
	converse = map[string]int{
		"inputTokens": PlainTokens, "outputTokens": CachedOutput, "totalTokens": PlainTokens + CacheReadTokens + CacheWritten + CachedOutput,
		"cacheReadInputTokens": CacheReadTokens, "cacheWriteInputTokens": CacheWritten,
	}
	return converse, map[string]int{
		"input_tokens": PlainTokens, "output_tokens": CachedOutput, "cache_read_input_tokens": CacheReadTokens, "cache_creation_input_tokens": CacheWritten,
	}
}

// toolUse is what both protocols call the end of an answer that calls a tool, and Anthropic's its content.
const toolUse = "tool_use"

// whole is an answer in one piece; InvokeModel's is the model's own, here Anthropic's.
func whole(w http.ResponseWriter, id string, said Said, cached, invoke bool) {
	text := strings.Join(said.Words, "")
	converseUsage, invokeUsage := reported(said, cached)
	answer := map[string]any{
		"output":     map[string]any{"message": map[string]any{"role": "assistant", "content": []any{map[string]string{"text": text}}}},
		"stopReason": "end_turn", "usage": converseUsage, "metrics": map[string]int{"latencyMs": 1},
	}
	if tool := said.Tool; tool != nil {
		call := map[string]any{"toolUseId": tool.ID, "name": tool.Name, "input": tool.Input}
		answer["output"] = map[string]any{"message": map[string]any{"role": "assistant", "content": []any{map[string]any{"toolUse": call}}}}
		answer["stopReason"] = toolUse
	}
	if invoke {
		answer = map[string]any{
			"id": id, "type": "message", "role": "assistant", "model": "claude", "stop_reason": "end_turn",
			"content": []any{map[string]string{"type": "text", "text": text}}, "usage": invokeUsage,
		}
		if tool := said.Tool; tool != nil {
			answer["stop_reason"] = toolUse
			answer["content"] = []any{map[string]any{"type": toolUse, "id": tool.ID, "name": tool.Name, "input": tool.Input}}
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
	// pause is how long it waits.
	pause time.Duration
	// beforeStuck says that a stream which gets stuck still sends it.
	beforeStuck bool
}

// converseEvents are the events of ConverseStream.
func converseEvents(said Said) []event {
	events := []event{{kind: "messageStart", payload: map[string]string{"role": "assistant"}, beforeStuck: true}}
	for i, word := range said.Words {
		delta := map[string]any{"contentBlockIndex": 0, "delta": map[string]string{"text": word}}
		events = append(events, event{kind: "contentBlockDelta", payload: delta, pause: said.Pause, beforeStuck: i == 0})
	}
	reason := "end_turn"
	if tool := said.Tool; tool != nil {
		reason = toolUse
		input, _ := json.Marshal(tool.Input) // a plain map
		start := map[string]any{"toolUse": map[string]string{"toolUseId": tool.ID, "name": tool.Name}}
		delta := map[string]any{"toolUse": map[string]string{"input": string(input)}}
		events = append(events[:1],
			event{kind: "contentBlockStart", payload: map[string]any{"contentBlockIndex": 0, "start": start}},
			event{kind: "contentBlockDelta", payload: map[string]any{"contentBlockIndex": 0, "delta": delta}},
		)
	}
	usage, _ := reported(said, false)
	return append(events,
		event{kind: "contentBlockStop", payload: map[string]int{"contentBlockIndex": 0}},
		event{kind: "messageStop", payload: map[string]string{"stopReason": reason}},
		event{kind: "metadata", payload: map[string]any{"usage": usage, "metrics": map[string]int{"latencyMs": 1}}},
	)
}

// invokeEvents are the events of InvokeModelWithResponseStream: each carries one of the model's own, here Anthropic's.
func invokeEvents(id string, said Said) []event {
	var events []event
	add := func(pause time.Duration, beforeStuck bool, own map[string]any) {
		text, _ := json.Marshal(own) // plain maps
		events = append(events, event{
			kind: "chunk", payload: map[string]string{"bytes": base64.StdEncoding.EncodeToString(text)}, pause: pause, beforeStuck: beforeStuck,
		})
	}
	add(0, true, map[string]any{"type": "message_start", "message": map[string]any{
		"id": id, "type": "message", "role": "assistant", "model": "claude", "content": []any{},
		"usage": map[string]int{"input_tokens": said.InputTokens, "output_tokens": 0},
	}})
	reason := "end_turn"
	if tool := said.Tool; tool != nil {
		reason = toolUse
		input, _ := json.Marshal(tool.Input) // a plain map
		block := map[string]any{"type": toolUse, "id": tool.ID, "name": tool.Name, "input": map[string]string{}}
		add(0, true, map[string]any{"type": "content_block_start", "index": 0, "content_block": block})
		delta := map[string]string{"type": "input_json_delta", "partial_json": string(input)}
		add(said.Pause, true, map[string]any{"type": "content_block_delta", "index": 0, "delta": delta})
	} else {
		add(0, true, map[string]any{"type": "content_block_start", "index": 0, "content_block": map[string]string{"type": "text", "text": ""}})
		for i, word := range said.Words {
			add(said.Pause, i == 0, map[string]any{"type": "content_block_delta", "index": 0, "delta": map[string]string{"type": "text_delta", "text": word}})
		}
	}
	add(0, false, map[string]any{"type": "content_block_stop", "index": 0})
	add(0, false, map[string]any{
		"type": "message_delta", "delta": map[string]string{"stop_reason": reason}, "usage": map[string]int{"output_tokens": said.OutputTokens},
	})
	add(0, false, map[string]any{"type": "message_stop"})
	return events
}

// stream sends events in AWS's encoding.
func (b *Bedrock) stream(w http.ResponseWriter, r *http.Request, events []event, slow, stuck, quiet bool) {
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	for _, event := range events {
		if slow {
			event.pause = SlowPause
		}
		if event.pause > 0 {
			b.wait(r, event.pause)
		}
		if stuck && !event.beforeStuck {
			b.wait(r, 0)
			return
		}
		if quiet && !event.beforeStuck {
			b.wait(r, QuietPause)
			quiet = false
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
