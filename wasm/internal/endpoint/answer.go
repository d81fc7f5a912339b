package endpoint

import (
	"strconv"
	"strings"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// Answer is what came back from an endpoint, its body read.
type Answer struct {
	Status     int     // 0 for an opaque answer, of which nothing can be read
	JSON       bool    // the body is JSON, and Doc is it
	Empty      bool    // there is no body, or nothing in it
	Doc        doc.Doc // the zero Doc unless JSON
	RetryAfter string  // the Retry-After header, "" without
	Type       string  // the Content-Type header, "" without
	// Text says that a body that is not JSON did not try to be: it does not begin
	// with '{' or '['. It only chooses the words of a Problem.
	Text bool
}

// Refusal is why an answer holds no tokens.
type Refusal struct {
	Status int // of the answer, 0 where none came
	// Code and Description are the server's words, "" without: error and
	// error_description of RFC 6749, section 5.2, or what other servers send in
	// their place. They are short and hold nothing that looks like a token.
	Code, Description string
	// Problem is our words for an answer that should have held tokens; "" where
	// the status or Code says it all.
	Problem      string
	RetryAfterMS int64 // how long the server wants to be left alone, -1 for no word of it
}

// Final says whether the server has refused for good: by default only with 400,
// 401 and 403.
func (r *Refusal) Final() bool {
	return r.Status == 400 || r.Status == 401 || r.Status == 403
}

// Retryable says whether asking again may help: where no answer came, where the
// server says that it is busy or broken, and where it granted tokens in an
// answer that got lost on its way.
func (r *Refusal) Retryable() bool {
	switch r.Status {
	case 0, 408, 425, 429:
		return true
	}
	return r.Status >= 500 || successful(r.Status)
}

func successful(status int) bool { return 200 <= status && status < 300 }

// Judge reads the tokens out of an answer, or says why it holds none. now is the
// local time of receipt in milliseconds.
func (p Paths) Judge(a Answer, now int64) (token.Tokens, *Refusal) {
	refusal := &Refusal{Status: a.Status, RetryAfterMS: RetryAfter(a.RetryAfter, now)}
	if a.JSON {
		refusal.Code, refusal.Description = explanation(a.Doc)
	}
	switch {
	case a.Status == 0:
		refusal.Problem = "the answer is opaque: the server does not let this page read it"
	case !successful(a.Status):
	case a.Empty:
		refusal.Problem = "the answer is empty (status " + strconv.Itoa(a.Status) + ")"
	case !a.JSON:
		refusal.Problem = notJSON(a)
	default:
		tokens, problem := p.Tokens(a.Doc, now)
		if problem == "" {
			return tokens, nil
		}
		if refusal.Code == "" { // some servers refuse with status 200
			refusal.Problem = problem
		}
	}
	return token.Tokens{}, refusal
}

// notJSON says what a body is that could not be parsed.
func notJSON(a Answer) string {
	mediaType := lower(a.Type)
	switch {
	case strings.Contains(mediaType, "html"):
		return "the answer is HTML, not JSON"
	case a.Text:
		return "the answer is text, not JSON"
	}
	return "the JSON is truncated or malformed"
}

// explanation finds the server's own words: RFC 6749, section 5.2, the nested
// error object of many APIs, and RFC 9457.
func explanation(d doc.Doc) (code, description string) {
	switch v := d.Lookup("error.code"); v.Kind {
	case doc.String:
		code = v.Text
	case doc.Number:
		code = strconv.Itoa(int(max(min(v.Number, 1e9), -1e9)))
	default:
		code = d.Lookup("error").Text
	}
	for _, path := range [...]string{"error_description", "error.message", "message", "detail", "title"} {
		if description = d.Lookup(path).Text; description != "" {
			break
		}
	}
	return Scrub(code), Scrub(description)
}
