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
	Invoices int
	Amount   int64
	Oldest   int64
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
		ColumnExpr("count(*) AS findings, CAST(sum(f.invoices) AS bigint) AS invoices, CAST(sum(f.amount) AS bigint) AS amount, min(f.first_seen) AS oldest").
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

// groupsOf joins the rows of a group, one per currency, and puts the groups in order.
func groupsOf(rows []groupRow) []reconcile.FindingGroup {
	var groups []reconcile.FindingGroup
	for _, row := range rows { // by key
		if n := len(groups); n == 0 || groups[n-1].Key != string(row.GroupKey) {
			groups = append(groups, reconcile.FindingGroup{Key: string(row.GroupKey), Oldest: instant(row.Oldest)})
		}
		g := &groups[len(groups)-1]
		g.Findings += row.Findings
		g.Invoices += row.Invoices
		if oldest := instant(row.Oldest); oldest.Before(g.Oldest) {
			g.Oldest = oldest
		}
		if row.Amount != 0 {
			g.Amounts = append(g.Amounts, reconcile.Money{Minor: row.Amount, Currency: string(row.Currency)})
		}
	}
	for n := range groups {
		slices.SortFunc(groups[n].Amounts, func(a, b reconcile.Money) int {
			return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(a.Currency, b.Currency))
		})
	}
	slices.SortStableFunc(groups, func(a, b reconcile.FindingGroup) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(b.Invoices, a.Invoices), cmp.Compare(a.Key, b.Key))
	})
	return groups
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
	Place     int
}
