package oauth

import "github.com/authfetch/authfetch/wasm/internal/endpoint"

// Pending is a sign-in that has been sent to the server and waits for its answer.
// The zero Pending is none: nobody here has asked.
type Pending struct {
	State  string
	Issuer string
	At     int64 // when it was sent, in milliseconds since the Unix epoch
	Done   bool  // it has been answered before
}

// pendingLife is how long a user may take at the server, who may have to register
// or look for a telephone. After that the answer is not expected any more.
const pendingLife = 60 * 60 * 1000

// Answer is what the server's redirect says. Error is "" where Code is a code that
// may be redeemed. Of its own making are
//
//	invalid_state    nobody here has asked, or asked too long ago
//	replayed         it has been answered before
//	invalid_issuer   another server answers (RFC 9207)
//	invalid_answer   the answer is malformed
type Answer struct{ Code, Error, Description string }

// Judge reads the parameters of a redirect. Nothing in them is believed before
// their state is one that this browser has made.
func Judge(params []Param, p Pending, s Server, now int64) Answer {
	found := map[string]string{}
	for _, param := range params {
		if _, twice := found[param.Name]; twice && answers(param.Name) {
			return Answer{Error: "invalid_answer", Description: "the answer has " + param.Name + " twice"}
		}
		found[param.Name] = param.Value
	}
	iss, named := found["iss"]
	switch {
	case p.State == "" || found["state"] != p.State:
		return Answer{Error: "invalid_state", Description: "nobody has asked for this answer in this tab"}
	case p.Done:
		return Answer{Error: "replayed", Description: "this answer has been used before"}
	case now-p.At > pendingLife || p.At-now > pendingLife:
		return Answer{Error: "invalid_state", Description: "the sign-in was begun too long ago"}
	case p.Issuer != s.Issuer:
		return Answer{Error: "invalid_issuer", Description: "the sign-in was begun at another server"}
	case s.Issuer != "" && named && iss != s.Issuer:
		return Answer{Error: "invalid_issuer", Description: "another server answers"}
	case s.SaysIssuer && !named:
		return Answer{Error: "invalid_issuer", Description: "the answer does not say which server it is from"}
	case found["error"] != "":
		return Answer{Error: endpoint.Scrub(found["error"]), Description: endpoint.Scrub(found["error_description"])}
	case found["code"] == "":
		return Answer{Error: "invalid_answer", Description: "the answer has no code"}
	}
	return Answer{Code: found["code"]}
}

// answers says whether a parameter must not come twice (RFC 6749 section 3.1).
func answers(name string) bool {
	switch name {
	case "code", "state", "iss", "error", "error_description":
		return true
	}
	return false
}
