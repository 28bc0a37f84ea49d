package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// findingColumns are a finding as it stands, or stood after an event. body holds
// all that it says; the other columns are what it is found by, and its life.
type findingColumns struct {
	ID          text `bun:"id"`
	Code        text
	Severity    int16
	State       string
	System      string
	Record      key
	Number      key
	Field       text
	Customer    key
	RootCause   key
	SKU         key `bun:"sku"`
	PairKey     key
	Currency    text
	Amount      int64
	Invoices    int
	InvoiceDate int32
	FirstRun    reconcile.RunID
	LastRun     reconcile.RunID
	FirstSeen   int64
	LastSeen    int64
	ResolvedRun reconcile.RunID
	ResolvedAt  int64
	Reopened    int
	Body        []byte
}

type findingRow struct {
	bun.BaseModel `bun:"table:findings,alias:f"`

	Workspace int64
	findingColumns
}

// A locatedRow is a finding with where it arises, which only runs read and write.
type locatedRow struct {
	bun.BaseModel `bun:"table:findings,alias:f"`

	Workspace int64
	Locus     place
	findingColumns
}

// severities in the order of the numbers that stand for them, from 1 on.
var severities = []reconcile.Severity{reconcile.High, reconcile.Medium, reconcile.Low}

func severityCode(s reconcile.Severity) int16 { return int16(slices.Index(severities, s) + 1) }

func columnsOfFinding(rec reconcile.FindingRecord) (findingColumns, error) {
	body, err := json.Marshal(rec.Finding)
	if err != nil {
		return findingColumns{}, fmt.Errorf("finding %s: %w", rec.ID, err)
	}
	return findingColumns{
		ID: text(rec.ID), Code: text(rec.Code), Severity: severityCode(rec.Severity), State: string(rec.State), System: string(rec.System),
		Record: key(rec.Record), Number: key(rec.Number), Field: text(rec.Field), Customer: key(rec.Customer), RootCause: key(rec.RootCause),
		SKU: key(rec.SKU()), PairKey: key(rec.PairKey()), Currency: text(rec.Amount.Currency), Amount: rec.Amount.Minor, Invoices: rec.Invoices,
		InvoiceDate: rec.Date.Days(), FirstRun: rec.FirstRun, LastRun: rec.LastRun, FirstSeen: micros(rec.FirstSeen), LastSeen: micros(rec.LastSeen),
		ResolvedRun: rec.ResolvedRun, ResolvedAt: micros(rec.ResolvedAt), Reopened: rec.Reopened, Body: body,
	}, nil
}

func (c *findingColumns) record() (reconcile.FindingRecord, error) {
	rec := reconcile.FindingRecord{
		State: reconcile.FindingState(c.State), FirstRun: c.FirstRun, LastRun: c.LastRun, FirstSeen: instant(c.FirstSeen), LastSeen: instant(c.LastSeen),
		ResolvedRun: c.ResolvedRun, ResolvedAt: instant(c.ResolvedAt), Reopened: c.Reopened,
	}
	if err := json.Unmarshal(c.Body, &rec.Finding); err != nil {
		return rec, fmt.Errorf("finding %s: %w", c.ID, err)
	}
	return rec, nil
}

// See records that a run saw these findings, and what reconcile.Advance makes of
// it. A finding counts as changed when its values, its amount, its message or its
// effects differ. All of it is one commit.
func (r *Repo) See(ctx context.Context, run reconcile.Run, findings []reconcile.Finding) (reconcile.FindingCounts, error) {
	var counts reconcile.FindingCounts
	err := r.during(ctx, run.ID, func(ctx context.Context, tx bun.Tx) error {
		counts = reconcile.FindingCounts{}
		for batch := range slices.Chunk(distinctFindings(findings), batchSize) {
			c, err := r.see(ctx, tx, run, batch)
			if err != nil {
				return err
			}
			counts = counts.Plus(c)
		}
		return nil
	})
	if err != nil {
		return reconcile.FindingCounts{}, fmt.Errorf("see %d findings, run %d: %w", len(findings), run.ID, err)
	}
	r.db.grow(counts.Opened, "findings", "finding_events")
	return counts, nil
}

func (r *Repo) see(ctx context.Context, tx bun.Tx, run reconcile.Run, batch []reconcile.Finding) (reconcile.FindingCounts, error) {
	j := journal{repo: r, run: run}
	before, err := r.stored(ctx, tx, convert(batch, func(f reconcile.Finding) text { return text(f.ID) }))
	if err != nil {
		return j.counts, err
	}
	for _, f := range batch {
		if err := j.saw(before[f.ID], f); err != nil {
			return j.counts, err
		}
	}
	return j.counts, j.write(ctx, tx)
}

// stored reads findings as they stand.
func (r *Repo) stored(ctx context.Context, tx bun.Tx, ids []text) (map[reconcile.FindingID]reconcile.FindingRecord, error) {
	var rows []locatedRow
	if err := tx.NewSelect().Model(&rows).Where("workspace = ? AND id IN (?)", r.ws, bun.List(ids)).Scan(ctx); err != nil {
		return nil, err
	}
	stored := make(map[reconcile.FindingID]reconcile.FindingRecord, len(rows))
	for n := range rows {
		rec, err := rows[n].record()
		if err != nil {
			return nil, err
		}
		rec.Locus = reconcile.Locus(rows[n].Locus)
		stored[rec.ID] = rec
	}
	return stored, nil
}

// Unseen advances the findings that the run did not see at the loci that it judged:
// those for which the proof holds are resolved, the others stay as they are. What
// stands at other loci stands on.
func (r *Repo) Unseen(ctx context.Context, run reconcile.Run, proof reconcile.Proof) (reconcile.FindingCounts, error) {
	var counts reconcile.FindingCounts
	err := r.during(ctx, run.ID, func(ctx context.Context, tx bun.Tx) error {
		j := journal{repo: r, run: run}
		var left []text
		advance := func(rows []locatedRow) error {
			for n := range rows {
				before := j.counts
				if err := j.missed(&rows[n], proof); err != nil {
					return err
				}
				if j.counts == before {
					left = append(left, rows[n].ID)
				}
			}
			err := j.write(ctx, tx)
			j.rows, j.events = nil, nil
			return err
		}
		var err error
		if proof.Judged == nil {
			err = r.unseen(ctx, tx, run.ID, advance)
		} else {
			err = r.unseenAt(ctx, tx, run.ID, proof.Judged, advance)
		}
		if err == nil && proof.Judged != nil {
			err = r.standOn(ctx, tx, run, proof.Since, left)
		}
		counts = j.counts
		return err
	})
	if err != nil {
		return reconcile.FindingCounts{}, fmt.Errorf("advance unseen findings, run %d: %w", run.ID, err)
	}
	return counts, r.db.analyze(ctx)
}

// unseen passes on all unresolved findings that a run did not see.
func (r *Repo) unseen(ctx context.Context, tx bun.Tx, run reconcile.RunID, advance func([]locatedRow) error) error {
	after := text("")
	for {
		var rows []locatedRow
		err := tx.NewSelect().Model(&rows).
			Where("workspace = ? AND id > ? AND state <> 'RESOLVED' AND last_run <> ?", r.ws, after, run).
			Order("id").Limit(batchSize).Scan(ctx)
		if err != nil {
			return err
		}
		if err := advance(rows); err != nil || len(rows) < batchSize {
			return err
		}
		after = rows[len(rows)-1].ID
	}
}

// unseenAt is unseen for those at some loci, and at the one that is always judged.
func (r *Repo) unseenAt(ctx context.Context, tx bun.Tx, run reconcile.RunID, judged map[reconcile.Locus]bool, advance func([]locatedRow) error) error {
	loci := []place{""}
	for l := range judged {
		loci = append(loci, placeOf(l))
	}
	slices.Sort(loci)
	for batch := range slices.Chunk(loci, batchSize) {
		var rows []locatedRow
		err := tx.NewSelect().Model(&rows).ModelTableExpr("findings AS f ?", r.db.by("findings_locus")).
			Where("workspace = ? AND locus IN (?) AND state <> 'RESOLVED' AND last_run <> ?", r.ws, bun.List(batch), run).Scan(ctx)
		if err != nil {
			return err
		}
		if err := advance(rows); err != nil {
			return err
		}
	}
	return nil
}

// standOn notes that the findings which the last comparison saw stand in this run
// too, but for those that are left.
func (r *Repo) standOn(ctx context.Context, tx bun.Tx, run reconcile.Run, since reconcile.RunID, left []text) error {
	q := tx.NewUpdate().Table("findings").Set("last_run = ?, last_seen = ?", run.ID, micros(run.AsOf)).
		Where("workspace = ? AND state <> 'RESOLVED' AND last_run >= ? AND last_run <> ?", r.ws, since, run.ID)
	if len(left) > 0 {
		q = q.Where("id NOT IN (?)", bun.List(left))
	}
	if _, err := q.Exec(ctx); err != nil {
		return fmt.Errorf("findings that stand on: %w", err)
	}
	return nil
}

// Tally returns how many findings are open, in any state that is neither, and
// accepted.
func (r *Repo) Tally(ctx context.Context) (open, accepted int, err error) {
	var rows []struct {
		State string
		Count int
	}
	err = r.db.read.NewSelect().TableExpr("findings ?", r.db.by("findings_standing")).ColumnExpr("state, count(*) AS count").
		Where("workspace = ? AND state <> 'RESOLVED'", r.ws).Group("state").Scan(ctx, &rows)
	if err != nil {
		return 0, 0, fmt.Errorf("tally findings: %w", err)
	}
	for _, row := range rows {
		if row.State == string(reconcile.FindingAccepted) {
			accepted = row.Count
		} else {
			open += row.Count
		}
	}
	return open, accepted, nil
}

// distinctFindings keeps the last of each id.
func distinctFindings(list []reconcile.Finding) []reconcile.Finding {
	return lastOfEach(list, func(f reconcile.Finding) reconcile.FindingID { return f.ID })
}

// differ reports whether a finding says something else than before. Effects are
// compared as they are stored.
func differ(a, b reconcile.Finding) bool {
	if a.HubSpot != b.HubSpot || a.QuickBooks != b.QuickBooks || a.Amount != b.Amount || a.Message != b.Message {
		return true
	}
	return !slices.Equal(a.Effects, b.Effects)
}
