package session

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// FuzzHear tells a client what a broken or hostile script of the page's origin
// may post to its channel. It loses its session by nothing but a sign-out, waits
// no longer than a server may ask for, and stays usable.
func FuzzHear(f *testing.F) {
	for _, text := range []string{
		"signin 2 0", "refresh 18446744073709551615 0", "signout 2 0", "signout 0 0", "ended 9 0", "failed 1 5000", "busy 1 9223372036854775807",
		"busy 1 -9223372036854775808", "", " ", "signin", "signin 2", "signin -1 0", "signin 2 0 ", "signin  2 0", "SIGNOUT 2 0", "\x00 1 1", "refresh 1e3 0",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			tab := w.signedIn()
			tab.Hear(text)
			time.Sleep(10 * time.Second)
			m, ok := parseMessage(text)
			if ok && m.String() != text && !strings.ContainsAny(text, "+0") {
				t.Errorf("%q: got %q back", text, m)
			}
			if ok && m.kind == "signout" {
				return
			}
			is(t, "access token after "+text, tab.access(), "access-token-1-of-ann")
			time.Sleep(24 * time.Hour)
			w.server.revoke()
			is(t, "status after "+text, tab.fetch().status, 200)
		})
	})
}
