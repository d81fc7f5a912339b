package idtoken

import (
	"encoding/base64"
	"encoding/json"
	"math/bits"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

// Key is a public key of an issuer: the members of a JSON Web Key (RFC 7517) that
// are looked at.
type Key struct {
	Kty    string   `json:"kty"`
	Use    string   `json:"use"`
	KeyOps []string `json:"key_ops"`
	Alg    string   `json:"alg"`
	Kid    string   `json:"kid"`
	Crv    string   `json:"crv"`
	N      string   `json:"n"`
	E      string   `json:"e"`
	X      string   `json:"x"`
	Y      string   `json:"y"`
}

// keySet is what an issuer publishes. A pointer to one stands for one fetch.
type keySet struct{ keys []Key }

// maxKeySet bounds the document, and maxKeys what is looked at of it.
const (
	maxKeySet = 512 << 10
	maxKeys   = 100
)

func parseKeySet(text string) (*keySet, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if len(text) > maxKeySet || depth([]byte(text)) > deepest || json.Unmarshal([]byte(text), &document) != nil {
		return nil, &NoKeys{Problem: "the issuer's keys are not a JSON Web Key Set"}
	}
	set := &keySet{}
	for _, raw := range document.Keys[:min(len(document.Keys), maxKeys)] {
		var key Key
		// RFC 7517 section 5: what is not understood is passed over.
		if json.Unmarshal(raw, &key) == nil {
			set.keys = append(set.keys, key)
		}
	}
	return set, nil
}

// candidates answers the keys that a signature may be of. Without a kid there must
// be no choice: OpenID Connect Core section 10.1.
func (s *keySet) candidates(alg, kid string) ([]Key, error) {
	var fitting []Key
	named := false
	for _, key := range s.keys {
		if kid != "" && key.Kid != kid {
			continue
		}
		named = true
		if key.fits(methods[alg]) {
			fitting = append(fitting, key)
		}
	}
	switch {
	case len(fitting) == 0 && kid != "" && !named:
		return nil, refuse("the issuer has no key of that name (kid)")
	case len(fitting) == 0:
		return nil, refuse("the issuer has no key that may sign with its algorithm (alg)")
	case len(fitting) > 1 && kid == "":
		return nil, refuse("it does not name its key (kid), and the issuer has several")
	}
	return fitting, nil
}

// fits says whether a key may check signatures of a method: RFC 7517 section 4,
// and RFC 7518 section 3.3 for the size of RSA keys.
func (k Key) fits(m *method) bool {
	if k.Kty != m.kty || k.Crv != m.crv && m.crv != "" || k.Use != "" && k.Use != "sig" {
		return false
	}
	if k.Alg != "" && k.Alg != m.alg && !(m.kty == "OKP" && (k.Alg == "EdDSA" || k.Alg == "Ed25519")) {
		return false
	}
	if len(k.KeyOps) > 0 {
		verifies := false
		for _, operation := range k.KeyOps {
			verifies = verifies || operation == "verify"
		}
		if !verifies {
			return false
		}
	}
	switch m.kty {
	case "RSA":
		length := bitLength(k.N)
		return length >= minRSA && length <= maxRSA && soundExponent(k.E)
	case "EC":
		return k.X != "" && k.Y != ""
	}
	return k.X != ""
}

// Public answers what WebCrypto imports: the key's members, and none that say what it
// may be used for, which has been looked at here.
func (k Key) Public() string {
	members := [][2]string{{"kty", k.Kty}}
	switch k.Kty {
	case "RSA":
		members = append(members, [2]string{"n", k.N}, [2]string{"e", k.E})
	case "EC":
		members = append(members, [2]string{"crv", k.Crv}, [2]string{"x", k.X}, [2]string{"y", k.Y})
	default:
		members = append(members, [2]string{"crv", k.Crv}, [2]string{"x", k.X})
	}
	text := ""
	for _, member := range members {
		text += "," + doc.Quote(member[0]) + ":" + doc.Quote(member[1])
	}
	return "{" + text[1:] + "}"
}

const (
	minRSA = 2048
	maxRSA = 16384
)

// bitLength answers the length of a number that is written as Base64urlUInt.
func bitLength(text string) int {
	number, err := base64.RawURLEncoding.DecodeString(text)
	for err == nil && len(number) > 0 && number[0] == 0 {
		number = number[1:]
	}
	if err != nil || len(number) == 0 {
		return 0
	}
	return 8*(len(number)-1) + bits.Len8(number[0])
}

// soundExponent refuses 1, with which everything is a signature of itself, and
// even numbers, which are no exponents.
func soundExponent(text string) bool {
	number, err := base64.RawURLEncoding.DecodeString(text)
	return err == nil && bitLength(text) >= 2 && bitLength(text) <= 64 && number[len(number)-1]&1 == 1
}
