package server_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/tieout/tieout/reconcile"
)

func quote(s string) string {
	raw, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// TestDownload: a workbook comes whole, under its name and with its hash.
func TestDownload(t *testing.T) {
	s := newSite(t)
	file := s.report(`Abweichungen "März" 2026.xlsx`, "the content")
	rec := s.get("/reports/" + file.ID)
	if rec.Code != 200 || rec.Body.String() != "the content" {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	for name, want := range map[string]string{
		"Content-Type":        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		"Content-Disposition": "attachment; filename*=utf-8''Abweichungen%20%22M%C3%A4rz%22%202026.xlsx",
		"Etag":                `"` + file.SHA256 + `"`,
		"Content-Length":      "11",
		"Cache-Control":       "no-store",
	} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if rec := s.get("/reports/"+file.ID, "If-None-Match", `"`+file.SHA256+`"`); rec.Code != 304 {
		t.Errorf("known already: %d", rec.Code)
	}
	if rec := s.get("/reports/"+file.ID, "Range", "bytes=4-"); rec.Code != 206 || rec.Body.String() != "content" {
		t.Errorf("the rest: %d %s", rec.Code, rec.Body)
	}
	if rec := s.send("HEAD", "/reports/"+file.ID, ""); rec.Code != 200 || rec.Body.Len() != 0 {
		t.Errorf("head: %d", rec.Code)
	}
}

// TestNoDownload: what is not there, is not whole any more or is another's is
// refused.
func TestNoDownload(t *testing.T) {
	s := newSite(t)
	changed, gone := s.report("a.xlsx", "content"), s.report("b.xlsx", "content")
	s.must(os.WriteFile(changed.Path, []byte("CONTENT"), 0o600))
	s.must(os.Remove(gone.Path))
	failed, err := s.repo.SaveReportFile(t.Context(), reconcile.ReportFile{Kind: "mismatches", Name: "c", Run: 1, Problem: "the disk is full", CreatedAt: today})
	s.must(err)
	s.must(s.store.EnsureWorkspace(t.Context(), "other"))
	other, err := s.store.As(t.Context(), "local:ann", "other")
	s.must(err)
	theirs, err := other.SaveReportFile(t.Context(), reconcile.ReportFile{Kind: "mismatches", Name: "d", Path: changed.Path, Run: 1, CreatedAt: today})
	s.must(err)
	for _, tt := range []struct {
		id   string
		code int
		says string
	}{
		{changed.ID, 500, "INTERNAL"},
		{gone.ID, 410, "REPORT_GONE"},
		{failed.ID, 409, "the disk is full"},
		{theirs.ID, 404, "NOT_FOUND"},
		{"99", 404, "NOT_FOUND"},
		{"x", 404, "NOT_FOUND"},
		{"..%2f..%2fetc%2fpasswd", 404, "NOT_FOUND"},
	} {
		rec := s.get("/reports/" + tt.id)
		if rec.Code != tt.code || !strings.Contains(rec.Body.String(), tt.says) || strings.Contains(rec.Body.String(), changed.Path) {
			t.Errorf("%s: %d %s, want %d %s", tt.id, rec.Code, rec.Body, tt.code, tt.says)
		}
	}
	s.must(s.store.Close())
	if rec := s.get("/reports/1"); rec.Code != 500 {
		t.Errorf("without a store: %d", rec.Code)
	}
}
