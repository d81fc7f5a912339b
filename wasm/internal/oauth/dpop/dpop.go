// Package dpop has the rules of demonstrating proof of possession, RFC 9449: what a
// proof says, which answers ask for another one, and how far this device's clock
// is from a server's. It is pure: the key, its signatures, random numbers and
// digests are the host's.
//
// https://www.rfc-editor.org/rfc/rfc9449
package dpop

import (
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

// Key is a public key on the curve P-256: its coordinates, as a JSON Web Key has
// them.
type Key struct{ X, Y string }

// Wish is what a proof is for.
type Wish struct {
	Method, URL string
	ID          string // jti: random, never used before
	Nonce       string // what the server wants to see, "" where it has said nothing
	// Hash is the SHA-256 of the access token that the request carries, as base64url;
	// "" at the token endpoint.
	Hash string
	Now  int64 // milliseconds since the Unix epoch, by the server's clock as far as it is known
}

// Unsigned answers a proof without its signature (section 4.2): what is to be
// signed with ES256, and what comes before the signature.
func Unsigned(k Key, w Wish) string {
	header := `{"typ":"dpop+jwt","alg":"ES256","jwk":` + jwk(k) + `}`
	claims := `{"jti":` + doc.Quote(w.ID) +
		`,"htm":` + doc.Quote(w.Method) +
		`,"htu":` + doc.Quote(Target(w.URL)) +
		`,"iat":` + decimal(w.Now/1000)
	if w.Hash != "" {
		claims += `,"ath":` + doc.Quote(w.Hash)
	}
	if w.Nonce != "" {
		claims += `,"nonce":` + doc.Quote(w.Nonce)
	}
	return encode(header) + "." + encode(claims+"}")
}

// jwk has its members in the order that RFC 7638 section 3.3 wants for thumbprints.
func jwk(k Key) string {
	return `{"crv":"P-256","kty":"EC","x":` + doc.Quote(k.X) + `,"y":` + doc.Quote(k.Y) + `}`
}

// Thumbprint answers what a key's thumbprint is the SHA-256 of: dpop_jkt of an
// authorization request binds its code to the key (section 10).
func Thumbprint(k Key) string { return jwk(k) }

// Target answers htu for a URL: without its query and fragment (section 4.2).
func Target(url string) string {
	if end := strings.IndexAny(url, "?#"); end >= 0 {
		return url[:end]
	}
	return url
}

// Answer is what a server said to a request with a proof.
type Answer struct {
	Status int
	// Nonce is the header DPoP-Nonce, "" where there is none or the page may not
	// read it.
	Nonce string
	// Challenge is the header WWW-Authenticate, likewise.
	Challenge string
	// Code is the error of a token endpoint's answer.
	Code string
	Sent string // the nonce of the proof
	// Dated is what Skew answered for the proof, and Skew what it answers now.
	Dated, Skew int64
}

const (
	useNonce     = "use_dpop_nonce"
	invalidProof = "invalid_dpop_proof"
)

// Again says whether a request is to be sent once more because of its proof:
// nothing is wrong with the token. Either the proof had no nonce, or an old one
// (sections 8 and 9), and a new one has come, or it was dated by a clock that turns
// out to be wrong. Without either it would be refused as before.
func (a Answer) Again() bool {
	refused := a.Status == 400 || a.Status == 401
	if refused && (a.Code == invalidProof || hasError(a.Challenge, invalidProof)) {
		return apart(a.Skew, a.Dated)
	}
	if a.Nonce == "" || a.Nonce == a.Sent {
		return false
	}
	switch a.Status {
	case 400:
		return a.Code == useNonce
	case 401:
		// A server of another origin that exposes its nonce but not the reason is
		// taken at its word: a nonce that comes with a refusal is there to be used. At
		// worst a request is refused twice.
		return a.Code == useNonce || (a.Code == "" && (a.Challenge == "" || hasError(a.Challenge, useNonce)))
	}
	return false
}

// hasError looks for the scheme DPoP and an error among challenges (section 7.1).
// They are not parsed for it: all that it brings about is one more request.
func hasError(challenge, code string) bool {
	lowered := " " + lower(challenge)
	return (strings.Contains(lowered, " dpop ") || strings.Contains(lowered, ",dpop ")) &&
		(strings.Contains(lowered, `error="`+code+`"`) || strings.Contains(lowered, "error="+code))
}

// tolerance is what a clock may differ by before it counts as wrong, in
// milliseconds: Date has seconds, and answers take their time.
const tolerance = 5000

// apart says whether two clocks are further apart than that.
func apart(a, b int64) bool { return a-b > tolerance || b-a > tolerance }

// Skew answers how many milliseconds a server's clock is ahead of this device's,
// from the Date of one of its answers, which must not be one out of a cache.
// Servers accept proofs of a minute or so around their own time (section 11.1), so a
// proof has to be dated by that. date and now are milliseconds since the Unix
// epoch; date is 0 where none can be read, which leaves what is known.
func Skew(date, now, known int64) int64 {
	switch {
	case date <= 0:
		return known
	case !apart(date, now):
		return 0
	}
	return date - now
}

// encode writes text as base64url without padding (RFC 4648 section 5).
func encode(text string) string {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	encoded := make([]byte, 0, (len(text)*4+2)/3)
	bits, count := uint32(0), 0
	for i := 0; i < len(text); i++ {
		bits, count = bits<<8|uint32(text[i]), count+8
		for count >= 6 {
			count -= 6
			encoded = append(encoded, digits[bits>>count&63])
		}
	}
	if count > 0 {
		encoded = append(encoded, digits[bits<<(6-count)&63])
	}
	return string(encoded)
}

func decimal(n int64) string {
	if n <= 0 {
		return "0"
	}
	var digits []byte
	for ; n > 0; n /= 10 {
		digits = append([]byte{byte('0' + n%10)}, digits...)
	}
	return string(digits)
}

func lower(text string) string {
	lowered := []byte(text)
	for i, c := range lowered {
		if 'A' <= c && c <= 'Z' {
			lowered[i] = c + 'a' - 'A'
		}
	}
	return string(lowered)
}
