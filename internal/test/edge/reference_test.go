package edge

import (
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"kong-llm-gateway/cloudfront/routes"
)

// reference decides what the gateway's function must decide, written from the text and independently of the function: no tree, no
// shared code but the table, regular expressions one after the other, Go's own address type.
type reference struct {
	options routes.Options
	routes  []referenceRoute
}

type referenceRoute struct {
	routes.Route
	match *regexp.Regexp
	// fixed is the text before a trailing *, or all of it.
	fixed string
}

func newReference(options routes.Options) *reference {
	r := &reference{options: options}
	segment, model := regexp.MustCompile(`\\\{\w+\\\}`), regexp.MustCompile(`\\\{\w+\\\.\\\.\\\.\\\}`)
	for _, route := range routes.Table(options) {
		fixed, isPrefix := strings.CutSuffix(route.Pattern, "*")
		text := regexp.QuoteMeta(fixed)
		text = model.ReplaceAllString(text, `(?:[^/].*[^/]|[^/])`)
		text = segment.ReplaceAllString(text, `[^/]+`)
		if isPrefix {
			text += ".*"
		}
		r.routes = append(r.routes, referenceRoute{route, regexp.MustCompile("^" + text + "$"), fixed})
	}
	return r
}

// verdict is what becomes of a request: the service that gets it (empty: refused) and the path that it gets.
type verdict struct {
	service routes.Service
	uri     string
}

func (r *reference) decide(request Request) verdict {
	path, ok := judge(request)
	if !ok {
		return verdict{}
	}
	for _, route := range r.routes {
		if !route.match.MatchString(path) || !takes(route.Methods, request.Method) {
			continue
		}
		if route.Service == routes.LiteLLM {
			if !admitted(r.options.APICidrs, request.ViewerIP) {
				return verdict{}
			}
			return verdict{routes.LiteLLM, canonical(path)}
		}
		if !strings.HasPrefix(request.URI, route.fixed) || !admitted(r.options.ConsoleCidrs, request.ViewerIP) {
			return verdict{}
		}
		return verdict{route.Service, request.URI}
	}
	return verdict{}
}

// judge decodes once and refuses what is malformed.
func judge(request Request) (string, bool) {
	if request.Headers["sec-websocket-key"] != "" || strings.Contains(strings.ToLower(request.Headers["upgrade"]), "websocket") {
		return "", false
	}
	if len(utf16.Encode([]rune(request.URI))) > 2048 {
		return "", false
	}
	path, ok := decode(request.URI)
	if !ok || !strings.HasPrefix(path, "/") || strings.Contains(path, "//") {
		return "", false
	}
	for _, char := range path {
		if char < ' ' || char > '~' || char == '\\' || char == '%' {
			return "", false
		}
	}
	for part := range strings.SplitSeq(path, "/") {
		if dotSegment(part) {
			return "", false
		}
	}
	return path, true
}

// dotSegment begins with a dot that no letter, digit or underscore follows: "." and "..", and what a server might read as them.
func dotSegment(part string) bool {
	rest, isDot := strings.CutPrefix(part, ".")
	return isDot && (rest == "" || !isWord(rest[0]))
}

func isWord(char byte) bool {
	return char == '_' || char >= '0' && char <= '9' || char >= 'a' && char <= 'z' || char >= 'A' && char <= 'Z'
}

// decode undoes percent-encoding once; false where an escape is cut, is no hexadecimal number, or does not make UTF-8.
func decode(uri string) (string, bool) {
	var out []byte
	for i := 0; i < len(uri); {
		if uri[i] != '%' {
			out = append(out, uri[i])
			i++
			continue
		}
		var run []byte
		for ; i < len(uri) && uri[i] == '%'; i += 3 {
			if i+3 > len(uri) {
				return "", false
			}
			value, err := strconv.ParseUint(uri[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			run = append(run, byte(value))
		}
		if !utf8.Valid(run) {
			return "", false
		}
		out = append(out, run...)
	}
	return string(out), true
}

func takes(methods []string, method string) bool {
	switch method {
	case "OPTIONS":
		return true
	case "HEAD":
		return slices.Contains(methods, "GET")
	default:
		return slices.Contains(methods, method)
	}
}

// canonical escapes what a path may not hold as it is (RFC 3986, pchar).
func canonical(path string) string {
	const plain = "-._~!$&'()*+,;=:@/"
	var out strings.Builder
	for _, char := range []byte(path) {
		if strings.IndexByte(plain, char) >= 0 || isWord(char) {
			out.WriteByte(char)
			continue
		}
		out.WriteString("%" + strings.ToUpper(strconv.FormatUint(uint64(char)+0x100, 16)[1:]))
	}
	return out.String()
}

func admitted(cidrs []string, ip string) bool {
	if len(cidrs) == 0 {
		return true
	}
	address, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(cidrs, func(cidr string) bool {
		prefix, err := netip.ParsePrefix(cidr)
		return err == nil && prefix.Contains(address.Unmap())
	})
}
