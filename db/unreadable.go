package db

import (
	"context"
	"encoding/json"
	"fmt"

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

// storeUnreadable files what of a page could not be read.
func (r *Repo) storeUnreadable(ctx context.Context, tx bun.Tx, run reconcile.RunID, page reconcile.Page) (int, error) {
	sh := unreadableShelf(run, page.System, page.Object)
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
		f.content = hashOf(whole) // other bytes are another version
		list = append(list, f)
	}
	return storeObject(ctx, r, tx, sh, list)
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
