package db

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"iter"
	"slices"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

// entryColumns are what the mirror stores beside an invoice.
type entryColumns struct {
	MatchKey key
	Digest   []byte
	Flags    int64
	Date     int32
	Currency text
	Status   text
	Total    int64
	Balance  int64
	Created  int64
	Twin     int64 // the bits of the uint64
	Basis    []byte
}

func columnsOf(e reconcile.Entry, basis reconcile.BasisHash) entryColumns {
	return entryColumns{
		MatchKey: numberKey(e.MatchKey), Digest: e.Digest[:], Flags: int64(e.Flags), Date: e.Date.Days(),
		Currency: text(e.Currency), Status: text(e.Status), Total: e.Total, Balance: e.Balance,
		Created: e.Created, Twin: int64(e.Twin), Basis: basis[:],
	}
}

func (c *entryColumns) entry(v version) reconcile.Entry {
	e := reconcile.Entry{
		System: system(v.System), Row: v.ID, ID: string(v.ExternalID), MatchKey: string(c.MatchKey), Flags: reconcile.Flags(c.Flags), Date: reconcile.DateFromDays(c.Date),
		Currency: string(c.Currency), Status: reconcile.Status(c.Status), Total: c.Total, Balance: c.Balance,
		Created: c.Created, Twin: uint64(c.Twin),
	}
	copy(e.Digest[:], c.Digest)
	return e
}

// hash is how the registry tells that an entry has not changed.
func (c *entryColumns) hash() []byte {
	h := sha256.New()
	fmt.Fprintf(h, "%q %x %d %d %q %q %d %d %d %d %x", c.MatchKey, c.Digest, c.Flags, c.Date, c.Currency, c.Status,
		c.Total, c.Balance, c.Created, c.Twin, c.Basis)
	return h.Sum(nil)[:16]
}

// entrySelect names what entryScanner scans; all of it is in the index
// invoices_entries.
const entrySelect = `SELECT id, external_id, match_key, digest, flags, date, currency, status, total, balance, created, twin
FROM invoices ? WHERE workspace = ? AND system = ? AND to_run IS NULL`

// An entryScanner reads entries without a copy of what it can share.
type entryScanner struct {
	digest      sql.RawBytes
	flags, twin int64
	date        int32
}

func (s *entryScanner) scan(rows *sql.Rows, e *reconcile.Entry) error {
	err := rows.Scan(&e.Row, (*text)(&e.ID), (*text)(&e.MatchKey), &s.digest, &s.flags, &s.date,
		&e.Currency, (*string)(&e.Status), &e.Total, &e.Balance, &e.Created, &s.twin)
	if err != nil {
		return err
	}
	copy(e.Digest[:], s.digest)
	e.Flags, e.Twin, e.Date = reconcile.Flags(s.flags), uint64(s.twin), reconcile.DateFromDays(s.date)
	return nil
}

// Entries streams the current entries of a system by match key and id, in byte
// order, from the match key from on. Memory does not grow with their number. The
// store may be changed meanwhile; what is streamed is as it was at the start.
func (r *Repo) Entries(ctx context.Context, s reconcile.System, from string) iter.Seq2[reconcile.Entry, error] {
	return func(yield func(reconcile.Entry, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		rows, err := r.db.stream.QueryContext(ctx, entrySelect+" AND match_key >= ? ORDER BY match_key, external_id",
			r.db.by("invoices_entries"), r.ws, code(s), key(from))
		if err != nil {
			cancel()
			yield(reconcile.Entry{}, fmt.Errorf("entries of %s: %w", s, err))
			return
		}
		defer rows.Close()
		defer cancel() // before rows close: they would read the rest first
		var scanner entryScanner
		for rows.Next() {
			e := reconcile.Entry{System: s}
			if err := scanner.scan(rows, &e); err != nil {
				yield(e, fmt.Errorf("entries of %s: %w", s, err))
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(reconcile.Entry{}, fmt.Errorf("entries of %s: %w", s, err))
		}
	}
}

// EntriesByKey returns a system's current entries with a match key, by id in byte
// order.
func (r *Repo) EntriesByKey(ctx context.Context, s reconcile.System, matchKey string) ([]reconcile.Entry, error) {
	list, err := r.entries(ctx, "invoices_entries", "match_key = ?", s, key(matchKey))
	if err != nil {
		return nil, fmt.Errorf("entries of %s with key %q: %w", s, matchKey, err)
	}
	return list, nil
}

// TwinEntries returns a system's current entries with a twin hash, by match key
// and id. There are none for 0, which means no customer.
func (r *Repo) TwinEntries(ctx context.Context, s reconcile.System, twin uint64) ([]reconcile.Entry, error) {
	list, err := r.entries(ctx, "invoices_twin", "twin = ? AND twin <> 0", s, int64(twin))
	if err != nil {
		return nil, fmt.Errorf("entries of %s with twin %x: %w", s, twin, err)
	}
	return list, nil
}

// entries returns the entries that a condition leaves, found by an index, by match key
// and id. They are put in order here: for the sake of the order the databases might
// read them all by the index that has it.
func (r *Repo) entries(ctx context.Context, index, where string, s reconcile.System, arg any) ([]reconcile.Entry, error) {
	rows, err := r.db.read.QueryContext(ctx, entrySelect+" AND "+where, r.db.by(index), r.ws, code(s), arg)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []reconcile.Entry
	var scanner entryScanner
	for rows.Next() {
		e := reconcile.Entry{System: s}
		if err := scanner.scan(rows, &e); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	slices.SortFunc(list, reconcile.CompareEntries)
	return list, rows.Err()
}

// stalePage is how many stale invoices are in memory at a time.
const stalePage = 200

// Stale streams the current invoices of a system that were filed under another
// basis. It holds no connection while the caller works, so that Refile may be
// called meanwhile.
func (r *Repo) Stale(ctx context.Context, s reconcile.System, basis reconcile.BasisHash) iter.Seq2[reconcile.StaleInvoice, error] {
	return func(yield func(reconcile.StaleInvoice, error) bool) {
		// Two ranges of the index, before and after the basis that is right.
		for _, side := range []string{"basis < ?", "basis > ?"} {
			last := staleRow{Basis: []byte{}}
			for {
				page, err := r.stalePage(ctx, s, side, basis, last)
				if err != nil {
					yield(reconcile.StaleInvoice{}, fmt.Errorf("stale invoices of %s: %w", s, err))
					return
				}
				for _, row := range page {
					invoice, err := decode[reconcile.Invoice](row.Body)
					if err != nil {
						err = fmt.Errorf("stale invoice of %s, row %d: %w", s, row.ID, err)
					}
					if !yield(reconcile.StaleInvoice{Row: row.ID, Invoice: invoice}, err) || err != nil {
						return
					}
				}
				if len(page) < stalePage {
					break
				}
				last = page[len(page)-1]
			}
		}
	}
}

type staleRow struct {
	ID    int64
	Basis []byte
	Body  []byte
}

func (r *Repo) stalePage(ctx context.Context, s reconcile.System, side string, basis reconcile.BasisHash, last staleRow) ([]staleRow, error) {
	var page []staleRow
	err := r.db.read.NewSelect().Table("invoices").Column("id", "basis", "body").
		Where("workspace = ? AND system = ? AND to_run IS NULL", r.ws, code(s)).Where(side, basis[:]).
		Where("(basis, id) > (?, ?)", last.Basis, last.ID).
		Order("basis", "id").Limit(stalePage).Scan(ctx, &page)
	return page, err
}

type refileRow struct {
	ID int64
	entryColumns
}

// Refile stores new entries of current invoices, by row, under a basis. Match keys
// are made here, from links and numbers. A run that has ended files nothing:
// reconcile.ErrEnded.
func (r *Repo) Refile(ctx context.Context, run reconcile.RunID, entries []reconcile.Entry, basis reconcile.BasisHash) error {
	err := r.during(ctx, run, func(ctx context.Context, tx bun.Tx) error {
		for batch := range slices.Chunk(entries, batchSize) {
			keys, err := r.linkKeysByRow(ctx, tx, convert(batch, func(e reconcile.Entry) int64 { return e.Row }))
			if err != nil {
				return err
			}
			rows := make([]refileRow, len(batch))
			for n, e := range batch {
				rows[n] = refileRow{ID: e.Row, entryColumns: columnsOf(e, basis)}
				if k, linked := keys[e.Row]; linked {
					rows[n].MatchKey = k
				}
			}
			if err := r.refile(ctx, tx, rows); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("refile %d invoices, run %d: %w", len(entries), run, err)
	}
	return nil
}

func (r *Repo) refile(ctx context.Context, tx bun.Tx, rows []refileRow) error {
	if len(rows) == 0 {
		return nil
	}
	sh := shelf{table: "invoices"}
	if err := r.noteChanged(ctx, tx, sh, convert(rows, func(row refileRow) int64 { return row.ID })); err != nil {
		return err
	}
	_, err := tx.NewUpdate().With("_data", tx.NewValues(&rows)).Table("invoices").TableExpr("_data").
		Set(`match_key = _data.match_key, digest = _data.digest, flags = _data.flags, date = _data.date, currency = _data.currency,
			status = _data.status, total = _data.total, balance = _data.balance, created = _data.created, twin = _data.twin, basis = _data.basis`).
		Where("invoices.id = _data.id AND invoices.workspace + 0 = ?", r.ws).Exec(ctx) // + 0: by id, see listed
	if err != nil {
		return fmt.Errorf("replace entries: %w", err)
	}
	return nil
}

// linkKeysByRow returns the match keys of those rows whose records are linked.
func (r *Repo) linkKeysByRow(ctx context.Context, tx bun.Tx, rows []int64) (map[int64]key, error) {
	var found []struct{ Row, Link int64 }
	err := tx.NewSelect().TableExpr("invoices AS i").
		Join("JOIN links AS l ON l.workspace = i.workspace AND ((i.system = 1 AND l.hubspot_id = i.external_id) OR (i.system = 2 AND l.quickbooks_id = i.external_id))").
		ColumnExpr("i.id AS row, l.id AS link").
		Where("l.workspace = ? AND i.id IN (?)", r.ws, bun.List(rows)).Scan(ctx, &found)
	if err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	keys := make(map[int64]key, len(found))
	for _, f := range found {
		keys[f.Row] = linkKey(f.Link)
	}
	return keys, nil
}
