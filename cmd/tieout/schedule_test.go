package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// schedules returns what schedule list -json prints, by name.
func (c *call) schedules() map[string]scheduleLine {
	c.t.Helper()
	var lines []scheduleLine
	if err := json.Unmarshal([]byte(c.want(0, "schedule", "list", "-json")), &lines); err != nil {
		c.t.Fatal(err)
	}
	by := map[string]scheduleLine{}
	for _, l := range lines {
		by[l.Name] = l
	}
	return by
}

// TestSchedule makes, changes, disables and enables schedules.
func TestSchedule(t *testing.T) {
	t.Parallel()
	c := &call{t, map[string]string{"TIEOUT_DB": dbtest.SQLite(t)}}
	began := time.Now()
	c.want(0, "settings", "set", "grace=2h") // makes the store
	first := c.schedules()
	if s := first["nightly"]; len(first) != 1 || s.At != "02:00" || !s.Enabled || !s.NextDue.After(began) || s.NextDue.Sub(began) > 25*time.Hour || s.LastDate != nil {
		t.Errorf("a new store has %+v", first)
	}
	if out := c.want(0, "schedule", "set", "noon", "12:00"); out != "schedule noon at 12:00, enabled\n" {
		t.Errorf("set: %q", out)
	}
	c.want(0, "schedule", "disable", "nightly")
	c.want(0, "schedule", "set", "nightly", "03:30") // disabled still
	got := c.schedules()
	if s := got["nightly"]; len(got) != 2 || s.At != "03:30" || s.Enabled || !s.NextDue.IsZero() || !s.Since.After(first["nightly"].Since) {
		t.Errorf("disabled: %+v", got)
	}
	if out := c.want(0, "schedule", "list"); !strings.Contains(out, "disabled") || !strings.Contains(out, "12:00 UTC") || !strings.Contains(out, "none yet") {
		t.Errorf("list:\n%s", out)
	}
	c.want(0, "schedule", "enable", "nightly")
	c.want(0, "schedule", "set", "noon", "12:00") // as it was
	again := c.schedules()
	if !again["nightly"].Since.After(got["nightly"].Since) || !again["nightly"].Enabled || !again["noon"].Since.Equal(got["noon"].Since) {
		t.Errorf("enabled again: %+v, before %+v", again, got)
	}
	if out := c.want(0, "schedule", "delete", "noon"); out != "schedule noon deleted\n" || len(c.schedules()) != 1 {
		t.Errorf("delete: %q", out)
	}
	for _, tt := range []struct {
		words string
		says  string
	}{
		{"schedule delete", "want NAME"},
		{"schedule delete noon", `no schedule "noon"`},
		{"schedule set noon", "want NAME HH:MM"},
		{"schedule set noon 25:00", "want HH:MM"},
		{"schedule set noon 2:30", "want HH:MM"},
		{"schedule set Noon 12:00", "schedule name"},
		{"schedule enable", "want NAME"},
		{"schedule disable yearly", `no schedule "yearly"`},
		{"schedule list noon", "takes no argument"},
	} {
		if _, stderr, code := c.run(strings.Fields(tt.words)...); code != 1 || !strings.Contains(stderr, tt.says) {
			t.Errorf("%s: exit code %d, %q; want it to say %q", tt.words, code, stderr, tt.says)
		}
	}
}

// TestMissedNights reconciles after nights on which nothing ran: each is a finding,
// on either database, and dropped with the schedule.
func TestMissedNights(t *testing.T) {
	t.Parallel()
	truth, dir := world(t, sandbox.Options{Invoices: 60, Seed: 11})
	for _, address := range []string{dbtest.SQLite(t), dbtest.Postgres(t)} {
		c := simulated(t, dir, address)
		c.settings(truth)
		c.reconcile(2)
		miss(t, address, "nightly", 2)
		c.reconcile(2)
		var missed []findingLine
		for _, f := range c.findings() {
			if f.Code == reconcile.ScheduleMissed {
				missed = append(missed, f)
			}
		}
		if len(missed) != 2 || missed[0].Severity != reconcile.High || missed[0].System != reconcile.Both || missed[0].Field != "schedule" || missed[0].Number != "" ||
			missed[0].Amount != "0.00" || !strings.Contains(missed[0].Message, "schedule nightly did not run on "+missed[0].Record) {
			t.Errorf("findings %+v", missed)
		}
		if last := c.schedules()["nightly"].LastDate; last == nil || last.State != reconcile.DateMissed {
			t.Errorf("last date %+v", last)
		}
		c.want(0, "schedule", "disable", "nightly")
		if run := c.reconcile(2); run.Counts.Resolved != 2 {
			t.Errorf("counts %+v", run.Counts)
		}
	}
}

// miss writes down that a schedule was missed on the dates to come.
func miss(t *testing.T, address, name string, dates int) {
	t.Helper()
	store, err := db.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	repo, err := store.As(t.Context(), reconcile.ActorSchedule, reconcile.DefaultWorkspace)
	if err != nil {
		t.Fatal(err)
	}
	for n := range dates {
		if _, err := repo.MissDate(t.Context(), name, reconcile.DateOf(time.Now(), time.UTC).AddDays(n+2)); err != nil {
			t.Fatal(err)
		}
	}
}
