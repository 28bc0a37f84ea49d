package db

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
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
	Mark       []byte
	Row        int64 // of the current version
	SightedRun reconcile.RunID
	MissedRun  reconcile.RunID
	PartOf     text
}

// A version is what the versions of all mirrored records have in common. to_run
// is set by closing them and read by what looks at an earlier run.
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
	run     reconcile.RunID
	sighted reconcile.RunID // in which the pull of everything began that brings records; 0: a pull of changes does
	system  reconcile.System
	object  string
	table   string
}

func shelfOf(run reconcile.RunID, s reconcile.System, o reconcile.Object) shelf {
	sh := shelf{run: run, system: s, object: string(o), table: string(o)}
	if o == reconcile.ObjectCustomers || o == reconcile.ObjectCompanies {
		sh.table = "customers"
	}
	return sh
}

// by is the shelf as a page finds it.
func (sh shelf) by(page reconcile.Page) shelf {
	if page.Pull != nil {
		sh.sighted = page.Pull.Run
	}
	return sh
}

// A filing is a record on its way into the mirror: its id, hashes of what it says
// and of what is stored beside that, and its row, made only when it is needed. The
// registry's mark is both hashes in a row.
type filing[T any] struct {
	id      string
	content []byte
	filed   []byte
	row     func(version) T
	partOf  string // of what could not be read: the record that it belongs to
	at      int64  // the row that it has, where only filed differs
}

// hashOf is the hash by which a record counts as unchanged.
func hashOf(body []byte) []byte {
	sum := sha256.Sum256(body)
	return sum[:16]
}

func (f *filing[T]) mark() []byte {
	return append(f.content[:len(f.content):len(f.content)], f.filed...)
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
	written map[string]bool // ids of those that are new or changed
	refiled []filing[T]     // the same record with something else beside it
}

// shelve files a page: it sights all its records and gives the new and changed
// ones a new version.
func shelve[T any](ctx context.Context, r *Repo, tx bun.Tx, sh shelf, page []filing[T]) (shelved[T], error) {
	all := shelved[T]{written: map[string]bool{}}
	for batch := range slices.Chunk(distinct(page), batchSize) {
		known, err := r.known(ctx, tx, sh, convert(batch, func(f filing[T]) listed { return listed{text(f.id)} }))
		if err != nil {
			return all, err
		}
		var rows []T
		var ended []int64
		var added []string
		for _, f := range batch {
			before, found := known[f.id]
			switch {
			case found && bytes.Equal(before.Mark, f.mark()):
				continue
			case found && bytes.HasPrefix(before.Mark, f.content):
				f.at = before.Row
				all.refiled = append(all.refiled, f)
				continue
			case found:
				ended = append(ended, before.Row)
			default:
				added = append(added, f.id)
			}
			all.written[f.id] = true
			rows = append(rows, f.row(version{Workspace: r.ws, System: code(sh.system), ExternalID: text(f.id), FromRun: sh.run}))
		}
		if err := r.noteNew(ctx, tx, sh, added); err != nil {
			return all, err
		}
		if err := r.closeVersions(ctx, tx, sh, ended); err != nil {
			return all, err
		}
		if err := insert(ctx, tx, rows, known); err != nil {
			return all, err
		}
		if err := sight(ctx, r, tx, sh, batch, known); err != nil {
			return all, err
		}
	}
	r.db.grow(len(all.written), sh.table, "records")
	return all, nil
}

// storeObject is shelve for records that have nothing beside them. It returns how
// many were new or changed.
func storeObject[T any](ctx context.Context, r *Repo, tx bun.Tx, sh shelf, page []filing[T]) (int, error) {
	done, err := shelve(ctx, r, tx, sh, page)
	return len(done.written), err
}

// A listed id is a row of a list that a query looks up one by one. A list within
// IN would do on SQLite; on PostgreSQL, whose statistics lag behind a first pull,
// the planner reads all records of the object instead, for every batch.
type listed struct{ ID text }

// known reads the registry: what it has of these records.
func (r *Repo) known(ctx context.Context, tx bun.Tx, sh shelf, ids []listed) (map[string]recordRow, error) {
	var rows []struct {
		ExternalID text
		Mark       []byte
		Row        sql.NullInt64
	}
	q := tx.NewSelect().With("v", tx.NewValues(&ids)).TableExpr("v").ColumnExpr("v.id AS external_id")
	for _, column := range []string{"mark", "row"} {
		q = q.ColumnExpr("(?) AS ?", tx.NewSelect().TableExpr("records AS r").Column("r."+column).
			Where("r.workspace = ? AND r.system = ? AND r.object = ? AND r.external_id = v.id", r.ws, code(sh.system), sh.object), bun.Ident(column))
	}
	if err := q.Scan(ctx, &rows); err != nil {
		return nil, fmt.Errorf("read registry: %w", err)
	}
	known := make(map[string]recordRow, len(rows))
	for _, row := range rows {
		if row.Row.Valid {
			known[string(row.ExternalID)] = recordRow{Mark: row.Mark, Row: row.Row.Int64}
		}
	}
	return known, nil
}

// insert writes new versions; the database gives them their ids, which are noted.
func insert[T any](ctx context.Context, tx bun.Tx, rows []T, known map[string]recordRow) error {
	if len(rows) == 0 {
		return nil
	}
	var made []struct {
		ID         int64
		ExternalID text
	}
	if err := tx.NewInsert().Model(&rows).ExcludeColumn("id").Returning("id, external_id").Scan(ctx, &made); err != nil {
		return fmt.Errorf("insert versions: %w", err)
	}
	for _, row := range made {
		known[string(row.ExternalID)] = recordRow{Row: row.ID}
	}
	return nil
}

// sight writes the registry: what is sighted is not missed any more.
func sight[T any](ctx context.Context, r *Repo, tx bun.Tx, sh shelf, batch []filing[T], known map[string]recordRow) error {
	rows := convert(batch, func(f filing[T]) recordRow {
		return recordRow{Workspace: r.ws, System: code(sh.system), Object: sh.object, ExternalID: text(f.id),
			Mark: f.mark(), Row: known[f.id].Row, SightedRun: sh.sighted, PartOf: text(f.partOf)}
	})
	_, err := tx.NewInsert().Model(&rows).
		On("CONFLICT (workspace, system, object, external_id) DO UPDATE").
		Set("mark = EXCLUDED.mark, row = EXCLUDED.row, sighted_run = EXCLUDED.sighted_run, missed_run = 0, part_of = EXCLUDED.part_of").
		Returning("NULL").Exec(ctx)
	if err != nil {
		return fmt.Errorf("write registry: %w", err)
	}
	return nil
}

// closeVersions ends versions of records.
func (r *Repo) closeVersions(ctx context.Context, tx bun.Tx, sh shelf, rows []int64) error {
	if err := r.noteChanged(ctx, tx, sh, rows); err != nil {
		return err
	}
	for batch := range slices.Chunk(rows, batchSize) {
		_, err := tx.NewUpdate().Table(sh.table).Set("to_run = ?", sh.run).Where("id IN (?)", bun.List(batch)).Exec(ctx)
		if err != nil {
			return fmt.Errorf("close versions: %w", err)
		}
	}
	return nil
}

// distinct keeps the last filing of each record.
func distinct[T any](page []filing[T]) []filing[T] {
	return lastOfEach(page, func(f filing[T]) string { return f.id })
}
