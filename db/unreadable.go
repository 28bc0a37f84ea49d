package db

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// An unreadableRow keeps the vendor's bytes apart from what is said of them.
type unreadableRow struct {
	bun.BaseModel `bun:"table:unreadables,alias:u"`
	version

	Object string
	Body   []byte
	Raw    []byte
}

// unreadableShelf is where the unreadable records of a pull are registered; a pull
// of invoices may bring some of other objects, such as line items.
func unreadableShelf(run reconcile.RunID, s reconcile.System, o reconcile.Object) shelf {
	return shelf{run: run, system: s, object: "unreadable " + string(o), table: "unreadables"}
}

// partOf is the id of the pulled record that an unreadable part belongs to.
func partOf(u *reconcile.Unreadable) string {
	if u.Of != "" {
		return u.Of
	}
	return u.ID
}

// pulledIDs are the ids of the page's records, those that could not be read among
// them.
func pulledIDs(page *reconcile.Page) []string {
	var ids []string
	for n := range page.Invoices {
		ids = append(ids, page.Invoices[n].ID)
	}
	for n := range page.Products {
		ids = append(ids, page.Products[n].ID)
	}
	for n := range page.Customers {
		ids = append(ids, page.Customers[n].ID)
	}
	for n := range page.TaxRates {
		ids = append(ids, page.TaxRates[n].ID)
	}
	for n := range page.Unreadable {
		ids = append(ids, partOf(&page.Unreadable[n]))
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// storeUnreadable files what of a page could not be read, and ends what could not be
// read before of the page's records and can be now.
func (r *Repo) storeUnreadable(ctx context.Context, tx bun.Tx, run reconcile.RunID, page reconcile.Page) (int, error) {
	sh := unreadableShelf(run, page.System, page.Object).by(page)
	list := make([]filing[unreadableRow], 0, len(page.Unreadable))
	for _, u := range page.Unreadable {
		whole, err := json.Marshal(u)
		if err != nil {
			return 0, fmt.Errorf("unreadable %s %s: %w", u.Object, u.ID, err)
		}
		raw := append([]byte{}, u.Raw...)
		u.Raw = nil
		f, err := newFiling(cut(u.Object+" "+u.ID+" "+u.Field), u, func(v version, body []byte) unreadableRow {
			return unreadableRow{version: v, Object: sh.object, Body: body, Raw: raw}
		})
		if err != nil {
			return 0, err
		}
		f.content, f.partOf = hashOf(whole), partOf(&u) // other bytes are another version
		list = append(list, f)
	}
	if err := r.endReadable(ctx, tx, sh, pulledIDs(&page), list); err != nil {
		return 0, err
	}
	if err := r.sightUnread(ctx, tx, shelfOf(run, page.System, page.Object).by(page), list); err != nil {
		return 0, err
	}
	return storeObject(ctx, r, tx, sh, list)
}

// endReadable ends what could not be read before of records that a page brings, but
// for what it brings again.
func (r *Repo) endReadable(ctx context.Context, tx bun.Tx, sh shelf, records []string, still []filing[unreadableRow]) error {
	if some, err := tx.NewSelect().Table("records").ApplyQueryBuilder(r.on(sh)).Exists(ctx); err != nil || !some {
		return err
	}
	again := make(map[string]bool, len(still))
	for _, f := range still {
		again[f.id] = true
	}
	for batch := range slices.Chunk(records, batchSize) {
		var parts []struct {
			ExternalID text
			Row        int64
		}
		err := tx.NewSelect().Table("records").Column("external_id", "row").ApplyQueryBuilder(r.on(sh)).
			Where("part_of <> '' AND part_of IN (?)", bun.List(convert(batch, func(id string) text { return text(id) }))).Scan(ctx, &parts)
		if err != nil {
			return fmt.Errorf("read unreadable parts: %w", err)
		}
		var rows []int64
		var ids []string
		for _, part := range parts {
			if !again[string(part.ExternalID)] {
				rows, ids = append(rows, part.Row), append(ids, string(part.ExternalID))
			}
		}
		if len(ids) == 0 {
			continue
		}
		if err := r.closeVersions(ctx, tx, sh, rows); err != nil {
			return err
		}
		for few := range slices.Chunk(ids, batchSize) { // a record may have many parts
			if _, err := tx.NewDelete().Table("records").ApplyQueryBuilder(r.on(sh)).ApplyQueryBuilder(named(few)).Exec(ctx); err != nil {
				return fmt.Errorf("forget unreadable parts: %w", err)
			}
		}
	}
	return nil
}

// sightUnread sights the records that the mirror has and that cannot be read now: they
// are not gone, and stay as they were read last.
func (r *Repo) sightUnread(ctx context.Context, tx bun.Tx, sh shelf, unread []filing[unreadableRow]) error {
	for batch := range slices.Chunk(unread, batchSize) {
		_, err := tx.NewUpdate().Table("records").Set("sighted_run = ?, missed_run = 0", sh.sighted).ApplyQueryBuilder(r.on(sh)).
			ApplyQueryBuilder(named(convert(batch, func(f filing[unreadableRow]) string { return f.partOf }))).Exec(ctx)
		if err != nil {
			return fmt.Errorf("sight unreadable records: %w", err)
		}
	}
	return nil
}

// Unreadable returns the records of both systems that cannot be read now, with
// the vendors' bytes.
func (r *Repo) Unreadable(ctx context.Context) ([]reconcile.Unreadable, error) {
	var rows []unreadableRow
	err := r.db.read.NewSelect().Model(&rows).Where("workspace = ? AND to_run IS NULL", r.ws).
		Order("system", "object", "external_id", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read unreadable records: %w", err)
	}
	list := make([]reconcile.Unreadable, len(rows))
	for n, row := range rows {
		if list[n], err = decode[reconcile.Unreadable](row.Body); err != nil {
			return nil, fmt.Errorf("read unreadable record %s: %w", row.ExternalID, err)
		}
		list[n].Raw = row.Raw
	}
	return list, nil
}
