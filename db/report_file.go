package db

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type reportFileRow struct {
	bun.BaseModel `bun:"table:report_files,alias:rf"`

	ID        int64 `bun:"id,pk,autoincrement"`
	Workspace int64
	Kind      text
	Name      text
	Path      text
	Run       reconcile.RunID
	SHA256    text `bun:"sha256"`
	Bytes     int64
	RowCounts []byte
	CreatedAt int64
	CreatedBy text
	Problem   text
}

func (row *reportFileRow) file() (reconcile.ReportFile, error) {
	counts, err := decode[map[string]int](row.RowCounts)
	return reconcile.ReportFile{
		ID: strconv.FormatInt(row.ID, 10), Kind: string(row.Kind), Name: string(row.Name), Path: string(row.Path), Run: row.Run,
		SHA256: string(row.SHA256), Bytes: row.Bytes, RowCounts: counts, CreatedAt: instant(row.CreatedAt),
		CreatedBy: reconcile.Actor(row.CreatedBy), Problem: string(row.Problem),
	}, err
}

// SaveReportFile stores what is known of a report. One without an id gets one, and
// the repository's actor where it names none; one with an id replaces what was
// stored under it.
func (r *Repo) SaveReportFile(ctx context.Context, f reconcile.ReportFile) (reconcile.ReportFile, error) {
	saved, err := r.saveReportFile(ctx, f)
	if err != nil {
		return reconcile.ReportFile{}, fmt.Errorf("save report file %q: %w", f.Name, err)
	}
	return saved, nil
}

func (r *Repo) saveReportFile(ctx context.Context, f reconcile.ReportFile) (reconcile.ReportFile, error) {
	if f.CreatedBy == "" {
		f.CreatedBy = r.actor
	}
	f.CreatedAt = instant(micros(f.CreatedAt)) // as it is stored
	counts, err := json.Marshal(f.RowCounts)
	if err != nil {
		return f, err
	}
	row := reportFileRow{
		Workspace: r.ws, Kind: text(f.Kind), Name: text(f.Name), Path: text(f.Path), Run: f.Run, SHA256: text(f.SHA256), Bytes: f.Bytes,
		RowCounts: counts, CreatedAt: micros(f.CreatedAt), CreatedBy: text(f.CreatedBy), Problem: text(f.Problem),
	}
	if f.ID == "" {
		var id int64
		err := r.db.write.NewInsert().Model(&row).ExcludeColumn("id").Returning("id").Scan(ctx, &id)
		f.ID = strconv.FormatInt(id, 10)
		return f, err
	}
	if row.ID, err = reportFileID(f.ID); err != nil {
		return f, err
	}
	result, err := r.db.write.NewUpdate().Model(&row).ExcludeColumn("id", "workspace").
		Where("rf.id = ? AND rf.workspace = ?", row.ID, r.ws).Exec(ctx)
	if err != nil {
		return f, err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return f, err
	}
	return f, reconcile.ErrNotFound
}

// reportFileID reads an id. What is no number is the id of no file.
func reportFileID(s string) (int64, error) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("id %q: %w", s, reconcile.ErrNotFound)
	}
	return id, nil
}

// ReportFile returns what is known of a report, or reconcile.ErrNotFound.
func (r *Repo) ReportFile(ctx context.Context, id string) (reconcile.ReportFile, error) {
	var row reportFileRow
	n, err := reportFileID(id)
	if err == nil {
		err = r.db.read.NewSelect().Model(&row).Where("workspace = ? AND id = ?", r.ws, n).Scan(ctx)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = reconcile.ErrNotFound
	}
	if err == nil {
		var file reconcile.ReportFile
		if file, err = row.file(); err == nil {
			return file, nil
		}
	}
	return reconcile.ReportFile{}, fmt.Errorf("report file %q: %w", id, err)
}

// ReportFiles returns reports, newest first, from before an id on; an empty id
// starts at the newest. A limit of 0 is 50.
func (r *Repo) ReportFiles(ctx context.Context, most int, before string) ([]reconcile.ReportFile, error) {
	var rows []reportFileRow
	q := r.db.read.NewSelect().Model(&rows).Where("workspace = ?", r.ws).Order("id DESC").Limit(limit(most, 50))
	if before != "" {
		n, err := reportFileID(before)
		if err != nil {
			return nil, fmt.Errorf("list report files: %w", err)
		}
		q = q.Where("id < ?", n)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list report files: %w", err)
	}
	list := make([]reconcile.ReportFile, len(rows))
	for n := range rows {
		var err error
		if list[n], err = rows[n].file(); err != nil {
			return nil, fmt.Errorf("report file %d: %w", rows[n].ID, err)
		}
	}
	return list, nil
}
