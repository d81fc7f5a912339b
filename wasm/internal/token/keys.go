package token

import (
	"strconv"

	"github.com/authfetch/authfetch/wasm/internal/doc"
)

// Keys names what a session is stored under. Record holds one JSON object, the
// whole session. The others are "" unless an application has keys of its own:
// what is named there lies under its key as a bare string (ExpiresAt in decimal
// milliseconds), for the application's other code to read and write, and Record
// holds the rest.
type Keys struct{ Record, Access, Refresh, ExpiresAt, ID string }

// Entry is one thing to write to the storage, or to remove from it.
type Entry struct {
	Key, Text string
	Remove    bool
}

// All lists every key to read, always in the same order.
func (k Keys) All() []string {
	keys := []string{k.Record}
	for _, key := range [...]string{k.Access, k.Refresh, k.ID, k.ExpiresAt} {
		if key != "" {
			keys = append(keys, key)
		}
	}
	return keys
}

// Encode lists what to write, in this order: the record with the generation
// comes last, so that whoever sees it sees the rest. A session that is signed
// out leaves the record alone, with its generation.
func (k Keys) Encode(r Record) []Entry {
	rest := stored{Record: r}
	if !r.SignedIn() {
		rest.Tokens = Tokens{}
	} else {
		rest.Refused = false
		if k.Access != "" {
			rest.owner = Fingerprint(r.Access)
		}
	}
	expiresAt := ""
	if rest.ExpiresAt > 0 {
		expiresAt = strconv.FormatInt(rest.ExpiresAt, 10)
	}

	var entries []Entry
	own := func(key, text string) {
		if bare(text) != text {
			text = doc.Quote(text) // no server's token looks so; it is read back whole
		}
		entries = append(entries, Entry{Key: key, Text: text, Remove: text == ""})
	}
	if k.Access != "" {
		own(k.Access, rest.Access)
		rest.Access = ""
	}
	if k.Refresh != "" {
		own(k.Refresh, rest.Refresh)
		rest.Refresh = ""
	}
	if k.ID != "" {
		own(k.ID, rest.ID)
		rest.ID = ""
	}
	if k.ExpiresAt != "" {
		own(k.ExpiresAt, expiresAt) // the record keeps it too, for Fingerprint
	}
	return append(entries, Entry{Key: k.Record, Text: rest.encode()})
}

// Decode puts a session together from what read finds under each key. Where
// there is nothing it is the zero Record, without an error. The error is a
// *RecordError where the record is malformed or of another version: then the
// Record has no generation, but it does have the tokens under keys of the
// application's own, if there are any.
//
// What the record says counts only for the access token that it was written
// with. Where the application's own code has stored another one since, the
// refresh and ID tokens in the record may be another user's and are left out,
// the expiry comes from the application's key or as an absolute time from the
// token, a JWT, and ReceivedAt is 0. An access token under the application's
// key that no header can carry (see Unfit) is as good as none.
func (k Keys) Decode(read func(key string) (text string, ok bool)) (Record, error) {
	var rest stored
	var err error
	if text, ok := read(k.Record); ok && text != "" {
		var problem string
		if rest, problem = decodeStored(text); problem != "" {
			err = &RecordError{Key: k.Record, Problem: problem}
		}
	}
	own := func(key string) string {
		if key == "" {
			return ""
		}
		text, _ := read(key)
		return bare(text)
	}

	r := Record{Generation: rest.Generation, Since: rest.Since}
	access := own(k.Access)
	if Unfit(access) != "" {
		access = ""
	}
	if access == "" && (k.Access == "" || rest.Access != "") {
		// The record has the token: without a key of the application's own, or
		// from before it had one.
		r.Tokens = rest.Tokens
	} else if rest.owner == Fingerprint(access) {
		r.Tokens = rest.Tokens
		r.Access = access
	} else {
		r.Foreign = access != "" || rest.owner != ""
		r.Access = access
		if r.ExpiresAt = ParseInstant(own(k.ExpiresAt)); r.ExpiresAt == 0 {
			exp, _ := Lifetime(access)
			r.ExpiresAt = exp * 1000
		}
	}
	if refresh := own(k.Refresh); refresh != "" {
		r.Refresh = refresh
	}
	if id := own(k.ID); id != "" {
		r.ID = id
	}
	if !r.SignedIn() {
		r.Tokens, r.Refused = Tokens{}, rest.Refused
	}
	return r, err
}

// bare answers what an application stored as a token. Some store it as JSON,
// and some store the words that JavaScript makes of no value.
func bare(text string) string {
	switch {
	case text == "null" || text == "undefined":
		return ""
	case len(text) > 1 && text[0] == '"' && text[len(text)-1] == '"':
		d, _ := doc.Parse(`{"it":` + text + `}`)
		if v := d.Lookup("it"); v.Kind == doc.String {
			return v.Text
		}
	}
	return text
}

// Fingerprint is the FNV-1a hash of a token, 64 bits in hexadecimal: enough to
// see that the token has changed. It hides nothing: the token lies beside it.
func Fingerprint(token string) string {
	hash := uint64(14695981039346656037)
	for i := 0; i < len(token); i++ {
		hash = (hash ^ uint64(token[i])) * 1099511628211
	}
	return strconv.FormatUint(hash, 16)
}
