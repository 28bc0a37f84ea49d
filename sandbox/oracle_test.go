package sandbox

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// findings compares the two systems by the words of docs/findings.md, simply
// and slowly.
func (r *reading) findings() []Expected {
	f := &finder{reading: r, dst: "quickbooks", pairs: map[string]string{}}
	if r.src == "quickbooks" {
		f.dst = "hubspot"
	}
	f.pair()
	f.duplicates()
	f.skus()
	f.emails()
	f.unsynced()
	for _, a := range r.invoices[r.src] {
		if a.partner != nil {
			f.compare(a, a.partner)
		}
	}
	f.usage()
	slices.SortFunc(f.found, func(a, b Expected) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.System, b.System), cmp.Compare(a.Record, b.Record),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.Number, b.Number))
	})
	return f.found
}

type finder struct {
	*reading
	dst   string
	found []Expected
	pairs map[string]string // DST's SKU to the near one of SRC
}

func (f *finder) add(code, system, number, record, field string) {
	f.found = append(f.found, Expected{Code: code, System: system, Number: number, Record: record, Field: field})
}

// inScope judges an invoice by the filters, which are the defaults.
func (f *finder) inScope(b *bill) bool {
	if b.badRecord != "" {
		return false
	}
	if b.partner != nil && b.system == f.dst {
		b = b.partner
	}
	return (b.status == "open" || b.status == "paid") && !(b.integration && b.partner == nil)
}

func (f *finder) pair() {
	for number, as := range f.byNumber[f.src] {
		bs := f.byNumber[f.dst][number]
		switch {
		case len(as) == 1 && len(bs) == 1:
			as[0].partner, bs[0].partner = bs[0], as[0]
		case len(bs) > 0:
			for _, b := range slices.Concat(as, bs) {
				b.grouped = true
			}
		}
	}
}

func (f *finder) duplicates() {
	for system, bills := range f.invoices {
		groups := map[string][]*bill{}
		for _, b := range bills {
			if !f.inScope(b) {
				continue
			}
			if b.number != "" {
				groups["#"+b.number] = append(groups["#"+b.number], b)
			}
			key := strings.Join([]string{b.customer.email, b.customer.id, b.currency, b.date, b.total.RatString()}, "|")
			groups[key] = append(groups[key], b)
		}
		for key, group := range groups {
			slices.SortFunc(group, func(a, b *bill) int { return cmp.Or(cmp.Compare(len(a.id), len(b.id)), cmp.Compare(a.id, b.id)) })
			numbers := map[string]bool{}
			for _, b := range group {
				numbers[cmp.Or(b.number, b.id)] = true
			}
			switch {
			case strings.HasPrefix(key, "#") && len(group) > 1:
				f.add("INVOICE_DUPLICATE", system, group[0].number, group[0].id, "number")
			case !strings.HasPrefix(key, "#") && len(numbers) > 1:
				f.add("INVOICE_DUPLICATE", system, group[0].number, group[0].id, "total")
			}
		}
	}
}

func (f *finder) pending(b *bill) bool { return f.truth.AsOf.Sub(b.created) < time.Hour }

func (f *finder) lonely(system string) (out []*bill) {
	for _, b := range f.invoices[system] {
		if b.partner == nil && !b.grouped && f.inScope(b) && !f.pending(b) {
			out = append(out, b)
		}
	}
	return out
}

func (f *finder) unsynced() {
	for _, a := range f.lonely(f.src) {
		f.add("INVOICE_ONLY_IN_SOURCE", f.src, a.number, a.id, "")
	}
	byKey := map[string][]*bill{}
	for _, b := range f.lonely(f.dst) {
		f.add("INVOICE_ONLY_IN_DESTINATION", f.dst, b.number, b.id, "")
		byKey[b.customer.email+b.currency+b.total.RatString()] = append(byKey[b.customer.email+b.currency+b.total.RatString()], b)
	}
	for _, a := range f.lonely(f.src) {
		for _, b := range byKey[a.customer.email+a.currency+a.total.RatString()] {
			if apart := dayNumber(f.t, a.date) - dayNumber(f.t, b.date); apart >= -7 && apart <= 7 {
				f.add("INVOICE_TWIN_CANDIDATE", both, a.number, a.id, "number")
			}
		}
	}
}

func dayNumber(t *testing.T, date string) int {
	at, err := time.Parse(time.DateOnly, date)
	if err != nil {
		t.Fatal(err)
	}
	return int(at.Unix() / 86400)
}

// usage finds what is wrong with records because an in-scope invoice uses them.
func (f *finder) usage() {
	noEmail, noSKU, unmapped := map[[2]string]bool{}, map[[2]string]bool{}, map[string]bool{}
	for system, bills := range f.invoices {
		for _, b := range bills {
			if b.badRecord != "" {
				f.add("RECORD_UNREADABLE", system, b.number, b.badRecord, b.badField)
			}
			if !f.inScope(b) {
				continue
			}
			if b.customer.id != "" && b.customer.email == "" {
				noEmail[[2]string{system, b.customer.id}] = true
			}
			for _, id := range b.blanks {
				noSKU[[2]string{system, id}] = true
			}
			for _, id := range b.rates {
				if system == f.src && !f.mapped[id] {
					unmapped[id] = true
				}
			}
		}
		for id, g := range f.products[system] {
			if g.active && g.sku == "" {
				noSKU[[2]string{system, id}] = true
			}
		}
	}
	for at := range noEmail {
		f.add("EMAIL_MISSING", at[0], "", at[1], "email")
	}
	for at := range noSKU {
		f.add("SKU_MISSING", at[0], "", at[1], "sku")
	}
	for id := range unmapped {
		f.add("TAX_UNMAPPED", f.src, f.rates[id], id, "tax_code")
	}
}

// diff tells what is expected and not found, and the reverse.
func diff(want, got []Expected) (out []string) {
	count := map[Expected]int{}
	for _, e := range want {
		count[e]++
	}
	for _, e := range got {
		count[e]--
	}
	for _, e := range slices.SortedFunc(maps.Keys(count), func(a, b Expected) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) }) {
		if n := count[e]; n > 0 {
			out = append(out, fmt.Sprintf("in the truth, not found: %+v", e))
		} else if n < 0 {
			out = append(out, fmt.Sprintf("found, not in the truth: %+v", e))
		}
	}
	return out
}

// TestTruthIsWhatASecondReadingFinds reads the files back and compares them
// by rules written down a second time.
func TestTruthIsWhatASecondReadingFinds(t *testing.T) {
	seen := time.Date(2026, 3, 9, 3, 30, 0, 0, time.UTC) // the evening before, in the portal's zone
	worlds := []Options{
		{Invoices: 1, Seed: 1},
		{Invoices: 2000, Seed: 1},
		{Invoices: 2000, Seed: 2, Direction: QuickBooksToHubSpot},
		{Invoices: 3000, Seed: 3, AsOf: seen},
		{Invoices: 3000, Seed: 4, AsOf: seen, Direction: QuickBooksToHubSpot},
		{Invoices: 3000, Seed: 5, Defects: NoDefects, Lines: 1},
		{Invoices: 1000, Seed: 6, Defects: 0.4, Lines: 8},
		{Invoices: 1000, Seed: 7, Defects: 0.4, Lines: 1.5, Direction: QuickBooksToHubSpot},
		{Invoices: 137, Seed: 8},
	}
	for seed := range uint64(8) {
		worlds = append(worlds, Options{Invoices: 400, Seed: 100 + seed, Defects: 0.3, Direction: []string{HubSpotToQuickBooks, QuickBooksToHubSpot}[seed%2]})
	}
	for _, o := range worlds {
		dir := t.TempDir()
		truth, err := Generate(dir, o)
		if err != nil {
			t.Fatalf("%+v: %v", o, err)
		}
		if o.Defects == NoDefects && len(truth.Findings) > 0 {
			t.Errorf("%+v: the truth of a world without defects has %d findings", o, len(truth.Findings))
		}
		for _, line := range diff(truth.Findings, readWorld(t, dir).findings()) {
			t.Errorf("%+v: %s", o, line)
		}
	}
}
