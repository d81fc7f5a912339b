package endpoint

import (
	"strings"
	"testing"

	"github.com/authfetch/authfetch/wasm/internal/token"
)

func TestJudgeGrants(t *testing.T) {
	for _, status := range []int{200, 201, 299} {
		got, refusal := Paths{}.Judge(Answer{Status: status, JSON: true, Type: "text/plain", Doc: object(t, `{"access_token":"A","error":null}`)}, now)
		if refusal != nil || got != (token.Tokens{Access: "A", ReceivedAt: now}) {
			t.Errorf("status %d: got %+v, %+v; want the token", status, got, refusal)
		}
	}
}

func TestJudgeRefuses(t *testing.T) {
	const looked = "no access token: looked for access_token, accessToken, data.access_token, data.accessToken"
	tests := []struct {
		name   string
		answer Answer
		body   string // its JSON, "" for none
		want   Refusal
	}{
		{"RFC 6749", Answer{Status: 400}, `{"error":"invalid_grant","error_description":"Expired."}`,
			Refusal{Status: 400, Code: "invalid_grant", Description: "Expired."}},
		{"a token beside an error status", Answer{Status: 401}, `{"access_token":"A"}`, Refusal{Status: 401}},
		{"a nested error", Answer{Status: 403}, `{"error":{"code":"gone","message":"Bye"},"message":"outer"}`,
			Refusal{Status: 403, Code: "gone", Description: "Bye"}},
		{"a nested number", Answer{Status: 400}, `{"error":{"code":400,"message":"TOKEN_EXPIRED"}}`,
			Refusal{Status: 400, Code: "400", Description: "TOKEN_EXPIRED"}},
		{"a nested huge number", Answer{Status: 400}, `{"error":{"code":-1e999}}`, Refusal{Status: 400, Code: "-1000000000"}},
		{"a message", Answer{Status: 401}, `{"message":"Bad credentials"}`, Refusal{Status: 401, Description: "Bad credentials"}},
		{"RFC 9457", Answer{Status: 401}, `{"type":"about:blank","title":"Unauthorized","detail":"Wrong password"}`,
			Refusal{Status: 401, Description: "Wrong password"}},
		{"RFC 9457 without detail", Answer{Status: 401}, `{"title":"Unauthorized","detail":""}`, Refusal{Status: 401, Description: "Unauthorized"}},
		{"other types", Answer{Status: 422}, `{"error":true,"error_description":5,"detail":[{"msg":"x"}],"message":{}}`, Refusal{Status: 422}},
		{"JSON that is no object", Answer{Status: 500}, `"error"`, Refusal{Status: 500}},
		{"an HTML error page", Answer{Status: 502, Type: "text/html", Text: true}, "", Refusal{Status: 502}},
		{"a redirect that was not followed", Answer{Status: 304, Empty: true}, "", Refusal{Status: 304}},
		{"opaque", Answer{Empty: true}, "", Refusal{Problem: "the answer is opaque: the server does not let this page read it"}},

		{"nothing in it", Answer{Status: 204, Empty: true}, "", Refusal{Status: 204, Problem: "the answer is empty (status 204)"}},
		{"HTML", Answer{Status: 200, Type: "Text/HTML; charset=utf-8", Text: true}, "", Refusal{Status: 200, Problem: "the answer is HTML, not JSON"}},
		{"text", Answer{Status: 200, Type: "text/plain", Text: true}, "", Refusal{Status: 200, Problem: "the answer is text, not JSON"}},
		{"truncated", Answer{Status: 200, Type: jsonType}, "", Refusal{Status: 200, Problem: "the JSON is truncated or malformed"}},
		{"truncated, of no type", Answer{Status: 200}, "", Refusal{Status: 200, Problem: "the JSON is truncated or malformed"}},
		{"no token", Answer{Status: 200}, `{"message":"ok"}`, Refusal{Status: 200, Description: "ok", Problem: looked}},
		{"an error with status 200", Answer{Status: 200}, `{"error":"bad_refresh_token","error_description":"The refresh token is incorrect."}`,
			Refusal{Status: 200, Code: "bad_refresh_token", Description: "The refresh token is incorrect."}},

		{"a delay", Answer{Status: 429, RetryAfter: "7"}, `{}`, Refusal{Status: 429, RetryAfterMS: 7000}},
		{"a date", Answer{Status: 503, RetryAfter: "Tue, 14 Nov 2023 22:13:25 GMT"}, `{}`, Refusal{Status: 503, RetryAfterMS: 5000}},
		{"a delay of 0", Answer{Status: 503, RetryAfter: "0"}, `{}`, Refusal{Status: 503, RetryAfterMS: 0}},
	}
	for _, test := range tests {
		if test.body != "" {
			test.answer.JSON, test.answer.Doc = true, object(t, test.body)
		}
		if test.answer.RetryAfter == "" {
			test.want.RetryAfterMS = -1
		}
		tokens, got := Paths{}.Judge(test.answer, now)
		if got == nil || *got != test.want || tokens != (token.Tokens{}) {
			t.Errorf("%s: got %+v, %+v; want %+v", test.name, tokens, got, test.want)
		}
	}
}

func TestFinalAndRetryable(t *testing.T) {
	tests := []struct {
		status           int
		final, retryable bool
	}{
		{0, false, true},
		{199, false, false}, {200, false, true}, {204, false, true}, {299, false, true},
		{300, false, false}, {302, false, false},
		{400, true, false}, {401, true, false}, {402, false, false}, {403, true, false}, {404, false, false},
		{407, false, false}, {408, false, true}, {409, false, false}, {422, false, false},
		{424, false, false}, {425, false, true}, {426, false, false}, {428, false, false}, {429, false, true}, {430, false, false},
		{499, false, false}, {500, false, true}, {503, false, true}, {599, false, true},
	}
	for _, test := range tests {
		r := &Refusal{Status: test.status}
		if r.Final() != test.final || r.Retryable() != test.retryable {
			t.Errorf("status %d: got final %v, retryable %v; want %v, %v", test.status, r.Final(), r.Retryable(), test.final, test.retryable)
		}
	}
}

func TestScrub(t *testing.T) {
	token19, token20 := strings.Repeat("a1", 9)+"b", strings.Repeat("a1", 10)
	tests := []struct{ text, want string }{
		{"", ""},
		{"The refresh token has expired.", "The refresh token has expired."},
		{"invalid_grant", "invalid_grant"},
		{"refresh_token_already_used", "refresh_token_already_used"},
		{"INVALID_LOGIN_CREDENTIALS", "INVALID_LOGIN_CREDENTIALS"},
		{"unsupported_response_type", "unsupported_response_type"},
		{token19, token19},
		{token20, "[redacted]"},
		{"bad: " + token20 + "!", "bad: [redacted]!"},
		{"token=\"" + token20 + "\"", "token=\"[redacted]\""},
		{"refresh_token=abc", "refresh_token=abc"},
		{"refresh_token=abcdef", "[redacted]"},
		{"eyJhbGciOiJIUzI1NiJ9.e30.c2ln", "[redacted]"},
		{"a.b-c_d~e+f/g=h%2Fi.j", "[redacted]"},
		{"3f0b8c1e-7a3f-4c69-9d15-0f4f6f2a1b2c", "[redacted]"},
		{"12|abcdefghijklmnopqrstuvwxyz", "12|[redacted]"},
		{"abcdefghijklmnopqrst", "[redacted]"},
		{"abcdefghijklmn_abcde", "abcdefghijklmn_abcde"},
		{"abcdefghijklmno_abcde", "[redacted]"},
		{"Refresh_token_already_used", "[redacted]"},
		{"refresh__token_already_used", "[redacted]"},
		{"_refresh_token_already_used", "[redacted]"},
		{"refresh_token_already_used.", "refresh_token_already_used."},
		{"refresh_token_already.used", "[redacted]"},
		{"refresh_token_already_used1", "[redacted]"},
		{"secret-refresh-token-of-ann", "[redacted]"},
		{"line\r\nline\x00\u0085", "line  line  "},
		{"caf\xe9 é😀", "caf\ufffd é😀"},
		{strings.Repeat("é ", 150), strings.Repeat("é ", 150)},
		{strings.Repeat("é ", 150) + "x", strings.Repeat("é ", 149) + "é…"},
		{strings.Repeat("x ", 140) + token20 + token20, strings.Repeat("x ", 140) + "[redacted]"},
	}
	for _, test := range tests {
		if got := Scrub(test.text); got != test.want {
			t.Errorf("Scrub(%q): got %q; want %q", test.text, got, test.want)
		}
	}
}

// looksLikeToken is the rule that scrub must keep, said once more in the
// simplest way: no long base64url run but lower or upper case words.
func looksLikeToken(text string) bool {
	runs := strings.FieldsFunc(text, func(r rune) bool {
		return r >= 0x80 || !isAlphanumeric(byte(r)) && r != '-' && r != '_' && r != '.'
	})
	for _, run := range runs {
		run = strings.TrimSuffix(run, ".")
		snake := !strings.ContainsAny(run, "0123456789-.") && strings.Contains(run, "_") &&
			(strings.ToLower(run) == run || strings.ToUpper(run) == run)
		if len(run) >= 20 && !snake {
			return true
		}
	}
	return false
}

func FuzzScrub(f *testing.F) {
	f.Add("the token eyJhbGciOiJIUzI1NiJ9.e30.c2ln is bad")
	f.Add("\xff\u2028 abcdefghijklmnopqrstu_vwxyz")
	f.Add(strings.Repeat("[redacted]abc ", 40))
	f.Fuzz(func(t *testing.T, text string) {
		got := Scrub(text)
		if looksLikeToken(got) || len([]rune(got)) > 300 || strings.ContainsAny(got, "\r\n\x00") {
			t.Errorf("Scrub(%q): got %q", text, got)
		}
		if again := Scrub(got); again != got {
			t.Errorf("Scrub(%q) again: got %q; want %q", text, again, got)
		}
	})
}
