package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// batchSize is how many rows one statement carries.
const batchSize = 500

// A recordRow is what the registry knows of a vendor's record.
type recordRow struct {
	bun.BaseModel `bun:"table:records,alias:r"`

	Workspace  int64 `bun:"workspace,pk"`
	System     int16 `bun:"system,pk"`
	Object     string
	ExternalID text
	Content    []byte
	Filed      []byte
	SightedRun reconcile.RunID
}

// A version is what the versions of all mirrored records have in common. to_run
// is set by closing them and read by nobody.
type version struct {
	ID         int64 `bun:"id,pk,autoincrement"`
	Workspace  int64
	System     int16
	ExternalID text
	FromRun    reconcile.RunID
}

// A shelf is where the records of one object of one system are kept, as one run
// finds them.
type shelf struct {
	run      reconcile.RunID
	system   reconcile.System
	object   string
	table    string
	byObject bool // object is part of the table's key
}

func shelfOf(run reconcile.RunID, s reconcile.System, o reconcile.Object) shelf {
	sh := shelf{run: run, system: s, object: string(o), table: string(o)}
	if o == reconcile.ObjectCustomers || o == reconcile.ObjectCompanies {
		sh.table, sh.byObject = "customers", true
	}
	return sh
}

// A filing is a record on its way into the mirror: its id, hashes of what it says
// and of what is stored beside that, and its row, made only when it is needed.
type filing[T any] struct {
	id      string
	content []byte
	filed   []byte
	row     func(version) T
}

// hashOf is the hash by which a record counts as unchanged.
func hashOf(body []byte) []byte {
	sum := sha256.Sum256(body)
	return sum[:16]
}

// newFiling marshals a noun. The nouns of package reconcile always marshal, and
// always to the same bytes.
func newFiling[T any](id string, noun any, row func(v version, body []byte) T) (filing[T], error) {
	body, err := json.Marshal(noun)
	if err != nil {
		return filing[T]{}, fmt.Errorf("record %s: %w", id, err)
	}
	return filing[T]{id: id, content: hashOf(body), row: func(v version) T { return row(v, body) }}, nil
}

// A shelved batch says what has become of a batch of filings.
type shelved[T any] struct {
	changed int         // new or changed
	refiled []filing[T] // the same record with something else beside it
}

// shelve files a page: it sights all its records and gives the new and changed
// ones a new version.
func shelve[T any](ctx context.Context, r *Repo, tx bun.Tx, sh shelf, page []filing[T]) (shelved[T], error) {
	var all shelved[T]
	for batch := range slices.Chunk(distinct(page), batchSize) {
		known, err := r.known(ctx, tx, sh, convert(batch, func(f filing[T]) text { return text(f.id) }))
		if err != nil {
			return all, err
		}
		var rows []T
		var changed []text
		for _, f := range batch {
			before, found := known[f.id]
			switch {
			case found && bytes.Equal(before.Content, f.content):
				if !bytes.Equal(before.Filed, f.filed) {
					all.refiled = append(all.refiled, f)
				}
				continue
			case found:
				changed = append(changed, text(f.id))
			}
			rows = append(rows, f.row(version{Workspace: r.ws, System: code(sh.system), ExternalID: text(f.id), FromRun: sh.run}))
		}
		all.changed += len(rows)
		if err := r.closeVersions(ctx, tx, sh, changed); err != nil {
			return all, err
		}
		if err := insert(ctx, tx, rows); err != nil {
			return all, err
		}
		if err := sight(ctx, r, tx, sh, batch); err != nil {
			return all, err
		}
	}
	return all, nil
}

// storeObject is shelve for records that have nothing beside them. It returns how
// many were new or changed.
func storeObject[T any](ctx context.Context, r *Repo, tx bun.Tx, sh shelf, page []filing[T]) (int, error) {
	done, err := shelve(ctx, r, tx, sh, page)
	return done.changed, err
}

// known reads the registry.
func (r *Repo) known(ctx context.Context, tx bun.Tx, sh shelf, ids []text) (map[string]recordRow, error) {
	var rows []recordRow
	err := tx.NewSelect().Model(&rows).Column("external_id", "content", "filed").
		Where("workspace = ? AND system = ? AND object = ?", r.ws, code(sh.system), sh.object).
		Where("external_id IN (?)", bun.List(ids)).Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("read registry: %w", err)
	}
	known := make(map[string]recordRow, len(rows))
	for _, row := range rows {
		known[string(row.ExternalID)] = row
	}
	return known, nil
}

// sight writes the registry.
func sight[T any](ctx context.Context, r *Repo, tx bun.Tx, sh shelf, batch []filing[T]) error {
	rows := convert(batch, func(f filing[T]) recordRow {
		return recordRow{Workspace: r.ws, System: code(sh.system), Object: sh.object, ExternalID: text(f.id),
			Content: f.content, Filed: append([]byte{}, f.filed...), SightedRun: sh.run}
	})
	_, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (workspace, system, object, external_id) DO UPDATE").
		Set("content = EXCLUDED.content, filed = EXCLUDED.filed, sighted_run = EXCLUDED.sighted_run").
		Returning("NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("write registry: %w", err)
	}
	return nil
}

// closeVersions ends the current versions of records.
func (r *Repo) closeVersions(ctx context.Context, tx bun.Tx, sh shelf, ids []text) error {
	if len(ids) == 0 {
		return nil
	}
	if _, err := r.closing(tx, sh).Where("external_id IN (?)", bun.List(ids)).Exec(ctx); err != nil {
		return fmt.Errorf("close versions: %w", err)
	}
	return nil
}

func (r *Repo) closing(tx bun.Tx, sh shelf) *bun.UpdateQuery {
	q := tx.NewUpdate().Table(sh.table).Set("to_run = ?", sh.run).
		Where("workspace = ? AND system = ? AND to_run IS NULL", r.ws, code(sh.system))
	if sh.byObject {
		q = q.Where("object = ?", sh.object)
	}
	return q
}

// CloseUnsighted ends the current version of the object's records that the run
// has not sighted, forgets them in the registry, and returns how many there were.
// What could not be read of the object is closed with them and not counted. Only
// a complete pull may call it.
func (r *Repo) CloseUnsighted(ctx context.Context, run reconcile.RunID, s reconcile.System, o reconcile.Object) (int, error) {
	if !slices.Contains(reconcile.Objects(s), o) {
		return 0, fmt.Errorf("close unsighted %s %s: no such object", s, o)
	}
	var closed int
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := r.closeShelf(ctx, tx, unreadableShelf(run, s, o))
		if err != nil {
			return err
		}
		closed, err = r.closeShelf(ctx, tx, shelfOf(run, s, o))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("close unsighted %s %s, run %d: %w", s, o, run, err)
	}
	return closed, nil
}

func (r *Repo) closeShelf(ctx context.Context, tx bun.Tx, sh shelf) (int, error) {
	unsighted := tx.NewSelect().Table("records").Column("external_id").
		Where("workspace = ? AND system = ? AND object = ? AND sighted_run <> ?", r.ws, code(sh.system), sh.object, sh.run)
	if _, err := r.closing(tx, sh).Where("external_id IN (?)", unsighted).Exec(ctx); err != nil {
		return 0, err
	}
	result, err := tx.NewDelete().Table("records").
		Where("workspace = ? AND system = ? AND object = ? AND sighted_run <> ?", r.ws, code(sh.system), sh.object, sh.run).Exec(ctx)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// insert writes new versions; the database gives them their ids.
func insert[T any](ctx context.Context, tx bun.Tx, rows []T) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := tx.NewInsert().Model(&rows).ExcludeColumn("id").Returning("NULL").Exec(ctx); err != nil {
		return fmt.Errorf("insert versions: %w", err)
	}
	return nil
}

// distinct keeps the last filing of each record.
func distinct[T any](page []filing[T]) []filing[T] {
	at := make(map[string]int, len(page))
	kept := make([]filing[T], 0, len(page))
	for _, f := range page {
		if n, again := at[f.id]; again {
			kept[n] = f
			continue
		}
		at[f.id] = len(kept)
		kept = append(kept, f)
	}
	return kept
}
