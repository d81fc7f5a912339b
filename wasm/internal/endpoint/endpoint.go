// Package endpoint knows what is said to the sign-in, refresh and sign-out
// endpoints and what their answers mean: it builds the calls as text and judges
// what came back. It is pure: it sends nothing.
package endpoint

import "github.com/authfetch/authfetch/wasm/internal/doc"

// Header is a name and its value: of an HTTP header, or a name and what it is
// renamed to.
type Header struct{ Name, Value string }

// Spec is how an application describes an endpoint.
type Spec struct {
	URL    string
	Method string // "" is POST
	// Headers win over those that are set here, whatever their case.
	Headers []Header
	Form    bool // the body is a form (RFC 6749, appendix B), otherwise JSON
	// Fields are sent with every call. Each needs its Raw unless it is a string,
	// a boolean or null.
	Fields []doc.Field
	Rename []Header // the names of credentials, and the server's for them
	// Credentials is fetch's credentials mode; "" leaves it as it is, and is
	// 'include' with Cookie.
	Credentials       string
	RefreshTokenField string // "" is refresh_token
	Cookie            bool   // the refresh token lives in a cookie, never in a body
}

// Call is a request to an endpoint, ready to be sent.
type Call struct {
	URL, Method string
	Headers     []Header
	Body        string
	HasBody     bool
	Credentials string // fetch's credentials mode, "" for its default
	// KeepAlive lets the call outlive its page: a sign-out, and a refresh whose
	// answer the browser itself stores, as a cookie.
	KeepAlive bool
	// Escrow, where it is not "", is what the answer may be kept under for another
	// tab, should this one not live to get it.
	Escrow string
}

// unsendable says why credentials cannot be sent.
type unsendable string

func (u unsendable) Error() string { return string(u) }

// Signin builds the call that turns credentials into tokens. The credentials
// are an object; renamed, they go over the fields of the same name. The error
// names what cannot be sent: credentials that are no object, a nested value in
// a form, or anything at all in a GET, which has no body, since credentials
// never go into a URL.
func (s Spec) Signin(credentials doc.Doc) (Call, error) {
	if !credentials.IsObject() {
		return Call{}, unsendable("the credentials are not an object")
	}
	b := body{}
	b.add(s.Fields)
	for _, field := range credentials.Fields() {
		for _, rename := range s.Rename {
			if rename.Name == field.Name {
				field.Name = rename.Value
				break
			}
		}
		b.set(field)
	}
	if s.bodiless() && len(b) > 0 {
		return Call{}, unsendable("a " + s.Method + " request has no body that could hold the credentials")
	}
	if s.Form {
		if problem := b.formProblem(); problem != "" {
			return Call{}, unsendable(problem)
		}
	}
	return s.call(b, !s.bodiless()), nil
}

// Refresh builds the call that turns a refresh token into new tokens. There is
// no body where there is nothing to send: for a token in a cookie, unless the
// Spec has fields. A GET or HEAD has none ever: the token never goes into a URL.
// Nested fields are left out of a form: the option that has them is refused before.
func (s Spec) Refresh(refreshToken string) Call {
	b := body{}
	b.add(s.Fields)
	if refreshToken != "" && !s.Cookie {
		name := s.RefreshTokenField
		if name == "" {
			name = "refresh_token"
		}
		b.set(doc.Field{Name: name, Value: doc.Value{Kind: doc.String, Text: refreshToken}})
	}
	call := s.call(b, len(b) > 0 && !s.bodiless())
	// With its page goes whoever could store another answer: a request that arrives all
	// the same only uses the refresh token up.
	call.KeepAlive = s.Cookie
	return call
}

// Signout builds the call that tells the server of a sign-out, as Refresh builds
// its own. credential is the session's, unless its value is "": an application's
// own endpoint may want it, but the header of a form, which is what OAuth 2.0
// servers take, is for the client's credentials (RFC 7009 section 2.1).
func (s Spec) Signout(refreshToken string, credential Header) Call {
	call := s.Refresh(refreshToken)
	call.KeepAlive = true
	if credential.Value != "" && !s.Form {
		call.Headers = s.withDefault(call.Headers, credential.Name, credential.Value)
	}
	return call
}

func (s Spec) bodiless() bool {
	method := lower(s.Method)
	return method == "get" || method == "head"
}

func (s Spec) call(b body, hasBody bool) Call {
	call := Call{URL: s.URL, Method: s.Method, HasBody: hasBody, Credentials: s.Credentials}
	if call.Method == "" {
		call.Method = "POST"
	}
	if call.Credentials == "" && s.Cookie {
		call.Credentials = "include"
	}
	call.Headers = s.withDefault(call.Headers, "Accept", "application/json")
	if hasBody && s.Form {
		call.Headers = s.withDefault(call.Headers, "Content-Type", "application/x-www-form-urlencoded")
		call.Body = b.form()
	} else if hasBody {
		call.Headers = s.withDefault(call.Headers, "Content-Type", "application/json")
		call.Body = b.json()
	}
	call.Headers = append(call.Headers, s.Headers...)
	return call
}

// withDefault appends a header unless the Spec has one of that name.
func (s Spec) withDefault(headers []Header, name, value string) []Header {
	for _, h := range s.Headers {
		if lower(h.Name) == lower(name) {
			return headers
		}
	}
	return append(headers, Header{Name: name, Value: value})
}

// lower lowers ASCII letters, which is all that HTTP compares without regard to
// case. strings.ToLower would link Unicode's tables.
func lower(text string) string {
	lowered := []byte(text)
	for i, c := range lowered {
		if 'A' <= c && c <= 'Z' {
			lowered[i] = c + 'a' - 'A'
		}
	}
	return string(lowered)
}
