package reconcile

import "testing"

func TestJudge(t *testing.T) {
	for _, tt := range []struct {
		complete                         bool
		inScope, open, accepted, pending int
		want                             Verdict
		exit                             int
	}{
		{true, 5, 0, 0, 0, TiedOut, 0},
		{true, 5, 0, 1, 0, TiedOutWithItems, 0},
		{true, 5, 0, 0, 1, TiedOutWithItems, 0},
		{true, 5, 1, 1, 1, NotTiedOut, 2},
		{true, 0, 0, 0, 0, VerdictUnknown, 1},
		{true, 0, 3, 0, 0, VerdictUnknown, 1},
		{false, 5, 0, 0, 0, VerdictUnknown, 1},
		{false, 5, 3, 0, 0, VerdictUnknown, 1},
	} {
		got := Judge(tt.complete, tt.inScope, tt.open, tt.accepted, tt.pending)
		if got != tt.want || got.ExitCode() != tt.exit {
			t.Errorf("%+v: %s, exit %d", tt, got, got.ExitCode())
		}
	}
	if Verdict("").ExitCode() != 1 {
		t.Error("a failed run exits with another code than 1")
	}
	for _, s := range []RunState{RunQueued, RunPulling, RunComparing, RunApplying, RunComplete, RunIncomplete, RunFailed, RunCancelled} {
		want := s == RunComplete || s == RunIncomplete || s == RunFailed || s == RunCancelled
		if s.Ended() != want {
			t.Errorf("%s ended: %t", s, s.Ended())
		}
	}
}
