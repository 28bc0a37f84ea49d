package batch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A ledger keeps the contracts of Findings, Journal and Schedules in memory.
type ledger struct {
	hook
	now Clock

	settings  reconcile.Settings
	version   int
	schedules []reconcile.Schedule

	runs     []*journaled
	dates    []reconcile.ScheduleDate // as they were written down
	findings map[reconcile.FindingID]*reconcile.FindingRecord
}

// A journaled run is a run with all that was stored of it.
type journaled struct {
	reconcile.Run
	states       []reconcile.RunState // as they were saved, without repeats
	steps        []reconcile.Step
	certificates []reconcile.Certificate
	totals       []reconcile.ControlTotal
	beat         time.Time
	beats        int
}

func newLedger(now Clock) ledger {
	return ledger{now: now, settings: reconcile.DefaultSettings(), findings: map[reconcile.FindingID]*reconcile.FindingRecord{}}
}

func (l *ledger) run(id reconcile.RunID) *journaled {
	if id < 1 || int(id) > len(l.runs) {
		panic(fmt.Sprintf("run %d is not in the journal", id))
	}
	return l.runs[id-1]
}

func (l *ledger) Settings(ctx context.Context) (reconcile.Settings, int, error) {
	if err := l.call(ctx, "Settings"); err != nil {
		return reconcile.Settings{}, 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.settings, l.version, nil
}

// set saves a change of the settings.
func (l *ledger) set(key, value string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next, err := l.settings.Set(map[string]string{key: value})
	if err != nil {
		panic(err)
	}
	l.settings = next
	l.version++
}

func (l *ledger) ScheduleHistories(ctx context.Context, most int) ([]reconcile.ScheduleHistory, error) {
	if err := l.call(ctx, "ScheduleHistories %d", most); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []reconcile.ScheduleHistory
	for _, s := range l.schedules {
		h := reconcile.ScheduleHistory{Schedule: s}
		for _, d := range l.dates {
			if d.Schedule != s.Name {
				continue
			}
			if d.Run != 0 {
				d.RunState = l.run(d.Run).State
			}
			h.Dates = append(h.Dates, d)
		}
		slices.SortFunc(h.Dates, func(a, b reconcile.ScheduleDate) int { return b.Date.Sub(a.Date) })
		h.Dates = h.Dates[:min(most, len(h.Dates))]
		list = append(list, h)
	}
	return list, nil
}

func (l *ledger) BeginSchedule(ctx context.Context, name string, now time.Time) error {
	if err := l.call(ctx, "BeginSchedule %s", name); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range l.schedules {
		if s := &l.schedules[n]; s.Name == name && s.Since.IsZero() {
			s.Since = now
		}
	}
	return nil
}

func (l *ledger) MissDate(ctx context.Context, name string, date reconcile.Date) (bool, error) {
	if err := l.call(ctx, "MissDate %s %s", name, date); err != nil {
		return false, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.taken(name, date) {
		return false, nil
	}
	l.dates = append(l.dates, reconcile.ScheduleDate{Schedule: name, Date: date, State: reconcile.DateMissed, At: l.now()})
	return true, nil
}

// taken reports whether something became of a schedule on a date.
func (l *ledger) taken(name string, date reconcile.Date) bool {
	return slices.ContainsFunc(l.dates, func(d reconcile.ScheduleDate) bool { return d.Schedule == name && d.Date == date })
}

func (l *ledger) StartRun(ctx context.Context, run reconcile.Run) (reconcile.Run, error) {
	if err := l.call(ctx, "StartRun"); err != nil {
		return reconcile.Run{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if run.Schedule != "" && l.taken(run.Schedule, run.Date) {
		return reconcile.Run{}, fmt.Errorf("%s of %s: %w", run.Schedule, run.Date, reconcile.ErrAlreadyRan)
	}
	for _, r := range l.runs {
		if r.State.Ended() {
			continue
		}
		if l.now().Sub(r.beat) <= 2*time.Minute {
			return reconcile.Run{}, fmt.Errorf("run %d: %w", r.ID, reconcile.ErrRunning)
		}
		r.State, r.Problem = reconcile.RunFailed, "the process ended before the run did"
	}
	run.ID = reconcile.RunID(len(l.runs) + 1)
	l.runs = append(l.runs, &journaled{Run: run, states: []reconcile.RunState{run.State}, beat: l.now()})
	if run.Schedule != "" {
		l.dates = append(l.dates, reconcile.ScheduleDate{Schedule: run.Schedule, Date: run.Date, State: reconcile.DateRan, Run: run.ID, At: l.now()})
	}
	return run, nil
}

func (l *ledger) SaveRun(ctx context.Context, run reconcile.Run) error {
	if err := l.call(ctx, "SaveRun %s", run.State); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.run(run.ID)
	if r.State.Ended() && r.State != run.State {
		return fmt.Errorf("save run %d: %w: %s", run.ID, reconcile.ErrEnded, r.State)
	}
	r.Run, r.beat = run, l.now()
	if r.states[len(r.states)-1] != run.State {
		r.states = append(r.states, run.State)
	}
	return nil
}

func (l *ledger) Heartbeat(ctx context.Context, run reconcile.RunID) error {
	if err := l.call(ctx, "Heartbeat"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.run(run)
	if r.State.Ended() {
		return fmt.Errorf("heartbeat of run %d: %w: %s", run, reconcile.ErrEnded, r.State)
	}
	r.beats++
	r.beat = l.now()
	return nil
}

func (l *ledger) SaveStep(ctx context.Context, run reconcile.RunID, step reconcile.Step) error {
	if err := l.call(ctx, "SaveStep %s %s", step.Name, step.State); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.run(run)
	if r.State.Ended() {
		return fmt.Errorf("save step %s of run %d: %w", step.Name, run, reconcile.ErrEnded)
	}
	r.beat = l.now()
	if at := slices.IndexFunc(r.steps, func(s reconcile.Step) bool { return s.Name == step.Name }); at >= 0 {
		r.steps[at] = step
		return nil
	}
	r.steps = append(r.steps, step)
	return nil
}

func (l *ledger) SaveCertificate(ctx context.Context, run reconcile.RunID, c reconcile.Certificate) error {
	if err := l.call(ctx, "SaveCertificate %s %s", c.System, c.Object); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run(run).certificates = append(l.run(run).certificates, c)
	return nil
}

func (l *ledger) SaveTotals(ctx context.Context, run reconcile.RunID, totals []reconcile.ControlTotal) error {
	if err := l.call(ctx, "SaveTotals"); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.run(run).totals = totals
	return nil
}

func (l *ledger) LatestRun(ctx context.Context) (reconcile.Run, error) {
	if err := l.call(ctx, "LatestRun"); err != nil {
		return reconcile.Run{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range slices.Backward(l.runs) {
		if r.State == reconcile.RunComplete || r.State == reconcile.RunIncomplete {
			return r.Run, nil
		}
	}
	return reconcile.Run{}, reconcile.ErrNotFound
}

func (l *ledger) Certificates(ctx context.Context, run reconcile.RunID) ([]reconcile.Certificate, error) {
	if err := l.call(ctx, "Certificates"); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.run(run).certificates, nil
}

func (l *ledger) See(ctx context.Context, run reconcile.Run, findings []reconcile.Finding) (reconcile.FindingCounts, error) {
	if err := l.call(ctx, "See %d", len(findings)); err != nil {
		return reconcile.FindingCounts{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var counts reconcile.FindingCounts
	for _, f := range findings {
		rec := l.findings[f.ID]
		if rec == nil {
			rec = &reconcile.FindingRecord{FirstRun: run.ID, FirstSeen: run.AsOf}
			l.findings[f.ID] = rec
		}
		changed := rec.HubSpot != f.HubSpot || rec.QuickBooks != f.QuickBooks || rec.Amount != f.Amount || rec.Message != f.Message
		state, event := reconcile.Advance(rec.State, true, changed, false)
		rec.Finding, rec.State, rec.LastRun, rec.LastSeen = f, state, run.ID, run.AsOf
		if event == reconcile.EventReopened {
			rec.Reopened++
			rec.ResolvedRun = 0
		}
		counts = counts.Plus(countOf(event))
	}
	return counts, nil
}

func (l *ledger) Unseen(ctx context.Context, run reconcile.Run, proof reconcile.Proof) (reconcile.FindingCounts, error) {
	if err := l.call(ctx, "Unseen %t", proof.Complete); err != nil {
		return reconcile.FindingCounts{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var counts reconcile.FindingCounts
	for _, rec := range l.findings {
		if rec.LastRun == run.ID {
			continue
		}
		if proof.Judged != nil && rec.Locus != "" && !proof.Judged[rec.Locus] {
			if rec.State != reconcile.FindingResolved && rec.LastRun >= proof.Since {
				rec.LastRun, rec.LastSeen = run.ID, run.AsOf
			}
			continue
		}
		state, event := reconcile.Advance(rec.State, false, false, proof.Holds(rec.Subject))
		rec.State = state
		if at, unjudged := proof.Unjudged[rec.Subject]; unjudged {
			rec.Locus = at
		}
		if event == reconcile.EventResolved {
			rec.ResolvedRun = run.ID
		}
		counts = counts.Plus(countOf(event))
	}
	return counts, nil
}

func countOf(event reconcile.EventKind) (c reconcile.FindingCounts) {
	switch event {
	case reconcile.EventOpened:
		c.Opened = 1
	case reconcile.EventChanged:
		c.Changed = 1
	case reconcile.EventReopened:
		c.Reopened = 1
	case reconcile.EventResolved:
		c.Resolved = 1
	}
	return c
}

func (l *ledger) FindingsOn(ctx context.Context, s reconcile.System, id, srcID string) ([]reconcile.FindingRecord, error) {
	if err := l.call(ctx, "FindingsOn %s %s", s, id); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	codes := reconcile.InvoiceCodes()
	var list []reconcile.FindingRecord
	for _, f := range l.findings {
		on := (f.System == s && f.Record == id) || (srcID != "" && f.System == reconcile.Both && f.Record == srcID)
		if on && f.State != reconcile.FindingResolved && slices.Contains(codes, f.Code) {
			list = append(list, *f)
		}
	}
	slices.SortFunc(list, func(a, b reconcile.FindingRecord) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

func (l *ledger) Tally(ctx context.Context) (open, accepted int, err error) {
	if err := l.call(ctx, "Tally"); err != nil {
		return 0, 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, rec := range l.findings {
		switch rec.State {
		case reconcile.FindingAccepted:
			accepted++
		case reconcile.FindingResolved:
		default:
			open++
		}
	}
	return open, accepted, nil
}

// list prints the findings, one a line, sorted: code, number, field, state.
func (l *ledger) list() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []string
	for _, rec := range l.findings {
		line := fmt.Sprintf("%s %s %s %s", rec.Code, rec.Number, rec.Field, rec.State)
		if rec.Reopened > 0 {
			line += fmt.Sprintf(" again %d", rec.Reopened)
		}
		out = append(out, line)
	}
	slices.Sort(out)
	return out
}
