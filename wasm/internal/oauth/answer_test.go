package oauth

import (
	"strings"
	"testing"
)

func TestJudge(t *testing.T) {
	const now = 1_700_000_000_000
	pending := Pending{State: "s", Issuer: "https://id.example", At: now - 1000}
	named := Server{Issuer: "https://id.example", SaysIssuer: true}
	silent := Server{Issuer: "https://id.example"}
	unknown := Server{}
	code := []Param{{"code", "c"}, {"state", "s"}}
	iss := func(issuer string) []Param { return append(code[:2:2], Param{"iss", issuer}) }
	at := func(at int64) Pending { p := pending; p.At = at; return p }
	tests := []struct {
		name    string
		params  []Param
		pending Pending
		server  Server
		want    string // the code, or the error
	}{
		{"a code", code, pending, silent, "c"},
		{"a code and its issuer", iss("https://id.example"), pending, named, "c"},
		{"an issuer that was not announced", iss("https://id.example"), pending, silent, "c"},
		{"an issuer where none is known", iss("https://id.example"), Pending{State: "s", At: now}, unknown, "c"},
		{"parameters that nobody knows", append(code[:2:2], Param{"session_state", "x"}, Param{"session_state", "x"}), pending, silent, "c"},
		{"just in time", code, at(now - pendingLife), silent, "c"},
		{"a clock that was set back", code, at(now + pendingLife), silent, "c"},

		{"nobody has asked", code, Pending{}, silent, "invalid_state"},
		{"another state", []Param{{"code", "c"}, {"state", "t"}}, pending, silent, "invalid_state"},
		{"no state", []Param{{"code", "c"}}, pending, silent, "invalid_state"},
		{"no state, and nobody has asked", []Param{{"code", "c"}, {"state", ""}}, Pending{}, silent, "invalid_state"},
		{"an error of a stranger", []Param{{"error", "access_denied"}, {"state", "t"}}, pending, silent, "invalid_state"},
		{"too late", code, at(now - pendingLife - 1), silent, "invalid_state"},
		{"from the future", code, at(now + pendingLife + 1), silent, "invalid_state"},
		{"used before", code, Pending{State: "s", Issuer: "https://id.example", At: now, Done: true}, silent, "replayed"},
		{"another issuer", iss("https://evil.example"), pending, silent, "invalid_issuer"},
		{"an issuer with a slash more", iss("https://id.example/"), pending, named, "invalid_issuer"},
		{"an empty issuer", iss(""), pending, named, "invalid_issuer"},
		{"an announced issuer that is missing", code, pending, named, "invalid_issuer"},
		{"an error without the announced issuer", []Param{{"error", "access_denied"}, {"state", "s"}}, pending, named, "invalid_issuer"},
		{"begun at another server", code, Pending{State: "s", Issuer: "https://other.example", At: now}, silent, "invalid_issuer"},
		{"refused", []Param{{"error", "access_denied"}, {"error_description", "no"}, {"state", "s"}}, pending, silent, "access_denied"},
		{"refused, with a code", append(code[:2:2], Param{"error", "access_denied"}), pending, silent, "access_denied"},
		{"neither", []Param{{"state", "s"}}, pending, silent, "invalid_answer"},
		{"an empty code", []Param{{"code", ""}, {"state", "s"}}, pending, silent, "invalid_answer"},
		{"two codes", append(code[:2:2], Param{"code", "d"}), pending, silent, "invalid_answer"},
		{"two states", append(code[:2:2], Param{"state", "t"}), pending, silent, "invalid_answer"},
		{"two issuers", append(iss("https://id.example"), Param{"iss", "https://evil.example"}), pending, named, "invalid_answer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Judge(test.params, test.pending, test.server, now)
			if got.Code+got.Error != test.want || got.Error != "" && got.Code != "" {
				t.Errorf("got %+v; want %q", got, test.want)
			}
		})
	}
}

// Even where the clock would forgive it, no state is not the state of nobody.
func TestJudgeWithoutAState(t *testing.T) {
	if got := Judge([]Param{{"code", "c"}, {"state", ""}}, Pending{}, Server{}, 0); got.Error != "invalid_state" {
		t.Errorf("got %+v; want invalid_state", got)
	}
}

func TestJudgeScrubsWhatTheServerSays(t *testing.T) {
	const token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl"
	got := Judge([]Param{{"error", "server_error"}, {"error_description", "not " + token}, {"state", "s"}}, Pending{State: "s", At: 5}, Server{}, 5)
	if got.Error != "server_error" || strings.Contains(got.Description, "eyJ") || !strings.HasPrefix(got.Description, "not ") {
		t.Errorf("got %+v; want the description without the token", got)
	}
}
