package oauth

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

type claims map[string]any

// jwt writes an ID token that nobody has signed: what is tested reads no signature.
func jwt(t *testing.T, header, payload any) string {
	t.Helper()
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	return part(header) + "." + part(payload) + ".c2lnbmF0dXJl"
}

func TestCheckIDToken(t *testing.T) {
	const now, minute = 1_700_000_000, 60
	signed := claims{"alg": "ES256"}
	usual := claims{"iss": "https://id.example", "sub": "ann", "aud": "app", "exp": now + 5*minute, "iat": now, "nonce": "n"}
	but := func(changes claims) claims {
		c := maps.Clone(usual)
		for name, value := range changes {
			if c[name] = value; value == nil {
				delete(c, name)
			}
		}
		return c
	}
	want := Expected{Issuer: "https://id.example", ClientID: "app", Nonce: "n", Scope: "openid", Leeway: 15 * minute, Now: now}
	refreshed := Expected{Issuer: "https://id.example", ClientID: "app", Leeway: 15 * minute, Now: now, Previous: jwt(t, signed, usual)}
	tests := []struct {
		name    string
		token   string
		want    Expected
		problem string // a part of it; "" for a token that is fine
	}{
		{"fine", jwt(t, signed, usual), want, ""},
		{"a list of one audience", jwt(t, signed, but(claims{"aud": []string{"app"}})), want, ""},
		{"several audiences, and it was given to us", jwt(t, signed, but(claims{"aud": []string{"api", "app"}, "azp": "app"})), want, ""},
		{"azp beside one audience", jwt(t, signed, but(claims{"azp": "app"})), want, ""},
		{"the server is ten minutes ahead", jwt(t, signed, but(claims{"iat": now + 10*minute, "exp": now + 11*minute})), want, ""},
		{"the server is ten minutes behind", jwt(t, signed, but(claims{"iat": now - 10*minute, "exp": now - 9*minute})), want, ""},
		{"an issuer that nobody has named", jwt(t, signed, usual), Expected{ClientID: "app", Nonce: "n", Now: now}, ""},
		{"a token that nobody has asked for", jwt(t, signed, but(claims{"nonce": nil})), Expected{ClientID: "app", Nonce: "n", Scope: "api", Now: now}, ""},
		{"no token, and none was asked for", "", Expected{Scope: "api"}, ""},
		{"no token, and it is a refresh", "", refreshed, ""},
		{"a refresh", jwt(t, signed, but(claims{"nonce": nil, "iat": now + minute, "exp": now + 6*minute})), refreshed, ""},
		{"a refresh with the nonce", jwt(t, signed, usual), refreshed, ""},
		{"a refresh after a token that nobody can read", jwt(t, signed, usual), Expected{ClientID: "app", Now: now, Previous: "opaque"}, ""},

		{"no token", "", want, "no ID token"},
		{"no JWT", "opaque", want, "no JSON Web Token"},
		{"two parts", strings.TrimSuffix(jwt(t, signed, usual), ".c2lnbmF0dXJl"), want, "no JSON Web Token"},
		{"no header", "." + strings.SplitN(jwt(t, signed, usual), ".", 2)[1], want, "no JSON Web Token"},
		{"a list", jwt(t, signed, []string{"app"}), want, "no JSON Web Token"},
		{"alg none", jwt(t, claims{"alg": "none"}, usual), want, "not signed"},
		{"no alg", jwt(t, claims{"typ": "JWT"}, usual), want, "not signed"},
		{"no iss", jwt(t, signed, but(claims{"iss": nil})), want, "names no issuer"},
		{"another iss", jwt(t, signed, but(claims{"iss": "https://evil.example"})), want, "another issuer"},
		{"an iss with a slash more", jwt(t, signed, but(claims{"iss": "https://id.example/"})), want, "another issuer"},
		{"no sub", jwt(t, signed, but(claims{"sub": nil})), want, "names nobody"},
		{"a sub that is a number", jwt(t, signed, but(claims{"sub": 7})), want, "names nobody"},
		{"no aud", jwt(t, signed, but(claims{"aud": nil})), want, "(aud)"},
		{"another aud", jwt(t, signed, but(claims{"aud": "other"})), want, "(aud)"},
		{"a list without us", jwt(t, signed, but(claims{"aud": []string{"other", "api"}})), want, "(aud)"},
		{"an audience that only begins so", jwt(t, signed, but(claims{"aud": "app2"})), want, "(aud)"},
		{"several audiences without azp", jwt(t, signed, but(claims{"aud": []string{"app", "other"}})), want, "(azp)"},
		{"another azp", jwt(t, signed, but(claims{"azp": "other"})), want, "(azp)"},
		{"no exp", jwt(t, signed, but(claims{"exp": nil})), want, "when it expires"},
		{"an exp that is text", jwt(t, signed, but(claims{"exp": "never"})), want, "when it expires"},
		{"no iat", jwt(t, signed, but(claims{"iat": nil})), want, "when it was issued"},
		{"expired", jwt(t, signed, but(claims{"iat": now - 60*minute, "exp": now - 15*minute})), want, "has expired"},
		{"not yet expired", jwt(t, signed, but(claims{"iat": now - 60*minute, "exp": now - 15*minute + 1})), want, ""},
		{"expired when it was issued", jwt(t, signed, but(claims{"exp": now})), want, "has expired"},
		{"from the future", jwt(t, signed, but(claims{"iat": now + 15*minute + 1, "exp": now + 60*minute})), want, "from the future"},
		{"not valid yet", jwt(t, signed, but(claims{"nbf": now + 15*minute + 1})), want, "not valid yet"},
		{"no leeway", jwt(t, signed, but(claims{"iat": now - 2, "exp": now})), Expected{ClientID: "app", Now: now}, "has expired"},
		{"no nonce", jwt(t, signed, but(claims{"nonce": nil})), want, "(nonce)"},
		{"another nonce", jwt(t, signed, but(claims{"nonce": "m"})), want, "(nonce)"},
		{"a refresh for another user", jwt(t, signed, but(claims{"sub": "bob"})), refreshed, "another user's"},
		{"a refresh with another nonce", jwt(t, signed, but(claims{"nonce": "m"})), refreshed, "(nonce)"},
		{"a refresh for another client", jwt(t, signed, but(claims{"aud": "other"})), refreshed, "(aud)"},
		{"a refresh of an issuer that changed", jwt(t, signed, but(claims{"iss": "https://two.example"})), Expected{ClientID: "app", Now: now, Previous: jwt(t, signed, usual)}, "another user's"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := CheckIDToken(test.token, test.want)
			if test.problem == "" && got != "" || !strings.Contains(got, test.problem) {
				t.Errorf("got %q; want %q", got, test.problem)
			}
		})
	}
}
