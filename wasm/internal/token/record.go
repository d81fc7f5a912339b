package token

import (
	"strconv"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

// recordVersion is the "v" of the stored records that this code understands.
const recordVersion = 1

// Record is a session as it is stored. One that is signed out is stored too,
// without tokens, so that every tab can tell how new that is.
type Record struct {
	// Generation counts what was ever written under these keys, up to 2^53-1.
	Generation uint64
	Tokens
	// Refused says of a session that is signed out that the server refused to
	// renew it; otherwise the user signed out. A signed-in record has it not.
	Refused bool
	// Since is the generation of the sign-in that the session began with, so that a
	// sign-out that comes late ends no session that began after it. 0 is unknown.
	Since uint64
	// Foreign says that the access token under the application's own key is not the
	// one that the record was written with: the application's other code has stored
	// it, or a tab whose record has yet to arrive. Only Decode sets it.
	Foreign bool
}

// SignedIn says whether the record holds a session.
func (r Record) SignedIn() bool { return r.Access != "" || r.Refresh != "" }

// RecordError says that what lies under a storage key is not what belongs
// there. It never quotes what it found.
type RecordError struct {
	Key     string // the storage key
	Problem string // what is wrong, and what was expected
}

func (e *RecordError) Error() string {
	return "the stored record " + doc.Quote(e.Key) + " cannot be read: " + e.Problem
}

// stored is a record's JSON object:
//
//	{"v":1,"generation":N,"accessToken":…,"refreshToken":…,"idToken":…,
//	 "expiresAt":ms,"receivedAt":ms,"since":N,"for":"hex","refused":true}
//
// Only v and generation are always there, and refused only without tokens.
type stored struct {
	Record
	// owner is "for": the hash of the access token that lies under the
	// application's own key and that the rest of the record belongs to.
	owner string
}

func (s stored) encode() string {
	text := `{"v":` + strconv.Itoa(recordVersion) + `,"generation":` + strconv.FormatUint(s.Generation, 10)
	for _, field := range [...]struct{ name, text string }{
		{"accessToken", s.Access}, {"refreshToken", s.Refresh}, {"idToken", s.ID}, {"for", s.owner},
	} {
		if field.text != "" {
			text += `,"` + field.name + `":` + doc.Quote(field.text)
		}
	}
	for _, field := range [...]struct {
		name   string
		number int64
	}{{"expiresAt", s.ExpiresAt}, {"receivedAt", s.ReceivedAt}, {"since", int64(s.Since)}} {
		if field.number > 0 {
			text += `,"` + field.name + `":` + strconv.FormatInt(field.number, 10)
		}
	}
	if s.Refused {
		text += `,"refused":true`
	}
	return text + "}"
}

// decodeStored reads what encode wrote; the second result is what is wrong
// with text, or "".
func decodeStored(text string) (stored, string) {
	d, err := doc.Parse(text)
	if err != nil {
		return stored{}, err.Error() + "; expected a JSON object"
	}
	if !d.IsObject() {
		return stored{}, "it is not a JSON object"
	}
	r := reader{doc: d}
	if r.whole("v", true) != recordVersion {
		r.fail("v is not " + strconv.Itoa(recordVersion) + ", the only version that is known")
	}
	s := stored{
		Record: Record{
			Generation: uint64(r.whole("generation", true)),
			Tokens: Tokens{
				Access:     r.text("accessToken"),
				Refresh:    r.text("refreshToken"),
				ID:         r.text("idToken"),
				ExpiresAt:  r.whole("expiresAt", false),
				ReceivedAt: r.whole("receivedAt", false),
			},
			Refused: r.flag("refused"),
			Since:   uint64(r.whole("since", false)),
		},
		owner: r.text("for"),
	}
	if problem := Unfit(s.Access); s.Access != "" && problem != "" {
		r.fail("accessToken " + problem)
	}
	if r.problem != "" {
		return stored{}, r.problem
	}
	return s, ""
}

// reader reads the fields of a record and keeps the first problem it meets.
type reader struct {
	doc     doc.Doc
	problem string
}

func (r *reader) fail(problem string) {
	if r.problem == "" {
		r.problem = problem
	}
}

func (r *reader) text(name string) string {
	v := r.doc.Lookup(name)
	if v.Kind != doc.String && v.Kind != doc.Missing {
		r.fail(name + " is not a string")
	}
	return v.Text
}

func (r *reader) flag(name string) bool {
	v := r.doc.Lookup(name)
	if v.Kind != doc.Bool && v.Kind != doc.Missing {
		r.fail(name + " is not true or false")
	}
	return v.Bool
}

// whole reads a whole number that a JSON number holds exactly, 0 where a field
// that is not required is missing.
func (r *reader) whole(name string, required bool) int64 {
	v := r.doc.Lookup(name)
	if v.Kind == doc.Missing && !required {
		return 0
	}
	const maxExact = 1<<53 - 1
	if v.Kind != doc.Number || !(v.Number >= 0 && v.Number <= maxExact) || v.Number != float64(int64(v.Number)) {
		r.fail(name + " is not a whole number from 0 to 2^53-1")
		return 0
	}
	return int64(v.Number)
}
