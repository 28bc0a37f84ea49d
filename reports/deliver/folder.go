// Package deliver brings workbooks to where people find them: a folder, from
// which they are downloaded.
package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	// ProductsAt returns the products of both systems as a run found them.
	ProductsAt(ctx context.Context, run reconcile.RunID) ([]reconcile.Product, error)
	// InvoicesAt streams the invoices of both systems as a run found them.
	InvoicesAt(ctx context.Context, run reconcile.RunID) iter.Seq2[reconcile.Invoice, error]
	// ReportFileBefore returns the newest file of a kind that shows an earlier run,
	// or reconcile.ErrNotFound.
	ReportFileBefore(ctx context.Context, kind string, run reconcile.RunID) (reconcile.ReportFile, error)
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
	return p.file(ctx, actor, path, workbook{run.ID, Mismatches, name, func(w io.Writer) (reports.Summary, error) { return reports.WriteMismatches(w, in) }})
}

// SKU makes the SKU audit of a run in the way of Mismatches. What has changed
// since is told against the run of the audit before.
func (p *Publisher) SKU(ctx context.Context, actor reconcile.Actor, id reconcile.RunID, path string) (reconcile.ReportFile, error) {
	run, err := p.run(ctx, id)
	if err != nil {
		return reconcile.ReportFile{}, err
	}
	in, err := p.audit(ctx, run)
	if err != nil {
		return reconcile.ReportFile{}, fmt.Errorf("SKU audit of run %d: %w", run.ID, err)
	}
	name := reports.SKUName(p.Workspace, run.AsOf, in.Zone)
	return p.file(ctx, actor, path, workbook{run.ID, SKU, name, func(w io.Writer) (reports.Summary, error) { return reports.WriteSKU(w, in) }})
}

// The kinds of workbooks, as report files and the API call them.
const (
	Mismatches = "mismatches"
	SKU        = "sku"
)

// audit gathers what a SKU audit is made from.
func (p *Publisher) audit(ctx context.Context, run reconcile.Run) (reports.SKU, error) {
	ground, settings, err := p.ground(ctx, run)
	if err != nil {
		return reports.SKU{}, err
	}
	in := reports.SKU{Ground: ground}
	products, err := p.Store.ProductsAt(ctx, run.ID)
	if err != nil {
		return in, err
	}
	in.Audit, err = reconcile.AuditSKUs(reconcile.SKUAuditInput{
		Products: products, AsOf: reconcile.DateOf(run.AsOf, settings.Location()), CreateProducts: settings.CreateProducts,
		Invoices: p.Store.InvoicesAt(ctx, run.ID), Findings: p.Store.FindingsOf(ctx, run.ID, reconcile.SKUAuditCodes()),
	})
	if err != nil {
		return in, err
	}
	last, err := p.Store.ReportFileBefore(ctx, SKU, run.ID)
	if errors.Is(err, reconcile.ErrNotFound) {
		return in, nil
	}
	if err != nil {
		return in, err
	}
	before, err := p.Store.ProductsAt(ctx, last.Run)
	if err != nil {
		return in, err
	}
	in.Since, in.Changes = last.Run, reconcile.CompareProducts(before, products)
	return in, nil
}

// A workbook is one that is ready to be written.
type workbook struct {
	run   reconcile.RunID
	kind  string
	name  string // of the file
	write func(io.Writer) (reports.Summary, error)
}

// file writes a workbook and files it.
func (p *Publisher) file(ctx context.Context, actor reconcile.Actor, path string, w workbook) (reconcile.ReportFile, error) {
	if path == "" { // one of its own each time: another version makes another file
		path = filepath.Join(p.Dir, fmt.Sprintf("run-%d", w.run), p.Clock().UTC().Format("20060102T150405.000000"), w.name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return reconcile.ReportFile{}, fmt.Errorf("workbook of run %d: %w", w.run, err)
		}
	}
	sum, err := writeWhole(path, w.write)
	if err != nil {
		return reconcile.ReportFile{}, fmt.Errorf("workbook of run %d: %w", w.run, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return reconcile.ReportFile{}, err
	}
	return p.Store.SaveReportFile(ctx, reconcile.ReportFile{
		Kind: w.kind, Name: w.name, Path: path, Run: w.run, SHA256: sum.SHA256, Bytes: sum.Bytes,
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
	ground, _, err := p.ground(ctx, run)
	if err != nil {
		return reports.Mismatches{}, err
	}
	in := reports.Mismatches{Ground: ground, Findings: func(codes []reconcile.Code) iter.Seq2[reconcile.FindingRecord, error] {
		return p.Store.FindingsOf(ctx, run.ID, codes)
	}}
	if in.Totals, err = p.Store.Totals(ctx, run.ID); err != nil {
		return in, err
	}
	in.RootCauses, err = p.Store.RootCausesOf(ctx, run.ID)
	return in, err
}

// ground gathers what every workbook of a run states.
func (p *Publisher) ground(ctx context.Context, run reconcile.Run) (reports.Ground, reconcile.Settings, error) {
	settings, err := p.Store.SettingsAt(ctx, run.Settings)
	if err != nil {
		return reports.Ground{}, settings, err
	}
	in := reports.Ground{
		Workspace: p.Workspace, Environment: p.Environment, Run: run, Source: settings.Source(), Zone: settings.Location(),
		RuleSetHash: reconcile.RuleSetHash(settings), Version: p.Version, GeneratedAt: run.FinishedAt, Rules: reconcile.Rules,
	}
	if in.HubSpot, err = p.Store.Company(ctx, reconcile.HubSpot); err != nil {
		return in, settings, err
	}
	if in.QuickBooks, err = p.Store.Company(ctx, reconcile.QuickBooks); err != nil {
		return in, settings, err
	}
	if in.Certificates, err = p.Store.Certificates(ctx, run.ID); err != nil {
		return in, settings, err
	}
	in.Settings, err = p.Store.SettingValues(ctx, run.Settings)
	return in, settings, err
}

// writeWhole writes the workbook beside its place and moves it there when it is
// whole.
func writeWhole(path string, write func(io.Writer) (reports.Summary, error)) (sum reports.Summary, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".workbook-*")
	if err != nil {
		return sum, err
	}
	defer os.Remove(f.Name()) // gone already when all went well
	sum, err = write(f)
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
