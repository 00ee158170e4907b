package edge

import (
	"math/rand/v2"
	"strings"
)

// variants makes forms of a path that some layer might take for the path itself.
type variants struct{ *rand.Rand }

var (
	endings = []string{
		"/", "//", "%2f", "%2F", "%0a", "%0A", "%0d", "%0d%0a", "\n", "%00", "%09", "%20", "+", "%85", "%c2%85", "%e2%80%a8", ";", ";x=1",
		"%3b", "?", "?x=1",
		"%3f", "%3fx", "#", "%23x", ".", "%2e", "/.", "/..", "/%2e", "/../", "\\", "%5c", "%", "%2", "%zz", ".json", "~", "*", ":", "%252f",
	}
	prefixes = []string{
		"/v1/models/..", "/v1/chat/completions/../../..", "/grafana/..", "/grafana/%2e%2e", "/grafana/..%2f", "/api/public/..",
		"/api/public/%2e%2e%2f",
		"/v1/models/%2e%2e/%2e%2e", "/langfuse/..", "/./", "/.", "//", "/%2f", "/\\", "/%5c", "http://localhost:4000", "https://example.com",
		"//example.com",
		"@", "*", " ", "%20", "\t", "/;", "/grafana;", "/metrics/..", "/v1/files/../..", "/engines/../", "/openai/deployments/../..",
	}
	inserts = []string{
		"/", "\\", "%5c", "/./", "/%2e/", "/x/../", "/x/%2e%2e/", "/x/..%2f", "/;/", "%2f", "/%2f", "/.;/", "/..;/",
		"%00", "%0a", "\u2215", "\uff0f",
	}
	lookAlikes = strings.NewReplacer("a", "\u0430", "e", "\u0435", "o", "\u043e", "p", "\u0440", "c", "\u0441", "i", "\u0456", "/", "\u2044")
)

// one makes a variant: one to three changes, one after the other.
func (v variants) one(path string) string {
	for range 1 + v.IntN(3) {
		path = v.change(path)
	}
	return path
}

func (v variants) change(path string) string {
	switch v.IntN(11) {
	case 0:
		return path + endings[v.IntN(len(endings))]
	case 1:
		return prefixes[v.IntN(len(prefixes))] + path
	case 2:
		return v.atSlash(path, inserts[v.IntN(len(inserts))])
	case 3:
		return v.encode(v.encode(path, 3), 4)
	case 4:
		return v.encode(path, 1)
	case 5:
		return v.flipCase(path)
	case 6:
		return v.replaceOne(path)
	case 7:
		return v.overlong(path)
	case 8:
		return strings.ReplaceAll(path, "/", inserts[v.IntN(len(inserts))])
	default:
		return v.encode(path, 2+v.IntN(8))
	}
}

// encode escapes about one character in n, in either case of the hexadecimal digits.
func (v variants) encode(path string, n int) string {
	const lower, upper = "0123456789abcdef", "0123456789ABCDEF"
	var out strings.Builder
	for _, char := range []byte(path) {
		if v.IntN(n) != 0 {
			out.WriteByte(char)
			continue
		}
		digits := lower
		if v.IntN(2) == 0 {
			digits = upper
		}
		out.WriteByte('%')
		out.WriteByte(digits[char>>4])
		out.WriteByte(digits[char&15])
	}
	return out.String()
}

func (v variants) atSlash(path, insert string) string {
	parts := strings.Split(path, "/")
	if len(parts) < 2 {
		return path + insert
	}
	at := 1 + v.IntN(len(parts)-1)
	return strings.Join(parts[:at], "/") + insert + strings.Join(parts[at:], "/")
}

func (v variants) flipCase(path string) string {
	out := []byte(path)
	for i, char := range out {
		if v.IntN(3) == 0 && (char >= 'a' && char <= 'z' || char >= 'A' && char <= 'Z') {
			out[i] = char ^ 0x20
		}
	}
	return string(out)
}

// replaceOne puts a look-alike from another script or a full-width form in the place of one character.
func (v variants) replaceOne(path string) string {
	if path == "" {
		return path
	}
	at := v.IntN(len(path))
	char := path[at : at+1]
	other := lookAlikes.Replace(char)
	if v.IntN(2) == 0 && char[0] > ' ' && char[0] <= '~' {
		other = string(rune(char[0]) + 0xfee0)
	}
	if v.IntN(2) == 0 {
		other = v.encode(other, 1)
	}
	return path[:at] + other + path[at+1:]
}

// overlong writes one character in a form that only a broken decoder takes: overlong UTF-8, or the %u escape.
func (v variants) overlong(path string) string {
	const digits = "0123456789abcdef"
	if path == "" {
		return path
	}
	at := v.IntN(len(path))
	char := path[at] & 0x7f
	low := string([]byte{digits[char>>4], digits[char&15]})
	forms := []string{
		"%u00" + low, "%c" + string(digits[char>>6]) + "%" + string([]byte{digits[8|char>>4&3], digits[char&15]}),
		"&#x" + low + ";", "\\x" + low,
	}
	return path[:at] + forms[v.IntN(len(forms))] + path[at+1:]
}
