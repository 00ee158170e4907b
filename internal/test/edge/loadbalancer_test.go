package edge

import "strings"

// views are the ways in which a load balancer may read a path: as it came, with escapes undone, with dot segments and double slashes
// removed as well. AWS says that rules are evaluated "only after URI normalization" and not what that is, so properties must hold
// for all of them.
func views(uri string) []string {
	out := []string{uri}
	if decoded, ok := decode(uri); ok {
		out = append(out, decoded, removeDots(decoded))
	}
	return append(out, removeDots(uri))
}

func removeDots(path string) string {
	var kept []string
	for part := range strings.SplitSeq(path, "/") {
		switch part {
		case "", ".":
		case "..":
			kept = kept[:max(0, len(kept)-1)]
		default:
			kept = append(kept, part)
		}
	}
	end := ""
	if strings.HasSuffix(path, "/") && len(kept) > 0 {
		end = "/"
	}
	return "/" + strings.Join(kept, "/") + end
}

// overlap finds a path that both a template of LiteLLM's and a pattern of the load balancer's match, or says that there is none: a
// search through all pairs of positions, so its answer is exact and not a sample.
func overlap(template []token, pattern string) (string, bool) {
	other := make([]token, len(pattern))
	for i := range len(pattern) {
		other[i] = token{char: pattern[i]}
		if pattern[i] == '*' {
			other[i] = token{wild: true, slashes: true}
		}
	}
	type state struct{ a, b, eaten int }
	found := map[state]string{{}: ""}
	queue := []state{{}}
	push := func(next state, witness string) {
		if _, seen := found[next]; !seen {
			found[next] = witness
			queue = append(queue, next)
		}
	}
	for len(queue) > 0 {
		now := queue[0]
		queue = queue[1:]
		witness := found[now]
		if now.a == len(template) && now.b == len(other) {
			return witness, true
		}
		// Leave a wildcard that has had enough.
		if now.a < len(template) && template[now.a].wild && now.eaten >= template[now.a].least {
			push(state{now.a + 1, now.b, 0}, witness)
		}
		if now.b < len(other) && other[now.b].wild {
			push(state{now.a, now.b + 1, now.eaten}, witness)
		}
		if now.a == len(template) || now.b == len(other) {
			continue
		}
		a, b := template[now.a], other[now.b]
		char := a.char
		switch {
		case a.wild && b.wild:
			char = 'x'
		case a.wild:
			char = b.char
		case !b.wild && a.char != b.char:
			continue
		}
		if a.wild && !a.slashes && char == '/' {
			continue
		}
		next := state{now.a + 1, now.b + 1, 0}
		if a.wild {
			next.a, next.eaten = now.a, 1
		}
		if b.wild {
			next.b = now.b
		}
		push(next, witness+string(char))
	}
	return "", false
}
