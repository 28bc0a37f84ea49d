package graph_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
)

type schedule struct {
	Name, At, Since string
	Enabled         bool
	NextDue         *string
	LastDate        *struct {
		Date, State string
		Run         *struct {
			Number int
			State  string
		}
	}
}

type schedules struct {
	Schedules struct {
		Nodes    []schedule
		PageInfo struct {
			HasNextPage bool
			EndCursor   string
		}
	}
}

const (
	scheduleFields = `{ name at enabled since nextDue lastDate { date state run { number state } } }`
	schedulesQuery = `query($after: String) { schedules(first: 1, after: $after) { nodes ` + scheduleFields + ` pageInfo { hasNextPage endCursor } } }`
)

// TestSchedules pages through two schedules: one with a run, one that was missed
// and is disabled.
func TestSchedules(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	run, err := w.repo.StartRun(ctx, reconcile.Run{Schedule: "nightly", Date: date("2026-03-10"), State: reconcile.RunPulling, AsOf: today})
	w.must(err)
	_, err = w.repo.MissDate(ctx, "nightly", date("2026-03-09"))
	w.must(err)
	_, err = w.repo.SaveSchedule(ctx, reconcile.Schedule{Name: "noon", At: "12:00"}, today)
	w.must(err)
	_, err = w.repo.MissDate(ctx, "noon", date("2026-03-08"))
	w.must(err)

	first := get[schedules](w, schedulesQuery).Schedules
	if len(first.Nodes) != 1 || !first.PageInfo.HasNextPage {
		t.Fatalf("first page: %+v", first)
	}
	got := first.Nodes[0] // 02:00 in Berlin is 01:00 in UTC
	if got.Name != "nightly" || !got.Enabled || *got.NextDue != "2026-03-11T01:00:00Z" || got.LastDate.Date != "2026-03-10" || got.LastDate.State != "RAN" ||
		got.LastDate.Run.Number != int(run.ID) || got.LastDate.Run.State != "PULLING" {
		t.Errorf("nightly: %s", jsonText(got))
	}
	second := get[schedules](w, schedulesQuery, "after", first.PageInfo.EndCursor).Schedules
	if got := second.Nodes[0]; got.Name != "noon" || got.At != "12:00" || got.Enabled || got.Since != today.Format(time.RFC3339) || got.NextDue != nil ||
		got.LastDate.State != "MISSED" || got.LastDate.Run != nil || second.PageInfo.HasNextPage {
		t.Errorf("noon: %s", jsonText(got))
	}
}

type scheduleUpsert struct {
	ScheduleUpsert struct {
		Schedule         *schedule
		UserErrors       userErrors
		ClientMutationID *string
	}
}

const upsertMutation = `mutation($input: ScheduleUpsertInput!) { scheduleUpsert(input: $input) {
  schedule ` + scheduleFields + ` userErrors { code message path retryable } clientMutationId
} }`

// TestScheduleUpsert makes a schedule, changes what is given and tells every fault
// with its place.
func TestScheduleUpsert(t *testing.T) {
	w := newWorld(t)
	upsert := func(input map[string]any) (schedule, string) {
		t.Helper()
		input["clientMutationId"] = "c-1"
		answer := get[scheduleUpsert](w, upsertMutation, "input", input).ScheduleUpsert
		if *answer.ClientMutationID != "c-1" || (answer.Schedule == nil) != (len(answer.UserErrors) > 0) {
			t.Errorf("%v: %s", input, jsonText(answer))
		}
		if answer.Schedule == nil {
			return schedule{}, answer.UserErrors.codes()
		}
		return *answer.Schedule, ""
	}
	for _, tt := range []struct {
		input map[string]any
		want  string
	}{
		{map[string]any{"name": "noon"}, "INPUT_INVALID input/at"}, // new, without a time
		{map[string]any{"name": "noon", "at": "24:00"}, "INPUT_INVALID input/at"},
		{map[string]any{"name": "noon", "at": "2:30"}, "INPUT_INVALID input/at"},
		{map[string]any{"name": "", "at": "12:00"}, "INPUT_INVALID input/name"},
		{map[string]any{"name": "High Noon", "at": "noon"}, "INPUT_INVALID input/name, INPUT_INVALID input/at"},
		{map[string]any{"name": "nightly", "at": ""}, "INPUT_INVALID input/at"},
		{map[string]any{"name": strings.Repeat("x", 1000), "at": "12:00"}, "INPUT_INVALID input/name"},
	} {
		if _, codes := upsert(tt.input); codes != tt.want {
			t.Errorf("%v: %s, want %s", tt.input, codes, tt.want)
		}
	}
	noon := today.Format(time.RFC3339)
	if s, _ := upsert(map[string]any{"name": "noon", "at": "12:00"}); s.At != "12:00" || !s.Enabled || s.Since != noon || s.LastDate != nil || *s.NextDue != "2026-03-11T11:00:00Z" {
		t.Errorf("new: %s", jsonText(s))
	}
	if s, _ := upsert(map[string]any{"name": "nightly", "enabled": false}); s.At != "02:00" || s.Enabled || s.NextDue != nil || s.Since == noon {
		t.Errorf("disabled: %s", jsonText(s))
	}
	if s, _ := upsert(map[string]any{"name": "nightly", "enabled": true}); s.At != "02:00" || !s.Enabled || s.Since != noon {
		t.Errorf("enabled again: %s", jsonText(s))
	}
	if s := get[schedules](newWorld(t), schedulesQuery).Schedules.Nodes[0]; s.Since != "" {
		t.Errorf("nobody has served it yet: %s", jsonText(s))
	}
	if s, err := w.repo.Schedule(t.Context(), "nightly"); err != nil || !s.Enabled || !s.Since.Equal(today) {
		t.Errorf("stored: %+v, %v", s, err)
	}
}

// TestScheduleDelete: what is removed is gone, once.
func TestScheduleDelete(t *testing.T) {
	w := newWorld(t)
	_, err := w.repo.MissDate(t.Context(), "nightly", date("2026-03-09"))
	w.must(err)
	for _, want := range []string{"", "NOT_FOUND input/name"} {
		answer := get[struct {
			ScheduleDelete struct {
				DeletedName, ClientMutationID *string
				UserErrors                    userErrors
			}
		}](w, `mutation { scheduleDelete(input: { name: "nightly", clientMutationId: "c-1" }) { deletedName userErrors { code path } clientMutationId } }`).ScheduleDelete
		if answer.UserErrors.codes() != want || (answer.DeletedName != nil) != (want == "") || *answer.ClientMutationID != "c-1" {
			t.Errorf("%s, want %q", jsonText(answer), want)
		}
	}
	if left := get[schedules](w, schedulesQuery).Schedules.Nodes; len(left) > 0 {
		t.Errorf("left: %s", jsonText(left))
	}
	if dates, err := w.repo.ScheduleDates(t.Context(), "nightly", 9); err != nil || len(dates) != 1 {
		t.Errorf("history %+v, %v", dates, err)
	}
}
