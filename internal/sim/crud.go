package sim

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// outputs are the properties of a state as the engine gets them: what was secret in the inputs or is by the schema stays secret.
func outputs(s *shape, inputs resource.PropertyMap, values map[string]any) resource.PropertyMap {
	out := resource.PropertyMap{}
	for name, value := range values {
		k := resource.PropertyKey(name)
		p := s.properties[name]
		if p != nil {
			value = arranged(p, value)
		}
		out[k] = wrap(value)
		if p != nil && p.kind == "asset" && inputs.HasValue(k) {
			out[k] = inputs[k]
		}
		if (p != nil && p.sensitive && value != nil) || (inputs.HasValue(k) && inputs[k].ContainsSecrets()) {
			out[k] = resource.MakeSecret(out[k])
		}
	}
	return out
}

// preview is the state after an operation as far as it can be known before.
func (p *simulation) preview(s *shape, inputs, old resource.PropertyMap) resource.PropertyMap {
	values := plainMap(inputs)
	was := plainMap(old)
	for name, field := range s.properties {
		if _, set := values[name]; set || (!field.output && !field.computed) {
			continue
		}
		if value, ok := was[name]; ok {
			values[name] = value
		} else {
			values[name] = unknown{}
		}
	}
	if s.properties["tagsAll"] != nil {
		values["tagsAll"] = p.allTags(values)
	}
	return outputs(s, inputs, values)
}

func (p *simulation) regionOf(k *kind) string {
	if k.global || p.name != "aws" {
		return ""
	}
	return p.region
}

// Create makes a resource in the account.
func (p *simulation) Create(ctx context.Context, req plugin.CreateRequest) (plugin.CreateResponse, error) {
	token := string(req.Type)
	s, k, err := p.shape(token)
	if err != nil {
		return plugin.CreateResponse{}, err
	}
	if req.Preview {
		return plugin.CreateResponse{Properties: p.preview(s, req.Properties, nil)}, nil
	}
	action, err := p.account.hit(ctx, "create", token)
	if err != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: %w", token, err)
	}
	var done *op
	err = p.account.change(func(current *state) error {
		in := plainMap(req.Properties)
		o := &op{state: current, kind: k, shape: s, limits: p.limits, token: token, region: p.region, in: in, out: maps.Clone(in), words: map[string]string{}}
		if s.properties["tagsAll"] != nil {
			o.out["tagsAll"] = p.allTags(in)
		}
		if err := o.create(s, p.regionOf(k)); err != nil {
			return err
		}
		done = o
		return nil
	})
	if err != nil {
		return plugin.CreateResponse{}, fmt.Errorf("creating %s: %w", token, err)
	}
	stop(action)
	response := plugin.CreateResponse{ID: resource.ID(done.id), Properties: outputs(s, req.Properties, done.out)}
	return response, done.initialised(response.Properties)
}

func (o *op) create(s *shape, region string) error {
	k := o.kind
	if k.unique != "" {
		if name := text(o.out, k.unique); name != "" && o.find(o.token, region, k.unique, name) != nil {
			return failure(k.taken, "%s %q already exists", o.token, name)
		}
	}
	if err := o.judge(); err != nil {
		return err
	}
	o.fill(s)
	if o.Resources[key(o.token, region, o.id)] != nil {
		return failure(cmp.Or(k.taken, "AlreadyExists"), "%s %q already exists", o.token, o.id)
	}
	made := &Resource{Type: o.token, ID: o.id, Region: region, State: o.out}
	o.Resources[key(o.token, region, o.id)] = made
	for _, after := range k.after {
		if err := after(o); err != nil {
			return err
		}
	}
	return nil
}

// judge runs the references and the rules on what is to be.
func (o *op) judge() error {
	if err := o.refer(); err != nil {
		return err
	}
	for _, rule := range o.kind.static {
		if err := rule(o.out); err != nil {
			return err
		}
	}
	for _, rule := range o.kind.rules {
		if err := rule(o); err != nil {
			return err
		}
	}
	return nil
}

// Update changes a resource in place.
func (p *simulation) Update(ctx context.Context, req plugin.UpdateRequest) (plugin.UpdateResponse, error) {
	token := string(req.Type)
	s, k, err := p.shape(token)
	if err != nil {
		return plugin.UpdateResponse{}, err
	}
	if req.Preview {
		return plugin.UpdateResponse{Properties: p.preview(s, req.NewInputs, req.OldOutputs)}, nil
	}
	action, err := p.account.hit(ctx, "update", token)
	if err != nil {
		return plugin.UpdateResponse{}, fmt.Errorf("updating %s %s: %w", token, req.ID, err)
	}
	var done *op
	err = p.account.change(func(current *state) error {
		r := current.Resources[key(token, p.regionOf(k), string(req.ID))]
		if r == nil {
			return failure("ResourceNotFoundException", "%s %s does not exist", token, req.ID)
		}
		in := plainMap(req.NewInputs)
		out := maps.Clone(in)
		for name, field := range s.properties {
			if _, set := out[name]; !set && (field.output || field.computed) {
				out[name] = r.State[name]
			}
		}
		if s.properties["tagsAll"] != nil {
			out["tagsAll"] = p.allTags(in)
		}
		o := &op{
			state: current, kind: k, shape: s, limits: p.limits, token: token, region: p.region, id: r.ID, in: in, out: out, old: r.State, last: plainMap(req.OldOutputs),
			words: map[string]string{},
		}
		if err := o.judge(); err != nil {
			return err
		}
		r.State = out
		for _, after := range k.after {
			if err := after(o); err != nil {
				return err
			}
		}
		done = o
		return nil
	})
	if err != nil {
		return plugin.UpdateResponse{}, fmt.Errorf("updating %s %s: %w", token, req.ID, err)
	}
	stop(action)
	response := plugin.UpdateResponse{Properties: outputs(s, req.NewInputs, done.out)}
	return response, done.initialised(response.Properties)
}

// Delete takes a resource out of the account; what is in use stays. A resource that is gone already is no error.
func (p *simulation) Delete(ctx context.Context, req plugin.DeleteRequest) (plugin.DeleteResponse, error) {
	token := string(req.Type)
	_, k, err := p.shape(token)
	if err != nil {
		return plugin.DeleteResponse{}, err
	}
	action, err := p.account.hit(ctx, "delete", token)
	if err != nil {
		return plugin.DeleteResponse{}, fmt.Errorf("deleting %s %s: %w", token, req.ID, err)
	}
	err = p.account.change(func(current *state) error {
		where := key(token, p.regionOf(k), string(req.ID))
		r := current.Resources[where]
		if r == nil {
			return nil
		}
		if users := current.users(p.kinds, r); len(users) > 0 {
			return failure(cmp.Or(k.inUse, "ResourceInUseException"), "%s is in use by %v", req.ID, users)
		}
		o := &op{state: current, kind: k, token: token, region: p.region, id: r.ID, in: r.State, out: r.State, old: r.State}
		for _, remove := range k.remove {
			if err := remove(o); err != nil {
				return err
			}
		}
		if flag(r.State, "skipDestroy") {
			r.MadeByAWS = true
			return nil
		}
		delete(current.Resources, where)
		for _, gone := range k.gone {
			if err := gone(o); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return plugin.DeleteResponse{}, fmt.Errorf("deleting %s %s: %w", token, req.ID, err)
	}
	stop(action)
	return plugin.DeleteResponse{}, nil
}

// Read gives what the account has; an empty id where there is nothing any more.
func (p *simulation) Read(ctx context.Context, req plugin.ReadRequest) (plugin.ReadResponse, error) {
	token := string(req.Type)
	s, k, err := p.shape(token)
	if err != nil {
		return plugin.ReadResponse{}, err
	}
	if _, err := p.account.hit(ctx, "read", token); err != nil {
		return plugin.ReadResponse{}, fmt.Errorf("reading %s %s: %w", token, req.ID, err)
	}
	response := plugin.ReadResponse{}
	err = p.account.view(func(current *state) error {
		where := key(token, p.regionOf(k), string(req.ID))
		r := current.Resources[where]
		if r == nil {
			r = current.Existing[where]
		}
		if r == nil {
			return nil
		}
		known := req.Inputs
		if len(known) == 0 {
			known = req.State
		}
		response.ID = resource.ID(r.ID)
		response.Outputs = outputs(s, known, r.State)
		response.Inputs = refreshed(s, req.Inputs, r.State)
		return nil
	})
	if err != nil {
		return plugin.ReadResponse{}, fmt.Errorf("reading %s %s: %w", token, req.ID, err)
	}
	return response, nil
}

// refreshed are the inputs that would lead to a state: the known ones where they still say the same.
func refreshed(s *shape, inputs resource.PropertyMap, values map[string]any) resource.PropertyMap {
	out := resource.PropertyMap{}
	all := outputs(s, inputs, values)
	for name, field := range s.properties {
		k := resource.PropertyKey(name)
		if field.output {
			continue
		}
		if len(inputs) == 0 { // an import
			if !zero(values[name]) {
				out[k] = all[k]
			}
			continue
		}
		known, set := inputs[k]
		differs, _ := compare("#"+name, field, values[name], plain(known))
		switch {
		case set && (known.IsArray() || known.IsObject()) && !known.ContainsSecrets() && values[name] != nil:
			out[k] = reread(known, all[k])
		case set && (!differs || field.kind == "asset"):
			out[k] = known
		case differs && values[name] != nil:
			out[k] = all[k]
		}
	}
	return out
}

// initialised is nil, or the error of a resource that is there but did not come up: the engine keeps it in its state.
func (o *op) initialised(properties resource.PropertyMap) error {
	if o.incomplete == "" {
		return nil
	}
	encoded, err := plugin.MarshalProperties(properties, plugin.MarshalOptions{KeepSecrets: true})
	if err != nil {
		return fmt.Errorf("%s: %w", o.incomplete, err)
	}
	const unknownCode = 2 // of gRPC
	detail := &pulumirpc.ErrorResourceInitFailed{Id: o.id, Properties: encoded, Reasons: []string{o.incomplete + " (" + notice + ")"}}
	return rpcerror.WithDetails(rpcerror.New(unknownCode, o.incomplete), detail)
}

func stop(action string) {
	if action == "kill-after" {
		os.Exit(killed)
	}
}
