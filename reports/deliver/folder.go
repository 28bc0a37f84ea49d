// Package deliver brings workbooks to where people find them: a folder, from
// which they are downloaded.
package deliver

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reports"
)

// A Store is what a workbook is made from, of one workspace.
type Store interface {
	Run(ctx context.Context, id reconcile.RunID) (reconcile.Run, error)
	// LatestRun returns the newest ended run that compared.
	LatestRun(ctx context.Context) (reconcile.Run, error)
	Certificates(ctx context.Context, run reconcile.RunID) ([]reconcile.Certificate, error)
	Totals(ctx context.Context, run reconcile.RunID) ([]reconcile.ControlTotal, error)
	SettingsAt(ctx context.Context, version int) (reconcile.Settings, error)
	SettingValues(ctx context.Context, version int) ([]reconcile.SettingValue, error)
	Company(ctx context.Context, s reconcile.System) (reconcile.Company, error)
	// FindingsOf streams the findings that were open at the end of a run.
	FindingsOf(ctx context.Context, run reconcile.RunID, codes []reconcile.Code) iter.Seq2[reconcile.FindingRecord, error]
	// RootCausesOf returns the groups of the findings that were open at the end of a run.
	RootCausesOf(ctx context.Context, run reconcile.RunID) ([]reconcile.FindingGroup, error)
	SaveReportFile(ctx context.Context, f reconcile.ReportFile) (reconcile.ReportFile, error)
}

// A Publisher makes workbooks of runs and keeps them for download.
type Publisher struct {
	Store       Store
	Workspace   reconcile.WorkspaceID
	Dir         string // where files are kept
	Version     string // of the software
	Environment string
	Clock       func() time.Time
}

// Mismatches makes the mismatch workbook of a run, the latest for 0, and files it.
// A path names the file; empty: a name of its own below Dir. The file is there as
// a whole or not at all.
func (p *Publisher) Mismatches(ctx context.Context, actor reconcile.Actor, id reconcile.RunID, path string) (reconcile.ReportFile, error) {
	run, err := p.run(ctx, id)
	if err != nil {
		return reconcile.ReportFile{}, err
	}
	in, err := p.gather(ctx, run)
	if err != nil {
		return reconcile.ReportFile{}, fmt.Errorf("workbook of run %d: %w", run.ID, err)
	}
	name := reports.MismatchesName(p.Workspace, run.AsOf, in.Zone)
	if path == "" { // one of its own each time: another version makes another file
		path = filepath.Join(p.Dir, fmt.Sprintf("run-%d", run.ID), p.Clock().UTC().Format("20060102T150405.000000"), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return reconcile.ReportFile{}, fmt.Errorf("workbook of run %d: %w", run.ID, err)
		}
	}
	sum, err := writeWhole(path, in)
	if err != nil {
		return reconcile.ReportFile{}, fmt.Errorf("workbook of run %d: %w", run.ID, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return reconcile.ReportFile{}, err
	}
	return p.Store.SaveReportFile(ctx, reconcile.ReportFile{
		Kind: "mismatches", Name: name, Path: path, Run: run.ID, SHA256: sum.SHA256, Bytes: sum.Bytes,
		RowCounts: sum.RowCounts, CreatedAt: p.Clock(), CreatedBy: actor,
	})
}

func (p *Publisher) run(ctx context.Context, id reconcile.RunID) (reconcile.Run, error) {
	if id == 0 {
		run, err := p.Store.LatestRun(ctx)
		if err != nil {
			return run, fmt.Errorf("no run has ended yet; run tieout reconcile first: %w", err)
		}
		return run, nil
	}
	run, err := p.Store.Run(ctx, id)
	if err != nil {
		return run, fmt.Errorf("run %d: %w", id, err)
	}
	if !run.State.Ended() {
		return run, fmt.Errorf("run %d has not ended (%s), there is no workbook of it: %w", id, run.State, reconcile.ErrNotFound)
	}
	return run, nil
}

func (p *Publisher) gather(ctx context.Context, run reconcile.Run) (reports.Mismatches, error) {
	settings, err := p.Store.SettingsAt(ctx, run.Settings)
	if err != nil {
		return reports.Mismatches{}, err
	}
	in := reports.Mismatches{
		Workspace: p.Workspace, Environment: p.Environment, Run: run, Source: settings.Source(), Zone: settings.Location(),
		RuleSetHash: reconcile.RuleSetHash(settings), Version: p.Version, GeneratedAt: run.FinishedAt, Rules: reconcile.Rules,
		Findings: func(codes []reconcile.Code) iter.Seq2[reconcile.FindingRecord, error] {
			return p.Store.FindingsOf(ctx, run.ID, codes)
		},
	}
	if in.HubSpot, err = p.Store.Company(ctx, reconcile.HubSpot); err != nil {
		return in, err
	}
	if in.QuickBooks, err = p.Store.Company(ctx, reconcile.QuickBooks); err != nil {
		return in, err
	}
	if in.Certificates, err = p.Store.Certificates(ctx, run.ID); err != nil {
		return in, err
	}
	if in.Totals, err = p.Store.Totals(ctx, run.ID); err != nil {
		return in, err
	}
	if in.RootCauses, err = p.Store.RootCausesOf(ctx, run.ID); err != nil {
		return in, err
	}
	in.Settings, err = p.Store.SettingValues(ctx, run.Settings)
	return in, err
}

// writeWhole writes the workbook beside its place and moves it there when it is
// whole.
func writeWhole(path string, in reports.Mismatches) (sum reports.Summary, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".workbook-*")
	if err != nil {
		return sum, err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	sum, err = reports.WriteMismatches(f, in)
	if err == nil {
		err = f.Sync()
	}
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return sum, err
}
