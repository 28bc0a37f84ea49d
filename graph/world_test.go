package graph_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/graph"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/reconcile/batch"
)

// today is the tests' clock: noon in UTC.
var today = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// A world is a seeded store with the API over it.
type world struct {
	t        *testing.T
	store    *db.DB
	repo     *db.Repo
	log      bytes.Buffer
	starter  fakeStarter
	exporter fakeExporter
	signIns  fakeSignIns
	explain  graph.Explainer
	handler  http.Handler
}

// A fakeStarter files runs and leaves them there.
type fakeStarter struct {
	repo   *db.Repo
	orders []batch.Order
	err    error
}

func (s *fakeStarter) Start(ctx context.Context, o batch.Order) (reconcile.Run, error) {
	s.orders = append(s.orders, o)
	if s.err != nil {
		return reconcile.Run{}, s.err
	}
	return s.repo.StartRun(ctx, reconcile.Run{State: reconcile.RunPulling, Actor: o.Actor, AsOf: today, StartedAt: today})
}

// A fakeExporter files a workbook without a file.
type fakeExporter struct {
	repo *db.Repo
	runs []reconcile.RunID
}

func (e *fakeExporter) Export(ctx context.Context, _ reconcile.Actor, kind string, run reconcile.RunID) (reconcile.ReportFile, error) {
	e.runs = append(e.runs, run)
	found, err := e.repo.LatestRun(ctx)
	if err == nil && run != 0 {
		found, err = e.repo.Run(ctx, run)
	}
	if err != nil {
		return reconcile.ReportFile{}, err
	}
	return e.repo.SaveReportFile(ctx, reconcile.ReportFile{
		Kind: kind, Name: kind + ".xlsx", Path: "nowhere", Run: found.ID, SHA256: "00", Bytes: 7,
		RowCounts: map[string]int{"Findings": 3, "Cover": 1}, CreatedAt: today,
	})
}

// fakeSignIns begin nothing, and forget tokens without a vendor.
type fakeSignIns struct {
	repo      *db.Repo
	access    map[reconcile.System]graph.Access
	begun     []string
	unrevoked error
	err       error
}

func (s *fakeSignIns) Access(system reconcile.System) graph.Access { return s.access[system] }

func (s *fakeSignIns) Begin(_ context.Context, by reconcile.Actor, system reconcile.System) (string, time.Time, error) {
	s.begun = append(s.begun, string(by)+" "+string(system))
	return "https://consent.example/?state=s", today.Add(10 * time.Minute), s.err
}

func (s *fakeSignIns) Disconnect(ctx context.Context, system reconcile.System) (unrevoked, err error) {
	c, err := s.repo.Credential(ctx, system)
	switch {
	case err != nil:
		return nil, err
	case c.State == reconcile.Disconnected:
		return nil, c.Usable()
	}
	return s.unrevoked, s.repo.Disconnect(ctx, system, "")
}

type explainFunc func(context.Context, string) ([]reconcile.Diagnosis, error)

func (f explainFunc) Explain(ctx context.Context, record string) ([]reconcile.Diagnosis, error) {
	return f(ctx, record)
}

// newWorld makes a store with two runs: the first finds five differences, the
// second sees four of them again.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := emptyWorld(t)
	w.seed()
	return w
}

// emptyWorld makes a store with a workspace and nothing in it.
func emptyWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	ctx := t.Context()
	var err error
	w.store, err = db.Open(ctx, dbtest.SQLite(t))
	w.must(err)
	t.Cleanup(func() {
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
	_, _, err = w.store.Migrate(ctx)
	w.must(err)
	w.must(w.store.EnsureWorkspace(ctx, reconcile.DefaultWorkspace))
	w.must(w.store.EnsureWorkspace(ctx, "other"))
	w.repo, err = w.store.As(t.Context(), "local:ann", reconcile.DefaultWorkspace)
	w.must(err)
	w.starter.repo, w.exporter.repo, w.signIns.repo = w.repo, w.repo, w.repo
	w.signIns.access = map[reconcile.System]graph.Access{
		reconcile.HubSpot: {NoApp: errors.New("no app of HubSpot is set up")}, reconcile.QuickBooks: {Metered: true, Limit: 500000},
	}
	clock := func() time.Time { return today }
	w.explain = &batch.Explainer{Records: w.repo, Clock: clock}
	w.handler = graph.New(graph.Config{
		Repo: w.repo, Starter: &w.starter, Exporter: &w.exporter,
		Explainer: explainFunc(func(ctx context.Context, record string) ([]reconcile.Diagnosis, error) {
			return w.explain.Explain(ctx, record)
		}),
		Pairs:     &batch.PairLister{Mirror: w.repo, Journal: w.repo, Clock: clock},
		SignIns:   &w.signIns,
		Workspace: reconcile.DefaultWorkspace, Actor: "local:ann", Now: clock,
		Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	})
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) seed() {
	ctx := w.t.Context()
	_, _, err := w.repo.SetSettings(ctx, map[string]string{"direction": "hubspot_to_quickbooks", "time_zone": "Europe/Berlin"})
	w.must(err)
	w.must(w.repo.SetCompany(ctx, reconcile.Company{System: reconcile.HubSpot, ID: "77", Name: "Acme", TimeZone: "Europe/Berlin", Currency: "USD"}))
	w.must(w.repo.SetCompany(ctx, reconcile.Company{
		System: reconcile.QuickBooks, ID: "99", Name: "Acme Inc.", TimeZone: "UTC", Currency: "USD", Country: "US", BooksClosed: date("2025-12-31"),
	}))
	w.connect(reconcile.QuickBooks, "99", today.AddDate(0, 0, 20))
	_, err = w.repo.Spend(ctx, reconcile.QuickBooks, "2026-03", 1234)
	w.must(err)
	w.run(today.AddDate(0, 0, -10), findings(), w.invoices, w.masters)
	w.run(today.AddDate(0, 0, -1), findings()[:4])
}

// connect stores a sign-in of the day before that ends at an instant.
func (w *world) connect(system reconcile.System, company string, ends time.Time) {
	at := today.AddDate(0, 0, -1)
	w.must(w.repo.Connect(w.t.Context(), reconcile.Credential{
		Connection: reconcile.Connection{
			System: system, CompanyID: company, CompanyName: "Acme Inc.", ConnectedAt: at, LastRefresh: at, AccessExpires: at.Add(time.Hour), RefreshExpires: ends,
		},
		Current: reconcile.Sealed{Key: "1", Body: []byte("sealed")},
	}, "local:ann"))
}

// run carries out a run that pulls something and sees findings.
func (w *world) run(at time.Time, seen []reconcile.Finding, pulls ...func(reconcile.Run)) reconcile.Run {
	ctx := w.t.Context()
	run, err := w.repo.StartRun(ctx, reconcile.Run{State: reconcile.RunPulling, Actor: "schedule", AsOf: at, StartedAt: at, Settings: 1})
	w.must(err)
	w.must(w.repo.SaveStep(ctx, run.ID, reconcile.Step{Name: "pull/hubspot/invoices", State: reconcile.StepDone, Records: 3, StartedAt: at, FinishedAt: at.Add(time.Minute)}))
	w.must(w.repo.SaveCertificate(ctx, run.ID, reconcile.Certificate{
		System: reconcile.HubSpot, Object: reconcile.ObjectInvoices, Claimed: 3, Received: 1, Known: 3, Since: at.AddDate(0, 0, -1), Watermark: at, Pages: 1, Sums: map[string]int64{"USD": 60000, "EUR": 5},
		Hash: "abc", Calls: 2, StartedAt: at, FinishedAt: at.Add(time.Minute),
	}))
	for _, pull := range pulls {
		pull(run)
	}
	w.must(w.repo.SaveTotals(ctx, run.ID, totals()))
	counts, err := w.repo.See(ctx, run, seen)
	w.must(err)
	gone, err := w.repo.Unseen(ctx, run, reconcile.Proof{Complete: true})
	w.must(err)
	run.State, run.Verdict, run.FinishedAt = reconcile.RunComplete, reconcile.NotTiedOut, at.Add(90*time.Second)
	run.Counts = reconcile.Counts{HubSpotInvoices: 3, QuickBooksInvoices: 2, InScope: 4, Open: len(seen), Opened: counts.Opened, Resolved: gone.Resolved}
	w.must(w.repo.SaveRun(ctx, run))
	return run
}

func findings() []reconcile.Finding {
	finding := func(code reconcile.Code, severity reconcile.Severity, number, field string, minor int64, currency string) reconcile.Finding {
		subject := "invoice/hubspot/" + number
		return reconcile.Finding{
			ID: reconcile.Identify(reconcile.DefaultWorkspace, code, subject, field), Code: code, Severity: severity, Subject: subject,
			System: reconcile.Both, Record: "1" + number[len(number)-3:], Number: number, Field: field, HubSpotID: "1" + number[len(number)-3:],
			HubSpot: "a", QuickBooks: "b", Amount: reconcile.Money{Minor: minor, Currency: currency}, Customer: "ann@example.com",
			Date: date("2026-02-0" + number[len(number)-1:]), Cause: "they differ", Message: number + " differs", RootCause: string(code),
			Actions: []reconcile.ActionVerb{reconcile.SyncInvoice, reconcile.Accept},
		}
	}
	list := []reconcile.Finding{
		finding("LINE_PRICE", reconcile.High, "INV-001", "lines[PROD-001].price", 12550, "USD"),
		finding("INVOICE_TOTAL", reconcile.High, "INV-002", "total", 4000, "JPY"),
		finding("SKU_NOT_FOUND", reconcile.Medium, "INV-003", "sku", 99999, "USD"),
		finding("INVOICE_DATE", reconcile.Low, "INV-004", "date", 0, ""),
		finding("LINE_PRICE", reconcile.High, "INV-005", "lines[PROD-002].price", 1, "USD"),
	}
	list[2].Invoices, list[2].Effects = 2, []reconcile.Effect{{Subject: "invoice/hubspot/7", Number: "INV-007", Field: "lines[X]", HubSpot: "1"}}
	list[2].Reasons = []reconcile.Reason{{Gate: 12, Code: "SKU_UNKNOWN", Text: "no such SKU", Fix: "create it"}}
	list[3].Date = reconcile.Date{}
	return list
}

func totals() []reconcile.ControlTotal {
	side := func(n int, amount int64) reconcile.SideTotal {
		t := reconcile.Tally{Count: n, Amount: amount}
		return reconcile.SideTotal{Population: t, InScope: t, Matched: t, Excluded: map[reconcile.ExclusionReason]reconcile.Tally{reconcile.ExcludedByStatus: {Count: 1, Amount: 5}}}
	}
	return []reconcile.ControlTotal{
		{Currency: "EUR", Month: "2026-02", HubSpot: side(1, 5), QuickBooks: side(1, 5)},
		{
			Currency: "USD", Month: "2026-02", HubSpot: side(2, 60000), QuickBooks: side(2, 59900),
			Differences: map[reconcile.DifferenceClass]int64{reconcile.ClassPrice: 90, reconcile.ClassUnexplained: 10},
		},
	}
}

// invoices files a pair that agrees, a one-sided invoice, and four invoices
// without a number.
func (w *world) invoices(run reconcile.Run) {
	for _, system := range reconcile.Systems {
		var filed []reconcile.Filed
		add := func(id, number string, total int64) {
			i := reconcile.Invoice{
				System: system, ID: id, Number: number, Status: reconcile.StatusOpen, Date: date("2026-02-03"), DueDate: date("2026-03-03"), Currency: "USD",
				Total: total, Balance: total - 500, Tax: 100, CreatedAt: today.AddDate(0, -1, 0),
				Lines: []reconcile.Line{{SKU: "PROD-001", Quantity: decimal.MustParse("1.50"), Price: decimal.MustParse("2.3456"), Amount: 352}},
			}
			e := reconcile.Entry{
				System: system, ID: id, Date: i.Date, Currency: i.Currency, Status: i.Status, Total: total, Balance: i.Balance, Created: i.CreatedAt.Unix(),
			}
			if number != "" {
				e.MatchKey = "n" + number
			}
			filed = append(filed, reconcile.Filed{Invoice: i, Entry: e})
		}
		add("501", "INV-001", 12550)
		if system == reconcile.HubSpot {
			add("502", "INV-002", 4000)
			for n := range 4 {
				add(strconv.Itoa(510+n), "", 100)
			}
		}
		_, err := w.repo.StoreInvoices(w.t.Context(), run.ID, reconcile.Page{System: system, Object: reconcile.ObjectInvoices}, filed)
		w.must(err)
	}
}

// masters files products and customers that meet in every way.
func (w *world) masters(run reconcile.Run) {
	for _, system := range reconcile.Systems {
		products := reconcile.Page{System: system, Object: reconcile.ObjectProducts}
		customers := reconcile.Page{System: system, Object: reconcile.ObjectCustomers}
		add := func(id, sku, price, email string) {
			products.Products = append(products.Products, reconcile.Product{
				System: system, ID: id, SKU: sku, Name: "Product " + id, Kind: "Service", Price: decimal.MustParse(price), Active: true,
			})
			customers.Customers = append(customers.Customers, reconcile.Customer{System: system, ID: id, Name: "Customer " + id, Email: email, Active: true})
		}
		if system == reconcile.HubSpot {
			add("701", "MAT-1", "12.50", "ann@example.com")
			add("702", "CASE-2", "0.12345", "BOB@example.com")
			add("703", "INV-003", "7", "cid@example.com") // what a finding is about
			add("704", "", "1", "")
			add("705", "SEV-5", "5", "several@example.com")
			add("706", "sev-5", "5", "none@example.com")
			customers.Customers = append(customers.Customers, reconcile.Customer{System: system, ID: "704", Name: "A company", Company: true, Active: true})
		} else {
			add("801", "MAT-1", "12.5", "ann@example.com")
			add("802", "case-2 ", "0.12", "bob@example.com")
			add("803", "ONLY-9", "9", "dan@example.com")
			add("805", "SEV-5", "5", "several@example.com")
			add("806", "SEV- 5", "5", "several@example.com")
		}
		for _, page := range []reconcile.Page{products, customers} {
			_, err := w.repo.StoreMasters(w.t.Context(), run.ID, page)
			w.must(err)
		}
	}
}

func date(s string) reconcile.Date {
	d, err := reconcile.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func id(kind, local string) string {
	return wire.GlobalID{Type: kind, Workspace: reconcile.DefaultWorkspace, Local: local}.String()
}

// An answer is what the API said.
type answer struct {
	status int
	media  string
	body   string
	Data   json.RawMessage
	Errors []struct {
		Message    string
		Path       []any
		Extensions struct {
			Code      string
			RequestID string
		}
	}
	Extensions struct {
		Cost struct{ Requested, Limit int }
	}
}

// codes lists the codes of the errors.
func (a answer) codes() string {
	var codes []string
	for _, e := range a.Errors {
		codes = append(codes, e.Extensions.Code)
	}
	return strings.Join(codes, " ")
}

// ask sends a document; variables come as name and value in turn.
func (w *world) ask(query string, variables ...any) answer {
	w.t.Helper()
	values := map[string]any{}
	for n := 0; n < len(variables); n += 2 {
		values[variables[n].(string)] = variables[n+1]
	}
	raw, err := json.Marshal(map[string]any{"query": query, "variables": values})
	w.must(err)
	return w.post(string(raw), "Content-Type", "application/json")
}

// post sends a body with headers.
func (w *world) post(body string, headers ...string) answer {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, "/graphql", strings.NewReader(body))
	for n := 0; n < len(headers); n += 2 {
		r.Header.Set(headers[n], headers[n+1])
	}
	return w.serve(r)
}

func (w *world) serve(r *http.Request) answer {
	w.t.Helper()
	r = r.WithContext(graph.WithRequestID(r.Context(), "req-1"))
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	a := answer{status: rec.Code, media: rec.Header().Get("Content-Type"), body: rec.Body.String()}
	if err := json.Unmarshal(rec.Body.Bytes(), &a); err != nil {
		w.t.Fatalf("no JSON: %v\n%s", err, a.body)
	}
	return a
}

// get asks and decodes the data; errors end the test.
func get[T any](w *world, query string, variables ...any) T {
	w.t.Helper()
	a := w.ask(query, variables...)
	if len(a.Errors) > 0 {
		w.t.Fatalf("errors: %s", a.body)
	}
	var data T
	w.must(json.Unmarshal(a.Data, &data))
	return data
}

var errBroken = errors.New("secret detail")
