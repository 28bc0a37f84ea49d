package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// A GroupBy is what the findings of a group have in common.
type GroupBy string

// What findings are grouped by. Findings that are about no SKU or no customer are
// in no group of that kind.
const (
	ByRootCause GroupBy = "root_cause"
	BySKU       GroupBy = "sku"
	ByCustomer  GroupBy = "customer"
	ByCode      GroupBy = "code"
)

type groupRow struct {
	GroupKey text
	Currency text
	Findings int
	Oldest   int64
	Unsynced int // findings of unsynced invoices
	// Invoices and Amount are those of findings that block invoices, Rest is the
	// amount of all others.
	Invoices int
	Amount   int64
	Rest     int64
}

// FindingGroups groups the findings that a query leaves, the groups with most
// findings first, at most Limit of them; Sort and After do not count.
func (r *Repo) FindingGroups(ctx context.Context, by GroupBy, q FindingQuery) ([]reconcile.FindingGroup, error) {
	groups, err := r.findingGroups(ctx, by, q)
	if err != nil {
		return nil, fmt.Errorf("group findings by %s: %w", by, err)
	}
	return groups, nil
}

func (r *Repo) findingGroups(ctx context.Context, by GroupBy, q FindingQuery) ([]reconcile.FindingGroup, error) {
	if !slices.Contains([]GroupBy{ByRootCause, BySKU, ByCustomer, ByCode}, by) {
		return nil, errors.New("want root_cause, sku, customer or code")
	}
	column := bun.Ident("f." + string(by))
	grouped := func(query *bun.SelectQuery) error {
		if by == BySKU || by == ByCustomer {
			query.Where("? <> ''", column)
		}
		return r.scope(ctx, query, q)
	}
	var rows []groupRow
	query := r.db.read.NewSelect().Model((*findingRow)(nil)).ColumnExpr("? AS group_key, f.currency", column).
		ColumnExpr("count(*) AS findings, min(f.first_seen) AS oldest").
		ColumnExpr("count(CASE WHEN f.code IN (?) THEN 1 END) AS unsynced", bun.List(unsynced)).
		ColumnExpr("CAST(sum(f.invoices) AS bigint) AS invoices").
		ColumnExpr("CAST(sum(CASE WHEN f.code IN (?) THEN f.amount ELSE 0 END) AS bigint) AS amount", bun.List(reconcile.BlockingCodes())).
		ColumnExpr("CAST(sum(CASE WHEN f.code IN (?) THEN 0 ELSE f.amount END) AS bigint) AS rest", bun.List(reconcile.BlockingCodes())).
		GroupExpr("?, f.currency", column).OrderExpr("1, 2")
	if err := grouped(query); err != nil {
		return nil, err
	}
	if err := query.Scan(ctx, &rows); err != nil {
		return nil, err
	}
	groups := groupsOf(rows)
	if most := int(limit(q.Limit, usualFindings)); len(groups) > most {
		groups = groups[:most]
	}
	return groups, r.sample(ctx, groups, column, grouped)
}

// unsynced are the codes with a finding for each unsynced invoice.
var unsynced = []reconcile.Code{reconcile.InvoiceOnlyInSource, reconcile.InvoiceOnlyInDestination}

// groupsOf joins the rows of a group, one per currency, and puts the groups in order.
func groupsOf(rows []groupRow) []reconcile.FindingGroup {
	var groups []reconcile.FindingGroup
	for from := 0; from < len(rows); { // by key
		to := from + 1
		for to < len(rows) && rows[to].GroupKey == rows[from].GroupKey {
			to++
		}
		groups = append(groups, groupOf(rows[from:to]))
		from = to
	}
	slices.SortStableFunc(groups, func(a, b reconcile.FindingGroup) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(b.Invoices, a.Invoices), cmp.Compare(a.Key, b.Key))
	})
	return groups
}

// groupOf joins the rows of one group. Where the unsynced invoices themselves are in
// it, what blocks them adds no money and no invoices: both would count twice.
func groupOf(rows []groupRow) reconcile.FindingGroup {
	g := reconcile.FindingGroup{Key: string(rows[0].GroupKey), Oldest: instant(rows[0].Oldest)}
	alone := 0
	for _, row := range rows {
		alone += row.Unsynced
	}
	for _, row := range rows {
		g.Findings += row.Findings
		if oldest := instant(row.Oldest); oldest.Before(g.Oldest) {
			g.Oldest = oldest
		}
		amount := row.Rest
		if alone == 0 {
			g.Invoices += row.Invoices
			amount += row.Amount
		}
		if amount != 0 {
			g.Amounts = append(g.Amounts, reconcile.Money{Minor: amount, Currency: string(row.Currency)})
		}
	}
	if alone > 0 {
		g.Invoices = alone
	}
	slices.SortFunc(g.Amounts, func(a, b reconcile.Money) int {
		return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(a.Currency, b.Currency))
	})
	return g
}

// sample adds to each group its finding with the most money at stake.
func (r *Repo) sample(ctx context.Context, groups []reconcile.FindingGroup, column bun.Ident, grouped func(*bun.SelectQuery) error) error {
	at := make(map[key]int, len(groups))
	keys := make([]key, len(groups))
	for n, g := range groups {
		keys[n] = key(g.Key)
		at[keys[n]] = n
	}
	for batch := range slices.Chunk(keys, batchSize) {
		ranked := r.db.read.NewSelect().Model((*findingRow)(nil)).ColumnExpr("f.*, ? AS group_key", column).
			ColumnExpr("row_number() OVER (PARTITION BY ? ORDER BY f.amount DESC, f.severity, f.id) AS place", column).
			Where("? IN (?)", column, bun.List(batch))
		if err := grouped(ranked); err != nil {
			return err
		}
		query := r.db.read.NewSelect().TableExpr("(?) AS g", ranked).Where("place = 1")
		var samples []sampleRow
		if err := query.Scan(ctx, &samples); err != nil {
			return err
		}
		for n := range samples {
			rec, err := samples[n].record()
			if err != nil {
				return err
			}
			groups[at[samples[n].GroupKey]].Sample = rec
		}
	}
	return nil
}

type sampleRow struct {
	findingColumns
	GroupKey  key
	Workspace int64
	Locus     place
	Place     int
}
