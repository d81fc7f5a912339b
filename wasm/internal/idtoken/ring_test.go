package idtoken

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
)

// clock is a clock that tests set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

func TestKeyRotation(t *testing.T) {
	first, second, third := rsaPair("first", 2048), rsaPair("second", 2048), rsaPair("third", 2048)
	platform := &fakePlatform{}
	now := &clock{noon}
	verifier := verifierOf(platform, now.now)
	want := expected()
	want.Leeway = 24 * 60 * 60
	verify := func(key pair, wrong string, fetches ...bool) {
		t.Helper()
		token := key.sign(t, "RS256", nil, good(nil))
		check(t, verifier.Verify(context.Background(), token, want), wrong, token)
		if !slices.Equal(platform.fetches, fetches) {
			t.Errorf("got fetches %v; want %v", platform.fetches, fetches)
		}
		platform.fetches = nil
	}
	const cached, fresh = false, true

	platform.publish(first)
	verify(first, "", cached)
	verify(first, "")
	platform.publish(first, second)
	verify(second, "", fresh)
	verify(first, "")
	verify(third, "no key of that name (kid)") // asked a moment ago
	platform.publish(second, third)
	verify(third, "no key of that name (kid)")
	now.pass(coolDown)
	verify(third, "", fresh)
	verify(first, "no key of that name (kid)")
	now.pass(coolDown)
	verify(first, "no key of that name (kid)", fresh)

	// A key that was withdrawn is not believed for ever.
	now.pass(freshFor - 1)
	verify(second, "")
	platform.publish(third)
	now.pass(1)
	verify(second, "no key of that name (kid)", cached, fresh)

	// What the browser has cached may be old.
	platform.stale = []pair{third}
	platform.publish(first)
	now.pass(freshFor)
	verify(first, "", cached, fresh)

	// The clock was set back: nothing is younger for that.
	now.pass(-24 * time.Hour)
	platform.stale = nil
	verify(first, "", cached)
}

// TestReplacedKey has an issuer that gives a new key the old one's name, or none.
func TestReplacedKey(t *testing.T) {
	for _, kid := range []any{"same", nil} {
		old := rsaPair("old", 2048).with(map[string]any{"kid": kid})
		replaced := rsaPair("new", 2048).with(map[string]any{"kid": kid})
		platform := &fakePlatform{keys: []pair{old}}
		verifier := verifierOf(platform, nil)
		for _, key := range []pair{old, replaced} {
			platform.publish(key)
			token := key.sign(t, "RS256", nil, good(nil))
			check(t, verifier.Verify(context.Background(), token, expected()), "", token)
		}
	}
}

func TestKeySets(t *testing.T) {
	rs := rsaPair("rs", 2048)
	token := rs.sign(t, "RS256", nil, good(nil))
	n := rs.public["n"].(string)
	tests := []struct {
		name, text string
		err        error
		wrong      string
		refused    bool
	}{
		{name: "beside keys that nobody understands", text: `{"keys":[1,{"kty":7},{"kid":"rs","kty":"new"},{"kid":"rs","kty":"RSA","e":"AQAB","n":"` + n + `","x5t":"?","d":"secret"}]}`},
		{name: "no keys", text: `{"keys":[]}`, wrong: "no key of that name", refused: true},
		{name: "no list", text: `{}`, wrong: "no key of that name", refused: true},
		{name: "no JSON", text: `<html>`, wrong: "not a JSON Web Key Set"},
		{name: "a list", text: `[]`, wrong: "not a JSON Web Key Set"},
		{name: "no network", err: errors.New("offline"), wrong: "could not be fetched"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			verifier := verifierOf(&fakePlatform{text: test.text, err: test.err}, nil)
			err := verifier.Verify(context.Background(), token, expected())
			check(t, err, test.wrong, token)
			if isRefusal(err) != test.refused {
				t.Errorf("%v is a refusal: got %v; want %v", err, isRefusal(err), test.refused)
			}
			if test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("got the cause %v; want %v", errors.Unwrap(err), test.err)
			}
		})
	}
}

// TestOneFetch sees that who comes while keys are fetched waits for them.
func TestOneFetch(t *testing.T) {
	rs := rsaPair("rs", 2048)
	platform := &fakePlatform{keys: []pair{rs}}
	verifier := verifierOf(platform, nil)
	token := rs.sign(t, "RS256", nil, good(nil))
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if err := verifier.Verify(context.Background(), token, expected()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(platform.fetches) != 1 {
		t.Errorf("got %d fetches; want one", len(platform.fetches))
	}
	if err := verifier.Prepare(context.Background(), expected().KeysURL); err != nil || len(platform.fetches) != 1 {
		t.Errorf("Prepare with keys: got %v and %d fetches; want one", err, len(platform.fetches))
	}
}
