package sandbox

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func generate(t *testing.T, o Options) (string, *Truth) {
	t.Helper()
	dir := t.TempDir()
	truth, err := Generate(dir, o)
	if err != nil {
		t.Fatalf("%+v: %v", o, err)
	}
	return dir, truth
}

func TestEveryKindIsPlantedTwice(t *testing.T) {
	for _, direction := range []string{HubSpotToQuickBooks, QuickBooksToHubSpot} {
		_, truth := generate(t, Options{Invoices: 2000, Seed: 7, Direction: direction})
		count := map[string]int{}
		for _, c := range truth.Causes {
			count[c.Name]++
			if c.Number == "" || c.Note == "" {
				t.Errorf("%s: a cause %s has no number or no note", direction, c.Name)
			}
		}
		for _, k := range kinds() {
			if count[k.name] < 2 && (k.only == "" || k.only == direction) {
				t.Errorf("%s: kind %s is planted %d times, want 2", direction, k.name, count[k.name])
			}
		}
	}
}

// The codes are those of docs/findings.md, but for the one that tells of a
// pull that broke off: no dataset does that.
func TestEveryCodeIsExpected(t *testing.T) {
	codes := strings.Fields(`INVOICE_ONLY_IN_SOURCE INVOICE_ONLY_IN_DESTINATION INVOICE_DUPLICATE INVOICE_TWIN_CANDIDATE
		LINE_MISSING LINE_EXTRA LINE_PRICE LINE_QUANTITY INVOICE_DISCOUNT TAX_AMOUNT TAX_ZEROED INVOICE_TOTAL INVOICE_BALANCE
		INVOICE_DATE INVOICE_DUE_DATE INVOICE_CURRENCY INVOICE_CUSTOMER INVOICE_STATUS VOID_ONE_SIDE
		SKU_MISSING SKU_NOT_FOUND SKU_CASE SKU_SPACE SKU_DUPLICATE
		EMAIL_MISSING EMAIL_NOT_FOUND EMAIL_CASE EMAIL_SPACE EMAIL_AMBIGUOUS TAX_UNMAPPED RECORD_UNREADABLE`)
	for _, direction := range []string{HubSpotToQuickBooks, QuickBooksToHubSpot} {
		_, truth := generate(t, Options{Invoices: 1000, Seed: 3, Direction: direction})
		found := map[string]bool{}
		for _, e := range truth.Findings {
			found[e.Code] = true
			if e.Record == "" {
				t.Errorf("%+v names no record", e)
			}
		}
		slices.Sort(codes)
		if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, codes) {
			t.Errorf("%s: codes are %v, want %v", direction, got, codes)
		}
	}
}

func TestCausesAreLimitedToThoseAskedFor(t *testing.T) {
	for _, direction := range []string{HubSpotToQuickBooks, QuickBooksToHubSpot} {
		for _, k := range kinds() {
			if k.only != "" && k.only != direction {
				continue
			}
			dir, truth := generate(t, Options{Invoices: 60, Seed: 5, Causes: []string{k.name}, Direction: direction})
			if len(truth.Causes) < 2 || len(truth.Findings) == 0 {
				t.Errorf("%s: kind %s is planted %d times and gives %d findings", direction, k.name, len(truth.Causes), len(truth.Findings))
			}
			for _, c := range truth.Causes {
				if c.Name != k.name {
					t.Errorf("%s: kind %s was planted, asked for was %s", direction, c.Name, k.name)
				}
			}
			for _, line := range diff(truth.Findings, readWorld(t, dir).findings()) {
				t.Errorf("%s: kind %s: %s", direction, k.name, line)
			}
		}
	}
}

// contents reads all files of a directory.
func contents(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		all[strings.TrimPrefix(path, dir)], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEqualOptionsGiveEqualBytes(t *testing.T) {
	one, _ := generate(t, Options{Invoices: 700, Seed: 11})
	two, _ := generate(t, Options{Invoices: 700, Seed: 11})
	three, _ := generate(t, Options{Invoices: 700, Seed: 12})
	a, b, c := contents(t, one), contents(t, two), contents(t, three)
	if !maps.EqualFunc(a, b, bytes.Equal) {
		t.Error("the same seed gave other bytes")
	}
	if bytes.Equal(a["/hubspot/invoices.jsonl"], c["/hubspot/invoices.jsonl"]) {
		t.Error("another seed gave the same invoices")
	}
}

func TestSizesAreThoseAskedFor(t *testing.T) {
	for _, n := range []int{1, 10, 500, 3000} {
		dir, _ := generate(t, Options{Invoices: n, Seed: 2, Defects: NoDefects, Lines: 4})
		r := readWorld(t, dir)
		for system, bills := range r.invoices {
			if got := len(bills); got < n*9/10 || got > n*11/10 {
				t.Errorf("%s has %d invoices, asked for were %d", system, got, n)
			}
		}
		lines := 0
		for _, b := range r.invoices["quickbooks"] {
			lines += len(b.used)
		}
		if average := float64(lines) / float64(len(r.invoices["quickbooks"])); n == 3000 && (average < 3.6 || average > 5) {
			t.Errorf("an invoice has %.2f lines on average, asked for were 4", average)
		}
	}
}

func TestBadOptionsAreRefusedAllAtOnce(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		want []string
	}{
		{"nothing", Options{}, []string{"invoices: 0 is not between"}},
		{"negative", Options{Invoices: -3}, []string{"invoices: -3"}},
		{"a share above a half", Options{Invoices: 5, Defects: 0.7}, []string{"defects: 0.7 is not a share"}},
		{"a negative share", Options{Invoices: 5, Defects: -0.1}, []string{"defects: -0.1 is not a share"}},
		{"less than a line", Options{Invoices: 5, Lines: 0.5}, []string{"lines: an average of 0.5"}},
		{"an unknown kind", Options{Invoices: 5, Causes: []string{"price_change"}}, []string{`there is no kind "price_change"`, "price_changed"}},
		{"a kind of the other direction", Options{Invoices: 5, Causes: []string{"sku_on_line_only"}, Direction: QuickBooksToHubSpot}, []string{"sku_on_line_only exists only in direction hubspot_to_quickbooks"}},
		{"several", Options{Lines: 1e9, Direction: "both"}, []string{"invoices: 0", "lines: an average", `direction: "both"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "new")
			_, err := Generate(dir, tt.o)
			if err == nil {
				t.Fatal("the options were taken")
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error is %q, want %q in it", err, want)
				}
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("a directory was made all the same")
			}
		})
	}
}

func TestOnlyGeneratedDatasetsAreReplaced(t *testing.T) {
	put := func(dir, name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	o := Options{Invoices: 20, Seed: 1}
	for _, tt := range []struct{ name, file, text, want string }{
		{"anything else", "ledger.xlsx", "precious", "it holds ledger.xlsx"},
		{"recorded data", "hubspot/invoices.jsonl", "{}\n", "was not generated"},
		{"a truth written by hand", "truth.json", `{"direction":"hubspot_to_quickbooks"}`, "was not generated"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put(dir, tt.file, tt.text)
			if _, err := Generate(dir, o); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the error is %v, want %q in it", err, tt.want)
			}
			if got, err := os.ReadFile(filepath.Join(dir, tt.file)); err != nil || string(got) != tt.text {
				t.Errorf("the file holds %q, %v", got, err)
			}
		})
	}
	t.Run("an earlier dataset", func(t *testing.T) {
		dir, _ := generate(t, Options{Invoices: 300, Seed: 9})
		put(dir, ".incoming/hubspot/invoices.jsonl", "half of it")
		if _, err := Generate(dir, o); err != nil {
			t.Fatal(err)
		}
		fresh, _ := generate(t, o)
		if !maps.EqualFunc(contents(t, dir), contents(t, fresh), bytes.Equal) {
			t.Error("something of the earlier dataset is left")
		}
	})
	t.Run("a file", func(t *testing.T) {
		dir := t.TempDir()
		put(dir, "data", "")
		if _, err := Generate(filepath.Join(dir, "data"), o); err == nil {
			t.Error("a file was taken for a directory")
		}
	})
}

// What makes careless comparisons stumble must be in every world of some size.
func TestNaturalTroubleIsThere(t *testing.T) {
	dir, truth := generate(t, Options{Invoices: 2000, Seed: 21, Defects: NoDefects, AsOf: time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)})
	all := contents(t, dir)
	for file, wants := range map[string][]string{
		"/hubspot/invoices.jsonl":      {`"draft"`, `"voided"`, `"INTEGRATION"`, `"hs_number":null`, `"EUR"`, `"JPY"`, `"hs_number":"0`, `"2026-08-01T11:`},
		"/hubspot/line_items.jsonl":    {`"quantity":null`, `"hs_sku":null`, `"hs_product_id":null`, `"hs_discount_percentage":"5`, `"deals":[`, `"price":"0"`},
		"/hubspot/products.jsonl":      {"-ab\"", "-AB\"", "CAFE\u0301", `"  `, `\"`, `\\`, "🔩"},
		"/hubspot/contacts.jsonl":      {`"email":null`},
		"/hubspot/discounts.jsonl":     {"FIXED", "PERCENT"},
		"/hubspot/taxes.jsonl":         {"FIXED", "PERCENT"},
		"/hubspot/tax_rates.jsonl":     {`"active":false`},
		"/quickbooks/Invoice.jsonl":    {`"PrivateNote":"Voided"`, `"Voided cheque`, `"TotalAmt":0.00`, `"DiscountLineDetail"`, `"LinkedTxn":[{`},
		"/quickbooks/Item.jsonl":       {"CAFE\u0301", "(deleted)", `"Category"`},
		"/quickbooks/Customer.jsonl":   {"(deleted)", "e\u0301", "&", "🌵", `\"`, `\\`},
		"/quickbooks/CompanyInfo.json": {`"Country":"US"`},
	} {
		for _, want := range wants {
			if !bytes.Contains(all[file], []byte(want)) {
				t.Errorf("%s has no %s", file, want)
			}
		}
	}
	r := readWorld(t, dir)
	longest, split, joined, nextDay := 0, false, false, false
	for _, a := range r.invoices["hubspot"] {
		longest = max(longest, len(a.used))
		if b := r.byNumber["quickbooks"][a.number]; len(b) == 1 && a.number != "" {
			split, joined = split || len(a.used) > len(b[0].used), joined || len(a.used) < len(b[0].used)
		}
		nextDay = nextDay || !strings.HasPrefix(a.instant, a.date)
	}
	if longest < 900 || !split || !joined || !nextDay {
		t.Errorf("longest invoice %d lines, split in HubSpot %t, in QuickBooks %t, dates of the next day in UTC %t", longest, split, joined, nextDay)
	}
	if len(truth.Findings) != 0 {
		t.Errorf("the truth has %d findings, want none", len(truth.Findings))
	}
}

func TestRoundingAndShares(t *testing.T) {
	for _, tt := range []struct{ n, d, want int64 }{{5, 10, 1}, {4, 10, 0}, {15, 10, 2}, {14, 10, 1}, {0, 10, 0}, {29962, 1000, 30}} {
		if got := halfUp(tt.n, tt.d); got != tt.want {
			t.Errorf("halfUp(%d, %d) = %d, want %d", tt.n, tt.d, got, tt.want)
		}
	}
	for _, tt := range []struct {
		tax     int64
		amounts []int64
		want    []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{7, []int64{0, 10}, []int64{0, 7}},
		{7, []int64{0, 0}, []int64{7, 0}},
		{0, []int64{5}, []int64{0}},
		{5, nil, []int64{}},
	} {
		if got := shares(tt.tax, tt.amounts); !slices.Equal(got, tt.want) {
			t.Errorf("shares(%d, %v) = %v, want %v", tt.tax, tt.amounts, got, tt.want)
		}
	}
	for _, tt := range []struct {
		v             int64
		digits, least int
		want          string
	}{{1500, 2, 2, "15.00"}, {1500, 2, 1, "15.0"}, {1500, 2, 0, "15"}, {7, 2, 0, "0.07"}, {-7, 2, 2, "-0.07"}, {12500, 5, 0, "0.125"}, {15, 0, 0, "15"}, {15, 0, 2, "15.00"}} {
		if got := decimal(tt.v, tt.digits, tt.least); got != tt.want {
			t.Errorf("decimal(%d, %d, %d) = %q, want %q", tt.v, tt.digits, tt.least, got, tt.want)
		}
	}
}

// Each side of an invoice must add up by itself: lines less discount plus tax
// is the total.
func TestInvoicesAddUp(t *testing.T) {
	dir, _ := generate(t, Options{Invoices: 1500, Seed: 31, Defects: NoDefects})
	r := readWorld(t, dir)
	for system, bills := range r.invoices {
		for _, b := range bills {
			if system == "quickbooks" && b.status == "voided" {
				continue // its figures are gone
			}
			sum := minus(b.lineSum, b.discount)
			if sum.Add(sum, b.tax).Cmp(b.total) != 0 {
				t.Errorf("%s invoice %s: lines, discount and tax are %s, the total is %s", system, b.number, sum.FloatString(2), b.total.FloatString(2))
			}
		}
	}
}
