package db

import (
	"bytes"
	"context"
	"fmt"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// An eventRow is something that happened to a finding, with the finding as it
// stood afterwards.
type eventRow struct {
	bun.BaseModel `bun:"table:finding_events,alias:e"`

	Seq       int64 `bun:"seq,pk,autoincrement"`
	Workspace int64
	Run       reconcile.RunID
	Kind      string
	At        int64
	Actor     text
	findingColumns
}

// A journal collects what a run does to a batch of findings until it is written.
type journal struct {
	repo   *Repo
	run    reconcile.Run
	counts reconcile.FindingCounts

	rows   []locatedRow
	events []eventRow
	same   []text // seen as they were
}

// saw advances a finding that the run saw. before is empty for a new one.
func (j *journal) saw(before reconcile.FindingRecord, f reconcile.Finding) error {
	state, event := reconcile.Advance(before.State, true, differ(before.Finding, f), false)
	after := before
	after.Finding, after.State = f, state
	after.LastRun, after.LastSeen = j.run.ID, j.run.AsOf
	if before.State == "" {
		after.FirstRun, after.FirstSeen = j.run.ID, j.run.AsOf
	}
	if event == reconcile.EventReopened {
		after.Reopened++
		after.ResolvedRun, after.ResolvedAt = 0, instant(0)
	}
	return j.add(before, after, event)
}

// missed advances a finding that the run did not see.
func (j *journal) missed(row *locatedRow, proof reconcile.Proof) error {
	before, err := row.record()
	if err != nil {
		return err
	}
	before.Locus = reconcile.Locus(row.Locus)
	state, event := reconcile.Advance(before.State, false, false, proof.Holds(before.Subject))
	after := before
	after.State = state
	if at, unjudged := proof.Unjudged[before.Subject]; unjudged {
		after.Locus = at
	}
	if event == "" && after.Locus == before.Locus {
		return nil
	}
	if event == reconcile.EventResolved {
		after.ResolvedRun, after.ResolvedAt = j.run.ID, j.run.AsOf
	}
	return j.add(before, after, event)
}

// add notes a finding's new state. Without an event it is stored too where it
// says something new, but its history stays as it is.
func (j *journal) add(before, after reconcile.FindingRecord, event reconcile.EventKind) error {
	columns, err := columnsOfFinding(after)
	if err != nil {
		return err
	}
	if event == "" {
		was, err := columnsOfFinding(before)
		if err != nil {
			return err
		}
		if bytes.Equal(was.Body, columns.Body) && before.State == after.State && before.Locus == after.Locus {
			j.same = append(j.same, columns.ID)
			return nil
		}
	}
	j.rows = append(j.rows, locatedRow{Workspace: j.repo.ws, Locus: placeOf(after.Locus), findingColumns: columns})
	if event == "" {
		return nil
	}
	j.events = append(j.events, eventRow{
		Workspace: j.repo.ws, Run: j.run.ID, Kind: string(event), At: micros(j.run.AsOf), Actor: text(j.repo.actor), findingColumns: columns,
	})
	j.count(event)
	return nil
}

func (j *journal) count(event reconcile.EventKind) {
	switch event {
	case reconcile.EventOpened:
		j.counts.Opened++
	case reconcile.EventChanged:
		j.counts.Changed++
	case reconcile.EventReopened:
		j.counts.Reopened++
	case reconcile.EventResolved:
		j.counts.Resolved++
	}
}

func (j *journal) write(ctx context.Context, tx bun.Tx) error {
	if len(j.same) > 0 {
		_, err := tx.NewUpdate().Table("findings").Set("last_run = ?, last_seen = ?", j.run.ID, micros(j.run.AsOf)).
			Where("workspace = ? AND id IN (?)", j.repo.ws, bun.List(j.same)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("sight findings: %w", err)
		}
	}
	if len(j.rows) > 0 {
		_, err := tx.NewInsert().Model(&j.rows).On("CONFLICT (workspace, id) DO UPDATE").Set(findingUpsert).Returning("NULL").Exec(ctx)
		if err != nil {
			return fmt.Errorf("write findings: %w", err)
		}
	}
	if len(j.events) > 0 {
		if _, err := tx.NewInsert().Model(&j.events).ExcludeColumn("seq").Returning("NULL").Exec(ctx); err != nil {
			return fmt.Errorf("write finding events: %w", err)
		}
	}
	return nil
}

const findingUpsert = `code = EXCLUDED.code, severity = EXCLUDED.severity, state = EXCLUDED.state, system = EXCLUDED.system,
	record = EXCLUDED.record, number = EXCLUDED.number, field = EXCLUDED.field, customer = EXCLUDED.customer,
	root_cause = EXCLUDED.root_cause, sku = EXCLUDED.sku, pair_key = EXCLUDED.pair_key, currency = EXCLUDED.currency, amount = EXCLUDED.amount,
	invoices = EXCLUDED.invoices, invoice_date = EXCLUDED.invoice_date, first_run = EXCLUDED.first_run, last_run = EXCLUDED.last_run,
	first_seen = EXCLUDED.first_seen, last_seen = EXCLUDED.last_seen, resolved_run = EXCLUDED.resolved_run,
	resolved_at = EXCLUDED.resolved_at, reopened = EXCLUDED.reopened, body = EXCLUDED.body, locus = EXCLUDED.locus`

// FindingEvents returns what happened to a finding, oldest first. A finding that
// does not exist is reconcile.ErrNotFound.
func (r *Repo) FindingEvents(ctx context.Context, id reconcile.FindingID) ([]reconcile.FindingEvent, error) {
	var rows []eventRow
	err := r.db.read.NewSelect().Model(&rows).Column("seq", "run", "kind", "at", "actor", "id", "body").
		Where("workspace = ? AND id = ?", r.ws, text(id)).Order("seq").Scan(ctx)
	if err == nil && len(rows) == 0 {
		err = reconcile.ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("events of finding %s: %w", id, err)
	}
	list := make([]reconcile.FindingEvent, len(rows))
	for n := range rows {
		row := &rows[n]
		f, err := row.record()
		if err != nil {
			return nil, fmt.Errorf("events of finding %s: %w", id, err)
		}
		list[n] = reconcile.FindingEvent{
			Finding: f.ID, Run: row.Run, Kind: reconcile.EventKind(row.Kind), At: instant(row.At), Actor: reconcile.Actor(row.Actor),
			HubSpot: f.HubSpot, QuickBooks: f.QuickBooks,
		}
	}
	return list, nil
}
