package endpoint

import (
	"net/url"
	"strings"
	"testing"
)

func TestOrigin(t *testing.T) {
	tests := []struct{ url, want string }{
		{"https://api.example.com/", "https://api.example.com"},
		{"https://api.example.com", "https://api.example.com"},
		{"HTTPS://API.Example.com/Path", "https://api.example.com"},
		{"http://localhost:8080/a?b#c", "http://localhost:8080"},
		{"https://example.com?x=//evil.test", "https://example.com"},
		{"https://example.com#@evil.test", "https://example.com"},
		{"https://[::1]:8443/", "https://[::1]:8443"},
		{"https://xn--bcher-kva.example/", "https://xn--bcher-kva.example"},
		{"https://user:secret@example.com/", "https://example.com"},
		{"https://example.com@evil.test/", "https://evil.test"},
		{"https://example.com/@evil.test/", "https://example.com"},
		{"https://example.com.evil.test/", "https://example.com.evil.test"},
		{"", ""}, {"/path", ""}, {"//example.com/", ""}, {"example.com", ""},
		{"https:", ""}, {"https:/example.com", ""}, {"https://", ""}, {"https:///path", ""}, {"https://user@/", ""},
		{"ftp://example.com/", ""}, {"ws://example.com/", ""}, {"file:///etc/passwd", ""}, {"null", ""},
		{"blob:https://example.com/1", ""}, {"data:text/plain,https://example.com/", ""}, {"javascript://example.com/", ""},
		{" https://example.com/", ""}, {"https://exa mple.com/", ""}, {"https://example.com\\@evil.test/", ""},
		{"https://exam\nple.com/", ""}, {"https://bücher.example/", ""},
		{"https://ex%61mple.com/", ""}, {"https://us%65r@example.com/", "https://example.com"},
	}
	for _, test := range tests {
		if got := Origin(test.url); got != test.want {
			t.Errorf("Origin(%q): got %q; want %q", test.url, got, test.want)
		}
	}
}

func TestSameResource(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"https://x.test/refresh", "https://x.test/refresh", true},
		{"https://x.test/refresh?a=1#b", "https://x.test/refresh#c?d", true},
		{"https://x.test/refresh", "https://x.test/refresh/", false},
		{"https://x.test/refresh", "https://x.test/refresher", false},
		{"https://x.test/refresh", "https://y.test/refresh", false},
		{"https://x.test/refresh", "http://x.test/refresh", false},
		{"https://x.test/?refresh", "https://x.test/refresh", false},
	}
	for _, test := range tests {
		if got := SameResource(test.a, test.b); got != test.want {
			t.Errorf("SameResource(%q, %q): got %v; want %v", test.a, test.b, got, test.want)
		}
	}
}

func FuzzOrigin(f *testing.F) {
	f.Add("https://user:pw@Example.com:8443/path?q#f")
	f.Add("https://example.com\\@evil.test/")
	f.Fuzz(func(t *testing.T, text string) {
		got := Origin(text)
		if got == "" {
			return
		}
		if Origin(got+"/any?path#at-all") != got || strings.ContainsAny(got[len("https://"):], "/?#@\\ ") {
			t.Errorf("Origin(%q): got %q, which is no origin", text, got)
		}
		// Where the standard library can read the URL, it finds the same host.
		if u, err := url.Parse(text); err == nil && lower(u.Scheme+"://"+u.Host) != got {
			t.Errorf("Origin(%q): got %q; want %q", text, got, u.Scheme+"://"+u.Host)
		}
	})
}
