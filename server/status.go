package server

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/reconcile"
)

//go:embed status.html
var statusHTML string

var statusPage = template.Must(template.New("status").Parse(statusHTML))

// status is the page that says how things stand.
type status struct{ Config }

// A standing is what the page shows.
type standing struct {
	Headline, Sentence string
	Tone               string // good, bad or nothing
	Workspace          reconcile.WorkspaceID
	Version            string
	Zone               *time.Location
	Run                *reconcile.Run // the newest; while it is under way the newest that compared
	UnderWay           *reconcile.Run
	Report             *reconcile.ReportFile
}

// Figures are those of the run, if it compared: of another they would be zeros that
// nobody has counted.
func (s standing) Figures() *reconcile.Counts {
	if s.Run == nil || (s.Run.State != reconcile.RunComplete && s.Run.State != reconcile.RunIncomplete) {
		return nil
	}
	return &s.Run.Counts
}

// When writes an instant in the workspace's zone.
func (s standing) When(t time.Time) string {
	if t.IsZero() {
		return "just now"
	}
	return t.In(s.Zone).Format("2006-01-02 15:04")
}

func (s status) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	shown, err := s.standing(r.Context())
	var page bytes.Buffer
	if err == nil {
		err = statusPage.Execute(&page, shown)
	}
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(page.Bytes()) // a client that went away needs no answer
}

func (c Config) standing(ctx context.Context) (standing, error) {
	s := standing{Workspace: c.API.Workspace, Version: c.Version}
	settings, _, err := c.API.Repo.Settings(ctx)
	if err != nil {
		return s, err
	}
	s.Zone = settings.Location()
	newest, err := c.API.Repo.Runs(ctx, db.RunQuery{Limit: 1})
	if err != nil {
		return s, err
	}
	if len(newest) > 0 {
		s.Run = &newest[0]
	}
	if s.Run != nil && !s.Run.State.Ended() {
		s.UnderWay, s.Run = s.Run, nil
		compared, err := c.API.Repo.LatestRun(ctx)
		switch {
		case err == nil:
			s.Run = &compared
		case !errors.Is(err, reconcile.ErrNotFound):
			return s, err
		}
	}
	files, err := c.API.Repo.ReportFiles(ctx, 1, "")
	if err != nil {
		return s, err
	}
	if len(files) > 0 && files[0].Problem == "" {
		s.Report = &files[0]
	}
	s.Headline, s.Sentence, s.Tone = words(s.Run)
	return s, nil
}

// words says a run's verdict in words. Silence never means success: whatever is
// not known is said to be unknown.
func words(run *reconcile.Run) (headline, sentence, tone string) {
	switch {
	case run == nil:
		return "No run has ended yet", "Nothing is known of the two systems. Start a run with tieout reconcile, or with runStart in the explorer.", ""
	case run.State == reconcile.RunFailed:
		return "The last run failed", "Nothing new is known of the two systems.", "bad"
	case run.State == reconcile.RunCancelled:
		return "The last run was cancelled", "Nothing new is known of the two systems.", "bad"
	case run.State == reconcile.RunIncomplete:
		return "The last run is incomplete", "Not everything could be read, so nothing is proved. Findings stay as they were.", "bad"
	case run.Verdict == reconcile.TiedOut:
		return "Tied out", fmt.Sprintf("%s in scope, and the two systems agree on all of them.", invoices(run.Counts.InScope)), "good"
	case run.Verdict == reconcile.TiedOutWithItems:
		return "Tied out, with open items", "What differs is accepted or still pending, all of it.", "good"
	case run.Verdict == reconcile.NotTiedOut:
		return "Not tied out", fmt.Sprintf("%s open. The workbook lists them with their reasons.", findings(run.Counts.Open)), "bad"
	case run.Counts.InScope == 0:
		return "Nothing was in scope", "The run compared no invoice, so nothing is proved. Check the status filter and the start date.", "bad"
	}
	return "Nothing can be said", "The run ended without a verdict.", "bad"
}

func invoices(n int) string { return count(n, "invoice is", "invoices are") }
func findings(n int) string { return count(n, "finding is", "findings are") }

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
