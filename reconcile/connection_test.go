package reconcile

import (
	"errors"
	"testing"
	"time"
)

func TestConnectionAt(t *testing.T) {
	day := 24 * time.Hour
	now := asOf
	for _, tt := range []struct {
		name          string
		state         ConnectionState
		refresh, hard time.Duration // until they end; 0: never
		want          ConnectionState
		warning       int
	}{
		{"never ends", Connected, 0, 0, Connected, 0},
		{"further away than any warning", Connected, 101 * day, 1800 * day, Connected, 0},
		{"exactly 90 days", Connected, 90 * day, 0, Connected, 0},
		{"a little less", Connected, 90*day - time.Second, 0, Expiring, 90},
		{"within a month", Connected, 29 * day, 0, Expiring, 30},
		{"within a week, by the hard end", Connected, 100 * day, 6 * day, Expiring, 7},
		{"only a hard end", Connected, 0, 31 * day, Expiring, 90},
		{"ended now", Connected, 0, -time.Nanosecond, NeedsReconnect, 7},
		{"disconnected has no end", Disconnected, -day, 0, Disconnected, 7},
		{"needs reconnect stays so", NeedsReconnect, 100 * day, 0, NeedsReconnect, 0},
	} {
		c := Connection{State: tt.state}
		if tt.refresh != 0 {
			c.RefreshExpires = now.Add(tt.refresh)
		}
		if tt.hard != 0 {
			c.HardExpires = now.Add(tt.hard)
		}
		if got := c.At(now); got != tt.want {
			t.Errorf("%s: state %s, want %s", tt.name, got, tt.want)
		}
		if got := c.Warning(now); got != tt.warning {
			t.Errorf("%s: warning %d, want %d", tt.name, got, tt.warning)
		}
	}
}

func TestConnectionUsable(t *testing.T) {
	for state, usable := range map[ConnectionState]bool{Connected: true, NeedsReconnect: false, Disconnected: false} {
		err := Connection{System: HubSpot, State: state, Problem: "refused"}.Usable()
		if (err == nil) != usable || (err != nil && !errors.Is(err, ErrNotConnected)) {
			t.Errorf("%s: %v", state, err)
		}
	}
}
