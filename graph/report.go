package graph

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"slices"
	"time"

	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

type reportFile struct{ Config }

func (r root) ReportFile() generated.ReportFileResolver { return reportFile(r) }

// ReportFiles resolves Query.reportFiles.
func (q query) ReportFiles(ctx context.Context, first int, after *string) (*wire.ReportFileConnection, error) {
	page, err := wire.NewPage(first, after, "reportFiles")
	if err != nil {
		return nil, err
	}
	before := ""
	if page.After != nil {
		before = page.After[0]
	}
	files, err := q.Repo.ReportFiles(ctx, page.Limit(), before)
	if err != nil {
		return nil, err
	}
	return wire.Connect(page, files, func(f *reconcile.ReportFile) []string { return []string{f.ID} }), nil
}

// ReportExport resolves Mutation.reportExport.
func (m mutation) ReportExport(ctx context.Context, input generated.ReportExportInput) (*generated.ReportExportPayload, error) {
	payload := &generated.ReportExportPayload{UserErrors: []generated.UserError{}, ClientMutationID: input.ClientMutationID}
	number, err := m.run(input.Run)
	if err == nil {
		var file reconcile.ReportFile
		if file, err = m.Exporter.Export(ctx, m.Actor, input.Kind, number); err == nil {
			payload.ReportFile = &file
			return payload, nil
		}
	}
	var coded *wire.Error
	if !errors.Is(err, reconcile.ErrNotFound) && !errors.As(err, &coded) {
		return nil, err
	}
	payload.UserErrors = append(payload.UserErrors, generated.UserError{
		Code: generated.UserErrorCodeNotFound, Message: "there is no such run, or it has compared nothing yet", Path: []string{"input", "run"},
	})
	return payload, nil
}

// ID resolves ReportFile.id.
func (f reportFile) ID(_ context.Context, obj *reconcile.ReportFile) (string, error) {
	return f.id(typeReport, obj.ID), nil
}

// Run resolves ReportFile.run.
func (f reportFile) Run(_ context.Context, obj *reconcile.ReportFile) (string, error) {
	return f.runID(obj.Run), nil
}

// URL resolves ReportFile.url.
func (f reportFile) URL(_ context.Context, obj *reconcile.ReportFile) (*string, error) {
	if obj.Problem != "" {
		return nil, nil
	}
	address := "/reports/" + url.PathEscape(obj.ID)
	return &address, nil
}

// RowCounts resolves ReportFile.rowCounts.
func (f reportFile) RowCounts(_ context.Context, obj *reconcile.ReportFile) ([]generated.SheetRows, error) {
	rows := []generated.SheetRows{}
	for _, sheet := range slices.Sorted(maps.Keys(obj.RowCounts)) {
		rows = append(rows, generated.SheetRows{Sheet: sheet, Rows: obj.RowCounts[sheet]})
	}
	return rows, nil
}

// Status resolves ReportFile.status.
func (f reportFile) Status(_ context.Context, obj *reconcile.ReportFile) (generated.JobStatus, error) {
	if obj.Problem != "" {
		return generated.JobStatusFailed, nil
	}
	return generated.JobStatusSuccess, nil
}

// Message resolves ReportFile.message.
func (f reportFile) Message(_ context.Context, obj *reconcile.ReportFile) (*string, error) {
	return wire.TextOrNull(obj.Problem), nil
}

// CompletedAt resolves ReportFile.completedAt: a workbook is filed when it is done.
func (f reportFile) CompletedAt(_ context.Context, obj *reconcile.ReportFile) (*time.Time, error) {
	return &obj.CreatedAt, nil
}
