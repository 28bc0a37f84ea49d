package db

import (
	"context"
	"fmt"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// mostOnPair is how many findings of a pair are returned.
const mostOnPair = 50

// FindingsOnPairs returns the unresolved findings on product or customer pairs, by the
// pairs' names, those with the most at stake first and at most 50 of each pair. The
// family, FamilySKU or FamilyCustomer, says of which of the two.
func (r *Repo) FindingsOnPairs(ctx context.Context, family reconcile.Family, names []string) (map[string][]reconcile.FindingRecord, error) {
	by := make(map[string][]reconcile.FindingRecord, len(names))
	ranked := r.onPairs(family, names).ColumnExpr("f.*").
		ColumnExpr("row_number() OVER (PARTITION BY f.pair_key ORDER BY f.severity, f.amount DESC, f.id) AS place")
	var rows []struct {
		findingColumns
		Workspace int64
		Locus     place
		Place     int
	}
	err := r.db.read.NewSelect().TableExpr("(?) AS g", ranked).Where("place <= ?", mostOnPair).Order("pair_key", "place").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("findings on %d pairs: %w", len(names), err)
	}
	for n := range rows {
		rec, err := rows[n].record()
		if err != nil {
			return nil, fmt.Errorf("findings on %d pairs: %w", len(names), err)
		}
		by[rec.PairKey()] = append(by[rec.PairKey()], rec)
	}
	return by, nil
}

// TallyPairs adds up the unresolved findings on pairs, by the pairs' names. A pair
// without findings has no tally.
func (r *Repo) TallyPairs(ctx context.Context, family reconcile.Family, names []string) (map[string]reconcile.PairTally, error) {
	var rows []struct {
		PairKey  key
		Currency text
		Findings int
		Invoices int
		Amount   int64
	}
	err := r.onPairs(family, names).ColumnExpr("f.pair_key, f.currency, count(*) AS findings").
		ColumnExpr("CAST(sum(f.invoices) AS bigint) AS invoices, CAST(sum(f.amount) AS bigint) AS amount").
		GroupExpr("f.pair_key, f.currency").OrderExpr("f.pair_key, f.currency").Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("tally findings on %d pairs: %w", len(names), err)
	}
	stored := make(map[key]string, len(names))
	for _, name := range names {
		stored[key(cut(name))] = name
	}
	by := make(map[string]reconcile.PairTally, len(names))
	for _, row := range rows {
		t := by[stored[row.PairKey]]
		t.Findings += row.Findings
		t.Invoices += row.Invoices
		if row.Amount != 0 {
			t.Amounts = append(t.Amounts, reconcile.Money{Minor: row.Amount, Currency: string(row.Currency)})
		}
		by[stored[row.PairKey]] = t
	}
	return by, nil
}

// onPairs asks for the unresolved findings on pairs.
func (r *Repo) onPairs(family reconcile.Family, names []string) *bun.SelectQuery {
	return r.db.read.NewSelect().Model((*findingRow)(nil)).
		Where("f.workspace = ? AND f.pair_key <> '' AND f.state <> 'RESOLVED'", r.ws).
		Where("f.pair_key IN (?) AND f.code IN (?)", bun.List(convert(names, func(s string) key { return key(s) })), bun.List(reconcile.FamilyCodes(family)))
}
