package sim

import (
	"encoding/base64"
	"encoding/hex"
	"math/big"
)

func randomKinds() map[string]*kind {
	return map[string]*kind{
		"random:index/randomPassword:RandomPassword": {id: "none-{hex20}", after: []func(*op) error{randomText}},
		"random:index/randomBytes:RandomBytes":       {id: "bytes-{hex20}", after: []func(*op) error{randomBytes("length")}},
		"random:index/randomId:RandomId":             {id: "id-{hex20}", after: []func(*op) error{randomBytes("byteLength")}},
	}
}

// randomText draws from the classes asked for, the minimum of each first.
func randomText(o *op) error {
	special := text(o.out, "overrideSpecial")
	if special == "" {
		special = "!@#$%&*()-_=+[]{}<>:?"
	}
	classes := []struct{ on, least, letters string }{
		{"lower", "minLower", "abcdefghijklmnopqrstuvwxyz"}, {"upper", "minUpper", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}, {"numeric", "minNumeric", "0123456789"}, {"special", "minSpecial", special},
	}
	all, out := "", ""
	for _, class := range classes {
		if flag(o.out, class.on) {
			all += class.letters
		}
		for range number(o.out, class.least) {
			out += o.letter(class.letters)
		}
	}
	if all == "" {
		return failure("InvalidParameterValue", "no class of characters is allowed")
	}
	for len(out) < number(o.out, "length") {
		out += o.letter(all)
	}
	o.out["result"] = out
	if o.token == "random:index/randomPassword:RandomPassword" {
		o.out["bcryptHash"] = "$2a$10$" + o.digest(53) // the shape of a hash only
	}
	return nil
}

func (s *state) letter(letters string) string {
	n := new(big.Int)
	n.SetString(s.digest(16), 16)
	return string(letters[n.Mod(n, big.NewInt(int64(len(letters)))).Int64()])
}

func randomBytes(length string) func(*op) error {
	return func(o *op) error {
		var content []byte
		for len(content) < number(o.out, length) {
			chunk, err := hex.DecodeString(o.digest(64))
			if err != nil {
				return failure("InternalFailure", "random bytes: %v", err)
			}
			content = append(content, chunk...)
		}
		content = content[:number(o.out, length)]
		prefix := text(o.out, "prefix")
		o.out["hex"] = prefix + hex.EncodeToString(content)
		if length == "length" {
			o.out["base64"] = base64.StdEncoding.EncodeToString(content)
			return nil
		}
		o.out["b64Std"], o.out["b64Url"] = prefix+base64.StdEncoding.EncodeToString(content), prefix+base64.RawURLEncoding.EncodeToString(content)
		o.out["dec"] = prefix + new(big.Int).SetBytes(content).String()
		return nil
	}
}
