// Package edge runs the real viewer-request functions in a JavaScript engine, for tests that need CloudFront's part of the way a
// request takes.
package edge

import (
	"fmt"
	"sync"

	"github.com/dop251/goja"
)

// Request is what a viewer-request function sees of a request.
type Request struct {
	Method string
	// URI is the path as the viewer sent it, without a query.
	URI string
	// Headers have lower-case names.
	Headers map[string]string
	// ViewerIP is the viewer's address; empty: 192.0.2.1.
	ViewerIP string
	// Query holds the query parameters that are given once, Repeated those that are given more than once.
	Query    map[string]string
	Repeated map[string][]string
}

// Decision is what a viewer-request function decided.
type Decision struct {
	// Forward says that the request goes on to the origin, with URI as its path.
	Forward bool
	URI     string
	// Status, Headers (lower-case names) and Body are the function's own answer where it does not forward.
	Status  int
	Headers map[string]string
	Body    string
}

// Runtime is one function, loaded. It may be used from several goroutines.
type Runtime struct {
	mutex   sync.Mutex
	vm      *goja.Runtime
	handler goja.Callable
}

// NewRuntime loads a function's code.
func NewRuntime(code string) (*Runtime, error) {
	program, err := goja.Compile("viewer-request.js", code, true)
	if err != nil {
		return nil, fmt.Errorf("compile viewer-request function: %w", err)
	}
	vm := goja.New()
	if _, err := vm.RunProgram(program); err != nil {
		return nil, fmt.Errorf("load viewer-request function: %w", err)
	}
	handler, ok := goja.AssertFunction(vm.Get("handler"))
	if !ok {
		return nil, fmt.Errorf("viewer-request function: no handler")
	}
	return &Runtime{vm: vm, handler: handler}, nil
}

// Evaluate gives the function one request. An error is an exception in the function, which CloudFront answers with 503.
func (r *Runtime) Evaluate(request Request) (Decision, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	event, err := r.event(request)
	if err != nil {
		return Decision{}, err
	}
	value, err := r.handler(goja.Undefined(), event)
	if err != nil {
		return Decision{}, fmt.Errorf("viewer-request function: %w", err)
	}
	result := value.ToObject(r.vm)
	if status := result.Get("statusCode"); status != nil {
		decision := Decision{Status: int(status.ToInteger()), Headers: headers(r.vm, result)}
		if body := result.Get("body"); body != nil {
			decision.Body = body.String()
		}
		return decision, nil
	}
	return Decision{Forward: true, URI: result.Get("uri").String()}, nil
}

// event has the structure of CloudFront Functions, "Event structure".
func (r *Runtime) event(request Request) (*goja.Object, error) {
	ip := request.ViewerIP
	if ip == "" {
		ip = "192.0.2.1"
	}
	given := r.vm.NewObject()
	for name, value := range request.Headers {
		header := r.vm.NewObject()
		if err := header.Set("value", value); err != nil {
			return nil, fmt.Errorf("header %s: %w", name, err)
		}
		if err := given.Set(name, header); err != nil {
			return nil, fmt.Errorf("header %s: %w", name, err)
		}
	}
	viewer, inner, event, query := r.vm.NewObject(), r.vm.NewObject(), r.vm.NewObject(), r.vm.NewObject()
	for name, value := range request.Query {
		if err := query.Set(name, map[string]string{"value": value}); err != nil {
			return nil, fmt.Errorf("query parameter %s: %w", name, err)
		}
	}
	// As CloudFront has it (developer guide, CloudFront Functions event structure): the first value, and all of them in order.
	for name, values := range request.Repeated {
		all := make([]map[string]string, len(values))
		for i, value := range values {
			all[i] = map[string]string{"value": value}
		}
		if err := query.Set(name, map[string]any{"value": values[0], "multiValue": all}); err != nil {
			return nil, fmt.Errorf("query parameter %s: %w", name, err)
		}
	}
	for _, field := range []struct {
		object *goja.Object
		name   string
		value  any
	}{
		{viewer, "ip", ip},
		{inner, "method", request.Method},
		{inner, "uri", request.URI},
		{inner, "headers", given},
		{inner, "querystring", query},
		{inner, "cookies", r.vm.NewObject()},
		{event, "version", "1.0"},
		{event, "viewer", viewer},
		{event, "request", inner},
	} {
		if err := field.object.Set(field.name, field.value); err != nil {
			return nil, fmt.Errorf("event: %w", err)
		}
	}
	return event, nil
}

func headers(vm *goja.Runtime, response *goja.Object) map[string]string {
	out := map[string]string{}
	value := response.Get("headers")
	if value == nil {
		return out
	}
	object := value.ToObject(vm)
	for _, name := range object.Keys() {
		out[name] = object.Get(name).ToObject(vm).Get("value").String()
	}
	return out
}
