package routes

import (
	"fmt"
	"strings"
)

// The segments of the function's tree that are not literal. A literal segment's key begins with a slash, so that no path can name one
// of these, or a property that every JavaScript object has.
const (
	keyEnd     = "$"   // the path ends here
	keySegment = "{}"  // one segment, not empty
	keyModel   = "{+}" // one or more segments, then one of several suffixes
	keyRest    = "*"   // anything
)

// pattern is a Route's pattern, taken apart.
type pattern struct {
	// segments are the keys from the root down; a keyModel or keyRest is the last.
	segments []string
	// suffix follows a keyModel; empty: the path's end.
	suffix string
}

// parsePattern takes a pattern apart, or says what is wrong with it.
func parsePattern(text string) (pattern, error) {
	var parsed pattern
	if !strings.HasPrefix(text, "/") {
		return parsed, fmt.Errorf("route pattern %q: must begin with a slash", text)
	}
	rest := text[1:]
	for {
		segment, after, more := strings.Cut(rest, "/")
		switch name, tail, isModel := strings.Cut(segment, "...}"); {
		case isModel && strings.HasPrefix(name, "{"):
			parsed.segments = append(parsed.segments, keyModel)
			parsed.suffix = tail
			if more {
				parsed.suffix += "/" + after
			}
			return parsed, checkLiteral(text, parsed.suffix)
		case segment == "*" && !more:
			parsed.segments = append(parsed.segments, keyRest)
			return parsed, nil
		case strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}"):
			parsed.segments = append(parsed.segments, keySegment)
		default:
			if err := checkLiteral(text, segment); err != nil {
				return parsed, err
			}
			parsed.segments = append(parsed.segments, "/"+segment)
		}
		if !more {
			return parsed, nil
		}
		rest = after
	}
}

// checkLiteral allows in fixed text only what needs no escape, neither in a URL nor in a load balancer's path pattern.
func checkLiteral(text, literal string) error {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/"
	if strings.Trim(literal, allowed) != "" {
		return fmt.Errorf("route pattern %q: %q holds a character that is not allowed", text, literal)
	}
	return nil
}

// wildcard is the pattern as a load balancer writes it. It is wider than the pattern: there, * spans slashes and may be empty.
func (p pattern) wildcard() string {
	var out strings.Builder
	for _, segment := range p.segments {
		switch segment {
		case keySegment, keyModel, keyRest:
			out.WriteString("/*")
		default:
			out.WriteString(segment)
		}
	}
	return out.String() + p.suffix
}
