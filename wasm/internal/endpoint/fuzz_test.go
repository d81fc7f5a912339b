package endpoint

import (
	"strings"
	"testing"

	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/token"
)

// FuzzJudge judges answers of any server: it either holds tokens that a header
// can carry, or a refusal that says something and repeats nothing.
func FuzzJudge(f *testing.F) {
	f.Add(200, `{"access_token":"A","refresh_token":"R","expires_in":3600}`, "", "application/json")
	f.Add(200, `{"data":{"accessToken":"A","expiresAt":"2023-11-14T22:13:20Z"}}`, "", "")
	f.Add(200, `{"access_token":"A\nB"}`, "", "application/json")
	f.Add(200, `{"access_token":7,"error":{"code":1e300,"message":["x"]}}`, "", "application/json")
	f.Add(200, `{"access_token":"A","expires_in":"1e999","expires_at":-1}`, "", "application/json")
	f.Add(200, `{"access_tok`, "", "application/json")
	f.Add(204, "", "", "")
	f.Add(400, `{"error":"invalid_grant","error_description":"the token secret-0123456789abcdefghij is used"}`, "", "application/json")
	f.Add(429, `null`, "Tue, 14 Nov 2023 22:13:21 GMT", "application/json")
	f.Add(503, "<html>", "120", "text/html; charset=utf-8")
	f.Add(0, "", "", "")
	f.Fuzz(func(t *testing.T, status int, body, retryAfter, mediaType string) {
		d, err := doc.Parse(body)
		answer := Answer{Status: status, JSON: err == nil, Empty: body == "", Doc: d, RetryAfter: retryAfter, Type: mediaType}
		tokens, refusal := Paths{}.Judge(answer, now)
		if (refusal == nil) != (tokens.Access != "") {
			t.Fatalf("%d %q: got %+v and %+v; want one of them", status, body, tokens, refusal)
		}
		if refusal == nil {
			if problem := token.Unfit(tokens.Access); problem != "" || !successful(status) {
				t.Errorf("%d %q: got an access token that %s", status, body, problem)
			}
			if tokens.ExpiresAt != 0 && tokens.ExpiresAt <= now || tokens.ReceivedAt != now {
				t.Errorf("%d %q: got %+v; want no time in the past", status, body, tokens)
			}
			return
		}
		if refusal.RetryAfterMS < -1 || refusal.RetryAfterMS > maxDelay {
			t.Errorf("%q: got a delay of %d", retryAfter, refusal.RetryAfterMS)
		}
		if successful(status) && refusal.Problem == "" && refusal.Code == "" {
			t.Errorf("%d %q: got no reason", status, body)
		}
		for _, text := range []string{refusal.Code, refusal.Description} {
			if Scrub(text) != text || strings.ContainsAny(text, "\r\n\x00") || len([]rune(text)) > 300 {
				t.Errorf("%q: got %q, which is not fit for a message", body, text)
			}
		}
		if refusal.Final() && refusal.Retryable() {
			t.Errorf("%d: got a refusal that is final and worth a try", status)
		}
	})
}
