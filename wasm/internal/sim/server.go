package sim

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/authfetch/authfetch/wasm/internal/context"
	"github.com/authfetch/authfetch/wasm/internal/doc"
	"github.com/authfetch/authfetch/wasm/internal/endpoint"
	"github.com/authfetch/authfetch/wasm/internal/session"
)

const (
	apiOrigin  = "https://api.example.com"
	signinURL  = apiOrigin + "/login"
	refreshURL = apiOrigin + "/refresh"
	appOrigin  = "https://app.example.com"
)

// family is all that descends from one sign-in.
type family struct {
	id      int
	user    string
	grants  []*grant
	revoked bool
	why     string // it is revoked
	// refused says that the server has refused to renew it.
	refused bool
	// bare says that the application has only brought its access token.
	bare bool
	// stored is when it was stored last.
	stored time.Duration
	// over is when a user signed out in a tab that had it, or 0. mayBeOver says that
	// a user signed out anywhere, or cleared the site's data, while it existed.
	over      time.Duration
	mayBeOver bool
}

// grant is what the server gave in one answer.
type grant struct {
	family          *family
	number          int
	access, refresh string
	parent          *grant // whose refresh token it was given for, nil for a sign-in
	children        []*grant
	granted         time.Duration
	expires         time.Duration
	usedAt          time.Duration // when its refresh token was used up, or 0
	rejected        bool          // the API has refused its access token
	deliveries      []*delivery
}

// delivery is the arrival of a grant in a tab.
type delivery struct {
	tab   *tab
	grant *grant
	// interrupted says that the tab was frozen before it could store the grant.
	interrupted bool
}

// server is the authorization server and the API behind it. It has no delays of
// its own: the network has.
type server struct {
	world    *World
	families []*family
	access   map[string]*grant
	refresh  map[string]*grant
	asked    int // refreshes
	// mute says that the API takes no token at all, although it should.
	mute bool
	// down answers 5xx, busy answers 429.
	down, busy bool
}

// reply is an HTTP answer, or none.
type reply struct {
	status     int
	body       string
	retryAfter string
}

func (r reply) text() string {
	if r.retryAfter != "" {
		return fmt.Sprintf("%d, Retry-After %s", r.status, r.retryAfter)
	}
	return strconv.Itoa(r.status)
}

// judged is the reply as the host describes it to the core.
func (r reply) judged() session.Reply {
	d, err := doc.Parse(r.body)
	return session.Reply{Answer: endpoint.Answer{
		Status: r.status, JSON: err == nil, Doc: d, Empty: r.body == "", RetryAfter: r.retryAfter, Type: "application/json",
	}}
}

func refusal(status int, code string) reply {
	return reply{status: status, body: `{"error":"` + code + `"}`}
}

// grant makes new tokens.
func (s *server) grant(f *family, parent *grant) *grant {
	w := s.world
	g := &grant{family: f, number: len(f.grants), parent: parent, granted: w.now(), expires: w.now() + w.Lifetime}
	name := strconv.Itoa(f.id) + "." + strconv.Itoa(g.number)
	g.access = "access-" + name + "-secret"
	if w.JWT {
		claims := fmt.Sprintf(`{"sub":"%s","jti":"%s-secret"}`, f.user, name)
		g.access = "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".secret"
	}
	g.refresh = "refresh-" + name + "-secret"
	if parent != nil && !w.Rotates {
		g.refresh = parent.refresh
	} else {
		s.refresh[g.refresh] = g
	}
	if parent != nil {
		parent.children = append(parent.children, g)
	}
	f.grants = append(f.grants, g)
	s.access[g.access] = g
	return g
}

func (g *grant) String() string { return fmt.Sprintf("%d.%d", g.family.id, g.number) }

// signin begins a family.
func (s *server) signin(user string) *grant {
	f := &family{id: len(s.families) + 1, user: user}
	s.families = append(s.families, f)
	return s.grant(f, nil)
}

// answer is the reply that carries a grant.
func (s *server) answer(g *grant) reply {
	w := s.world
	body := `{"access_token":"` + g.access + `","token_type":"Bearer"`
	if w.Rotates || g.parent == nil {
		body += `,"refresh_token":"` + g.refresh + `"`
	}
	if w.TellsExpiry {
		body += `,"expires_in":` + strconv.Itoa(int(w.Lifetime/time.Second))
	}
	return reply{status: 200, body: body + "}"}
}

// renew answers a refresh token: once, and again within the grace that the
// world's server gives for an answer that was lost. Beyond that, a token that
// comes twice was stolen, and its whole family ends (RFC 9700, section 4.14.2).
func (s *server) renew(token string) reply {
	w := s.world
	s.asked++
	g := s.refresh[token]
	switch {
	case g == nil:
		return refusal(400, "invalid_grant")
	case g.family.revoked:
		g.family.refused = true
		return refusal(w.pick(400, 400, 401, 403), "invalid_grant")
	case !w.Rotates:
		return s.answer(s.grant(g.family, g))
	case g.usedAt == 0:
		g.usedAt = w.now()
		return s.answer(s.grant(g.family, g))
	case w.now()-g.usedAt <= w.Grace && len(g.children[len(g.children)-1].children) == 0:
		w.note(nil, "the server sees %v again, within its grace", g)
		if w.Siblings {
			return s.answer(s.grant(g.family, g))
		}
		return s.answer(g.children[len(g.children)-1])
	}
	s.revoke(g.family, "its refresh token "+g.String()+" came twice")
	g.family.refused = true
	return refusal(400, "invalid_grant")
}

func (s *server) revoke(f *family, why string) {
	if !f.revoked {
		f.revoked, f.why = true, why
		s.world.note(nil, "the server revokes session %d: %s", f.id, why)
	}
}

// admit is the API: whether it takes an access token.
func (s *server) admit(access string) bool {
	g := s.access[access]
	switch {
	case g == nil:
		return false
	case s.mute, g.family.revoked, s.world.now() >= g.expires, g.rejected:
		g.rejected = true
		return false
	}
	return true
}

var errNetwork = errors.New("failed to fetch")

// Do implements session.Doer: a call travels to the authorization server and its
// answer back, if neither is lost.
func (t *tab) Do(ctx context.Context, call endpoint.Call) (session.Reply, error) {
	var got session.Reply
	err := t.ask(ctx, "call", func(c *asking) { t.send(c, call, &got) })
	return got, err
}

// send carries out a call that the core has asked for.
func (t *tab) send(c *asking, call endpoint.Call, got *session.Reply) {
	refresh := refreshIn(call)
	t.world.checkCall(t, call, refresh)
	if call.URL == refreshURL {
		t.world.checkPresentation(t, refresh)
	}
	if call.Escrow != "" && t.controlled {
		t.handOver(c, call, got)
		return
	}
	t.sendItself(c, call, got)
}

// sendItself has the tab's own fetch make a call.
func (t *tab) sendItself(c *asking, call endpoint.Call, got *session.Reply) {
	c.aborted = func() { c.end(context.Canceled) }
	t.world.travel(traveller{
		by:   t,
		over: func() bool { return c.over },
		gone: func() bool { return t.dead && !call.KeepAlive && t.world.cut(call) },
		arrives: func(r reply, g *grant) {
			t.receives(call, r, g)
			*got = r.judged()
			c.end(nil)
		},
		fails: func(why string) {
			t.world.note(t, "%s", why)
			c.end(errNetwork)
		},
	}, call)
}

// receives notes an answer of the server that has come to a tab.
func (t *tab) receives(call endpoint.Call, r reply, g *grant) {
	if g != nil && r.status == 200 {
		t.world.note(t, "gets the tokens %v", g)
		t.delivered(g)
		return
	}
	t.world.note(t, "is answered %s", r.text())
	if call.URL == refreshURL {
		t.answered(t.world.server.refresh[refreshIn(call)], r)
	}
}

// refreshIn answers the refresh token that a call carries, or "".
func refreshIn(call endpoint.Call) string {
	d, _ := doc.Parse(call.Body)
	return d.Lookup("refresh_token").Text
}

// traveller is who waits for a call's answer.
type traveller struct {
	by *tab
	// over says that nobody waits any more, and gone that the browser has ended the
	// call before it reached the server.
	over, gone func() bool
	arrives    func(r reply, g *grant)
	fails      func(why string)
}

// travel has a call go to the authorization server and its answer come back.
func (w *World) travel(who traveller, call endpoint.Call) {
	t := who.by
	d, _ := doc.Parse(call.Body)
	refresh := refreshIn(call)
	lost, lostBack, broken := w.chance(w.Loss), w.chance(w.Loss), w.chance(w.Loss/2)
	if w.offline(t) {
		lost = true
	}
	there := w.latency(5*time.Millisecond, w.Slowness)
	back := w.latency(5*time.Millisecond, w.Slowness)
	var respond func() (reply, *grant)
	switch call.URL {
	case refreshURL:
		respond = func() (reply, *grant) {
			r := w.server.renew(refresh)
			if r.status == 200 {
				return r, w.grantIn(r)
			}
			return r, nil
		}
	case signinURL:
		user := d.Lookup("user").Text
		respond = func() (reply, *grant) {
			if d.Lookup("password").Text != "right" {
				return refusal(401, "access_denied"), nil
			}
			g := w.server.signin(user)
			return w.server.answer(g), g
		}
	default:
		respond = func() (reply, *grant) {
			if g := w.server.refresh[refresh]; g != nil && w.Revokes {
				w.server.revoke(g.family, "the client signed out of it")
			}
			return reply{status: 204}, nil
		}
	}
	arrives := func(r reply, g *grant) {
		t.after(back, "", func() {
			if !who.over() {
				who.arrives(r, g)
			}
		})
	}
	fails := func(delay time.Duration, why string) {
		t.after(delay, "", func() {
			if !who.over() {
				who.fails(why)
			}
		})
	}
	name := map[string]string{refreshURL: "refresh", signinURL: "sign-in", w.signoutURL: "sign-out"}[call.URL]
	w.note(t, "calls %s %s", name, w.nameOf(refresh))
	if lost {
		if w.chance(0.5) {
			fails(there, name+" failed on its way to the server")
		} // otherwise nothing is ever heard of it
		return
	}
	w.after(there, func() {
		if who.gone() {
			return
		}
		switch s := w.server; {
		case s.down && w.chance(0.8):
			arrives(reply{status: w.pick(500, 502, 503)}, nil)
			return
		case s.busy && w.chance(0.8):
			arrives(reply{status: 429, retryAfter: w.retryAfter()}, nil)
			return
		}
		r, g := respond()
		w.note(nil, "the server answers %s of tab %d: %s %s", name, t.id, r.text(), nameOfGrant(g))
		switch {
		case lostBack && w.chance(0.5):
			fails(back, "the answer to "+name+" is lost")
		case lostBack:
		case broken && r.status == 200 && w.chance(0.5):
			arrives(reply{status: 200, body: r.body[:len(r.body)/2]}, nil)
		case broken && r.status == 200:
			arrives(reply{status: 502, body: "<html>"}, nil)
		default:
			arrives(r, g)
		}
	})
}

// cut says whether the browser ends a call with its page before the server has it.
func (w *World) cut(call endpoint.Call) bool {
	if call.URL == refreshURL {
		return w.fates.Float64() < 0.5
	}
	return w.chance(0.5)
}

// retryAfter makes up a Retry-After header: seconds, a date by the server's own
// clock, or nonsense, which counts as none.
func (w *World) retryAfter() string {
	switch w.rng.IntN(6) {
	case 0:
		return ""
	case 1:
		return time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat)
	case 2:
		return w.anyText("soon", "-5", "1e3", "Thu, 99 Foo 2000 00:00:00 GMT")
	}
	return strconv.Itoa(w.pick(0, 1, 3, 20))
}

func nameOfGrant(g *grant) string {
	if g == nil {
		return ""
	}
	return "tokens " + g.String()
}

// nameOf shows a token in a trace.
func (w *World) nameOf(token string) string {
	if g := w.server.refresh[token]; g != nil {
		return g.String()
	}
	if g := w.server.access[token]; g != nil {
		return g.String()
	}
	return token
}

// grantIn finds the grant that a reply carries.
func (w *World) grantIn(r reply) *grant {
	d, _ := doc.Parse(r.body)
	return w.server.access[d.Lookup("access_token").Text]
}
