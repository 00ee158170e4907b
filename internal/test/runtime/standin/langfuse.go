//go:build runtime

package standin

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// The keys of Langfuse's project that the stand-in knows.
const (
	LangfusePublicKey = "pk-lf-generated"
	LangfuseSecretKey = "sk-lf-generated"
)

// Received is one request that Langfuse got.
type Received struct {
	Method, Path string
	Header       http.Header
	Body         string
	// Authorized says that it carried the project's keys.
	Authorized bool
}

// Event is one event of a batch that Langfuse took (Langfuse API reference, POST /api/public/ingestion).
type Event struct {
	ID        string         `json:"id"`
	Type      string         `json:"type"`
	Timestamp string         `json:"timestamp"`
	Body      map[string]any `json:"body"`
}

// Langfuse takes what is sent to it and answers as Langfuse v2 does.
type Langfuse struct {
	*httptest.Server
	// Forgets has it note nothing, so that it may run for days. Set it before anything is sent.
	Forgets bool

	mutex    sync.Mutex
	received []Received
	events   []Event
}

// NewLangfuse starts one; Close ends it.
func NewLangfuse() *Langfuse {
	l := &Langfuse{}
	l.Server = httptest.NewServer(http.HandlerFunc(l.answer))
	return l
}

func (l *Langfuse) answer(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // what came before the caller went is noted as well
	user, password, _ := r.BasicAuth()
	got := Received{
		Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: string(body),
		Authorized: user == LangfusePublicKey && password == LangfuseSecretKey,
	}
	var batch struct {
		Batch []Event `json:"batch"`
	}
	ingestion := r.URL.Path == "/api/public/ingestion"
	var err error
	if ingestion {
		err = json.Unmarshal(body, &batch)
	}
	l.mutex.Lock()
	if !l.Forgets {
		l.received = append(l.received, got)
	}
	if got.Authorized && err == nil && !l.Forgets {
		l.events = append(l.events, batch.Batch...)
	}
	l.mutex.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case !got.Authorized:
		http.Error(w, `{"message": "Invalid credentials"}`, http.StatusUnauthorized)
	case err != nil:
		http.Error(w, `{"message": "Invalid request data"}`, http.StatusBadRequest)
	case ingestion:
		successes := []map[string]any{}
		for _, event := range batch.Batch {
			successes = append(successes, map[string]any{"id": event.ID, "status": http.StatusCreated})
		}
		w.WriteHeader(http.StatusMultiStatus)
		_ = json.NewEncoder(w).Encode(map[string]any{"successes": successes, "errors": []any{}})
	default:
		_, _ = io.WriteString(w, `{"status": "OK", "version": "2.95.11", "data": [{"id": "p", "name": "p"}]}`)
	}
}

// Received are all requests so far whose body has the text; an empty text: all.
func (l *Langfuse) Received(text string) []Received {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var found []Received
	for _, request := range l.received {
		if strings.Contains(request.Body, text) {
			found = append(found, request)
		}
	}
	return found
}

// Events are the bodies of all events so far of one type ("trace-create", "generation-create") that have the text; an empty text: all.
func (l *Langfuse) Events(kind, text string) []map[string]any {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var bodies []map[string]any
	for _, event := range l.events {
		whole, err := json.Marshal(event.Body)
		if err == nil && event.Type == kind && strings.Contains(string(whole), text) {
			bodies = append(bodies, event.Body)
		}
	}
	return bodies
}
