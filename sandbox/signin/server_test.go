package signin

import (
	"fmt"
	"testing"
	"time"
)

// A lab is a server whose clock the test holds.
type lab struct {
	*Server
	at time.Time
}

func newLab(o Options) *lab {
	l := &lab{at: time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)}
	o.Now = func() time.Time { return l.at }
	if o.AccessLife == 0 {
		o.AccessLife = time.Hour
	}
	l.Server = New(o)
	return l
}

// first gives the first tokens of a consent.
func (l *lab) first(t *testing.T) Tokens {
	t.Helper()
	tokens, refused := l.exchange(l.authorize("r", ""), "r", "")
	if refused != "" {
		t.Fatal(refused)
	}
	return tokens
}

func TestCodeIsGoodOnce(t *testing.T) {
	const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" // RFC 7636, appendix B
	const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
	for _, tt := range []struct {
		name, redirect, verifier string
		after                    time.Duration
		want                     Refusal
	}{
		{"right", "r", verifier, 0, ""},
		{"another redirect", "s", verifier, 0, InvalidCode},
		{"another verifier", "r", verifier + "x", 0, InvalidCode},
		{"too late", "r", verifier, codeLife, InvalidCode},
	} {
		l := newLab(Options{})
		code := l.authorize("r", challenge)
		l.at = l.at.Add(tt.after)
		if _, got := l.exchange(code, tt.redirect, tt.verifier); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
		if _, got := l.exchange(code, "r", verifier); got != InvalidCode {
			t.Errorf("%s: a second time: %q", tt.name, got)
		}
	}
}

func TestRotationAndGrace(t *testing.T) {
	for _, tt := range []struct {
		rotation Rotation
		grace    time.Duration
		after    time.Duration // from the consent to the first refresh
		changes  bool
		later    time.Duration // from there to the old token's second use
		honoured bool
	}{
		{RotateAlways, 0, 0, true, 0, false},
		{RotateAlways, time.Minute, 0, true, 59 * time.Second, true},
		{RotateAlways, time.Minute, 0, true, time.Minute, false},
		{RotateAlways, 24 * time.Hour, 0, true, 23 * time.Hour, true},
		{RotateDaily, 0, 23 * time.Hour, false, time.Hour / 2, true},
		{RotateDaily, 0, 24 * time.Hour, true, 0, false},
		{RotateNever, 0, 50 * 24 * time.Hour, false, 50 * 24 * time.Hour, true},
	} {
		name := fmt.Sprintf("%+v", tt)
		l := newLab(Options{Rotation: tt.rotation, Grace: tt.grace})
		old := l.first(t)
		l.at = l.at.Add(tt.after)
		fresh, refused := l.use(old.Refresh)
		if refused != "" || (fresh.Refresh != old.Refresh) != tt.changes || fresh.Access == old.Access {
			t.Errorf("%s: %q, changed: %t", name, refused, fresh.Refresh != old.Refresh)
		}
		l.at = l.at.Add(tt.later)
		if l.Honours(old.Refresh) != tt.honoured {
			t.Errorf("%s: honoured: %t", name, !tt.honoured)
		}
		if _, refused := l.use(old.Refresh); (refused == "") != tt.honoured {
			t.Errorf("%s: used: %q", name, refused)
		}
	}
}

func TestTokensEnd(t *testing.T) {
	const day = 24 * time.Hour
	l := newLab(Options{RefreshLife: 100 * day, HardLife: 250 * day})
	tokens := l.first(t)
	if !l.Live(tokens.Access) || l.Live("x") || l.Live("") || tokens.RefreshIn != 100*day || tokens.HardIn != 250*day {
		t.Errorf("at first: %+v", tokens)
	}
	l.at = l.at.Add(time.Hour)
	if l.Live(tokens.Access) {
		t.Error("an access token lives too long")
	}
	for n, step := range []time.Duration{99 * day, 99 * day, 99 * day} {
		l.at = l.at.Add(step)
		fresh, refused := l.use(tokens.Refresh)
		if (refused == "") != (n < 2) {
			t.Errorf("step %d: %q", n, refused)
		}
		if refused == "" {
			tokens = fresh
		}
	}
	idle := newLab(Options{RefreshLife: 100 * day})
	tokens = idle.first(t)
	idle.at = idle.at.Add(100 * day)
	if _, refused := idle.use(tokens.Refresh); refused != InvalidGrant {
		t.Errorf("idle: %q", refused)
	}
	revoked := newLab(Options{})
	tokens = revoked.first(t)
	if revoked.Revoke("x") || !revoked.Revoke(tokens.Refresh) || revoked.Live(tokens.Access) || revoked.Honours(tokens.Refresh) {
		t.Error("revoked, and still good")
	}
}

func TestInspect(t *testing.T) {
	l := newLab(Options{})
	tokens, refused := l.exchange(l.authorize("r", "", "a", "b"), "r", "")
	if refused != "" || len(tokens.Scopes) != 2 {
		t.Fatalf("%q %+v", refused, tokens)
	}
	access, _ := l.Inspect(tokens.Access)
	refresh, _ := l.Inspect(tokens.Refresh)
	if !access.Live || access.Refresh || len(access.Scopes) != 2 || !access.Expires.Equal(l.at.Add(time.Hour)) || !refresh.Live || !refresh.Refresh || len(refresh.Scopes) != 2 {
		t.Errorf("%+v, %+v", access, refresh)
	}
	l.at = l.at.Add(time.Minute)
	l.Expire()
	if access, known := l.Inspect(tokens.Access); !known || access.Live || !access.Expires.Equal(l.at) || l.Live(tokens.Access) {
		t.Errorf("expired: %+v", access)
	}
	if _, known := l.Inspect("x"); known {
		t.Error("a token that is none is known")
	}
	l.Revoke(tokens.Refresh)
	if refresh, _ := l.Inspect(tokens.Refresh); refresh.Live || !refresh.Revoked {
		t.Errorf("revoked: %+v", refresh)
	}
}
