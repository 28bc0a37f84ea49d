package graph_test

import (
	"strings"
	"testing"

	"github.com/tieout/tieout/reconcile"
)

type userErrors []struct {
	Code, Message string
	Path          []string
	Retryable     bool
}

func (e userErrors) codes() string {
	var codes []string
	for _, one := range e {
		codes = append(codes, one.Code+" "+strings.Join(one.Path, "/"))
	}
	return strings.Join(codes, ", ")
}

type runStart struct {
	RunStart struct {
		Run *struct {
			Number        int
			State, Actor  string
			ControlTotals struct{ Nodes []any }
		}
		UserErrors       userErrors
		ClientMutationID *string
	}
}

const startMutation = `mutation { runStart(input: {clientMutationId: "c-1"}) {
  run { number state actor controlTotals { nodes { month } } } userErrors { code message path retryable } clientMutationId
} }`

// TestRunStart starts a run, and is told when one is under way.
func TestRunStart(t *testing.T) {
	w := newWorld(t)
	started := get[runStart](w, startMutation).RunStart
	if started.Run == nil || started.Run.Number != 3 || started.Run.State != "PULLING" || started.Run.Actor != "local:ann" ||
		len(started.UserErrors) != 0 || *started.ClientMutationID != "c-1" {
		t.Errorf("started: %+v", started)
	}
	again := get[runStart](w, startMutation).RunStart
	if again.Run != nil || again.UserErrors.codes() != "RUN_UNDER_WAY " || !again.UserErrors[0].Retryable || *again.ClientMutationID != "c-1" {
		t.Errorf("again: %+v", again)
	}
	if len(w.starter.orders) != 2 || w.starter.orders[0].Actor != "local:ann" {
		t.Errorf("orders: %+v", w.starter.orders)
	}
	run := get[map[string]any](w, `{ run { state verdict finishedAt durationSeconds } }`)
	if got := jsonText(run["run"]); got != `{"durationSeconds":"0.000","finishedAt":null,"state":"PULLING","verdict":"UNKNOWN"}` {
		t.Errorf("the run under way: %s", got)
	}
}

type settingsUpdate struct {
	SettingsUpdate struct {
		Settings *struct {
			Version int
			Values  []struct {
				Key, Value, ChangedBy, ChangedAt string
				IsDefault                        bool
			}
		}
		UserErrors       userErrors
		ClientMutationID *string
	}
}

const settingsMutation = `mutation($changes: [SettingChangeInput!]!) { settingsUpdate(input: {changes: $changes}) {
  settings { version values { key value isDefault changedBy changedAt } } userErrors { code message path retryable } clientMutationId
} }`

func changes(pairs ...string) []any {
	list := []any{}
	for n := 0; n < len(pairs); n += 2 {
		list = append(list, map[string]string{"key": pairs[n], "value": pairs[n+1]})
	}
	return list
}

// TestSettingsUpdate changes all or nothing, and tells of every fault its place.
func TestSettingsUpdate(t *testing.T) {
	w := newWorld(t)
	bad := get[settingsUpdate](w, settingsMutation, "changes", changes("grace", "3h", "colour", "red", "grace", "4h", "tolerance", "-1")).SettingsUpdate
	if got := bad.UserErrors.codes(); got != "SETTING_UNKNOWN input/changes/1/key, INPUT_INVALID input/changes/2/key, SETTING_INVALID input/changes/3/value" || bad.Settings != nil {
		t.Errorf("faults: %s", got)
	}
	if _, version, err := w.repo.Settings(t.Context()); err != nil || version != 1 {
		t.Errorf("version %d after faults, %v", version, err)
	}
	good := get[settingsUpdate](w, settingsMutation, "changes", changes("grace", "3h", "status_filter", "paid,open,draft")).SettingsUpdate
	if len(good.UserErrors) != 0 || good.Settings == nil || good.Settings.Version != 2 || good.ClientMutationID != nil {
		t.Fatalf("changed: %+v", good)
	}
	for _, v := range good.Settings.Values {
		want := map[string]string{"grace": "3h", "status_filter": "draft,open,paid"}[v.Key]
		if want != "" && (v.Value != want || v.IsDefault || v.ChangedBy != "local:ann" || v.ChangedAt == "") {
			t.Errorf("%s: %+v, want %s", v.Key, v, want)
		}
	}
	if len(good.Settings.Values) != len(reconcile.SettingKeys()) {
		t.Errorf("%d values", len(good.Settings.Values))
	}
	for _, list := range [][]any{{}, changes(make([]string, 202)...)} {
		if got := get[settingsUpdate](w, settingsMutation, "changes", list).SettingsUpdate.UserErrors.codes(); got != "INPUT_INVALID input/changes" {
			t.Errorf("%d changes: %s", len(list), got)
		}
	}
}

// TestSettings shows any version.
func TestSettings(t *testing.T) {
	w := newWorld(t)
	type settings struct {
		Settings struct {
			Version int
			Values  []struct{ Key, Value, Meaning string }
		}
	}
	const query = `query($v: Int) { settings(version: $v) { version values { key value meaning } } }`
	direction := func(s settings) string {
		for _, v := range s.Settings.Values {
			if v.Key == "direction" && v.Meaning != "" {
				return v.Value
			}
		}
		return "none"
	}
	if now := get[settings](w, query); now.Settings.Version != 1 || direction(now) != "hubspot_to_quickbooks" {
		t.Errorf("now: %+v", now)
	}
	if first := get[settings](w, query, "v", 0); first.Settings.Version != 0 || direction(first) != "" {
		t.Errorf("defaults: %+v", first)
	}
	for _, v := range []int{-1, 2} {
		if a := w.ask(query, "v", v); a.codes() != "NOT_FOUND" {
			t.Errorf("version %d: %s", v, a.body)
		}
	}
	history := get[map[string]any](w, `{ settings { history { totalCount nodes { version actor changes { key value } } } } }`)
	if got := jsonText(history); got != `{"settings":{"history":{"nodes":[{"actor":"local:ann","changes":[{"key":"direction","value":"hubspot_to_quickbooks"},{"key":"time_zone","value":"Europe/Berlin"}],"version":1}],"totalCount":1}}}` {
		t.Errorf("history: %s", got)
	}
}

type reportExport struct {
	ReportExport struct {
		ReportFile *struct {
			ID, Name, URL, Run, Sha256, Status, CreatedBy, CreatedAt, CompletedAt, Kind string
			Message                                                                     *string
			Bytes                                                                       int
			RowCounts                                                                   []struct {
				Sheet string
				Rows  int
			}
		}
		UserErrors       userErrors
		ClientMutationID *string
	}
}

// TestReportExport makes a workbook of the newest run, or of a run.
func TestReportExport(t *testing.T) {
	w := newWorld(t)
	const query = `mutation($run: ID) { reportExport(input: {run: $run, clientMutationId: "x"}) {
  reportFile { id kind name url run sha256 bytes rowCounts { sheet rows } status message createdAt completedAt createdBy }
  userErrors { code message path retryable } clientMutationId
} }`
	latest := get[reportExport](w, query).ReportExport
	f := latest.ReportFile
	if f == nil || f.Run != id("Run", "2") || f.URL != "/reports/1" || f.ID != id("ReportFile", "1") || f.Status != "SUCCESS" || f.Message != nil ||
		f.Bytes != 7 || len(f.RowCounts) != 2 || f.RowCounts[0].Sheet != "Cover" || f.CreatedBy != "local:ann" || f.CompletedAt != f.CreatedAt || f.Kind != "mismatches" {
		t.Errorf("latest: %+v", f)
	}
	if first := get[reportExport](w, query, "run", id("Run", "1")).ReportExport.ReportFile; first == nil || first.Run != id("Run", "1") {
		t.Errorf("of the first run: %+v", first)
	}
	ofSKU := get[reportExport](w, `mutation { reportExport(input: {kind: sku}) { reportFile { kind name } userErrors { code path } } }`).ReportExport.ReportFile
	if ofSKU == nil || ofSKU.Kind != "sku" || ofSKU.Name != "sku.xlsx" {
		t.Errorf("of the other kind: %+v", ofSKU)
	}
	for _, run := range []string{id("Run", "99"), id("Finding", "1"), "nonsense"} {
		got := get[reportExport](w, query, "run", run).ReportExport
		if got.ReportFile != nil || got.UserErrors.codes() != "NOT_FOUND input/run" {
			t.Errorf("run %s: %+v", run, got)
		}
	}
	_, err := w.repo.SaveReportFile(t.Context(), reconcile.ReportFile{Kind: "mismatches", Name: "x", Run: 1, Problem: "the disk is full", CreatedAt: today})
	w.must(err)
	failed := get[map[string]any](w, `{ reportFiles(first: 1) { nodes { status message url rowCounts { sheet } } } }`)
	if got := jsonText(failed); got != `{"reportFiles":{"nodes":[{"message":"the disk is full","rowCounts":[],"status":"FAILED","url":null}]}}` {
		t.Errorf("a failed one: %s", got)
	}
}
