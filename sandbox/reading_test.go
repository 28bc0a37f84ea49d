package sandbox

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
)

// A reading is a generated dataset read back from its files alone, by the
// words of the product's description. It shares no code with the generator, so
// that what one of them gets wrong, the other does not.
type reading struct {
	t         *testing.T
	truth     *Truth
	src       string
	zone      *time.Location
	customers map[string]map[string]party // system, id
	products  map[string]map[string]good
	rates     map[string]string // SRC's rate id to its name
	mapped    map[string]bool   // SRC's rate ids
	invoices  map[string][]*bill
	byNumber  map[string]map[string][]*bill
}

type party struct {
	id, email string
	created   string
	active    bool
}

type good struct {
	id, sku string
	active  bool
}

// A bill is an invoice in canonical form.
type bill struct {
	system, id, number, status, currency string
	date, due                            string
	instant                              string // HubSpot's, of the date
	customer                             party  // no id: nobody
	created                              time.Time
	integration                          bool
	lines                                map[string]map[string]*big.Rat // SKU, net price, quantity
	blanks                               []string                       // ids of used products without SKU
	used                                 []string                       // ids of used products
	rates                                []string
	discount, tax, total, balance        *big.Rat
	lineSum                              *big.Rat
	badRecord, badField                  string
	partner                              *bill
	grouped                              bool // ambiguous
}

type hubspotRecord struct {
	ID           string
	Properties   map[string]*string
	Associations map[string][]string
}

func (r hubspotRecord) get(name string) string {
	if v := r.Properties[name]; v != nil {
		return *v
	}
	return ""
}

func readWorld(t *testing.T, dir string) *reading {
	t.Helper()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	truth, err := d.Truth()
	if err != nil || truth == nil {
		t.Fatalf("truth of %s: %v, %v", dir, truth, err)
	}
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	r := &reading{t: t, truth: truth, zone: zone, src: "hubspot", rates: map[string]string{}, mapped: map[string]bool{},
		customers: map[string]map[string]party{"hubspot": {}, "quickbooks": {}},
		products:  map[string]map[string]good{"hubspot": {}, "quickbooks": {}},
		invoices:  map[string][]*bill{}, byNumber: map[string]map[string][]*bill{"hubspot": {}, "quickbooks": {}}}
	if truth.Direction == QuickBooksToHubSpot {
		r.src = "quickbooks"
	}
	r.readMapping(d)
	r.readHubSpot(d)
	r.readBooks(d)
	for system, bills := range r.invoices {
		for _, b := range bills {
			if b.number != "" {
				r.byNumber[system][b.number] = append(r.byNumber[system][b.number], b)
			}
		}
	}
	return r
}

func each[T any](r *reading, seq func(yield func(json.RawMessage, error) bool), f func(T)) {
	r.t.Helper()
	for raw, err := range seq {
		var v T
		if err == nil {
			dec := json.NewDecoder(strings.NewReader(string(raw)))
			dec.UseNumber()
			err = dec.Decode(&v)
		}
		if err != nil {
			r.t.Fatal(err)
		}
		f(v)
	}
}

func (r *reading) readMapping(d *Dataset) {
	pairs := map[string]string{}
	for pair := range strings.SplitSeq(r.truth.Settings["tax_mapping"], ",") {
		rate, code, ok := strings.Cut(pair, "=")
		if !ok {
			r.t.Fatalf("tax_mapping holds %q", pair)
		}
		pairs[rate] = code
	}
	codes := map[string]string{}
	each(r, d.QuickBooks("TaxCode"), func(c struct{ ID, Name string }) { codes[c.ID] = c.Name })
	known := map[string]string{}
	each(r, d.HubSpot("tax_rates"), func(c struct{ ID, Name string }) { known[c.ID] = c.Name })
	for rate, code := range pairs {
		if known[rate] == "" || codes[code] == "" {
			r.t.Errorf("tax_mapping names rate %s and code %s, of which one does not exist", rate, code)
		}
		if r.src == "hubspot" {
			r.mapped[rate] = true
		} else {
			r.mapped[code] = true
		}
	}
	if r.rates = known; r.src != "hubspot" {
		r.rates = codes
	}
}

// rat reads a decimal; what is no decimal gives nil.
func rat(s string) *big.Rat {
	if s == "" || strings.Trim(s, "0123456789.-") != "" {
		return nil
	}
	v, _ := new(big.Rat).SetString(s)
	return v
}

// number is a decimal that must be one; nothing counts as what is given.
func (r *reading) number(s, nothing string) *big.Rat {
	v := rat(cmp.Or(s, nothing))
	if v == nil {
		r.t.Fatalf("%q is no decimal", s)
	}
	return v
}

func (r *reading) readHubSpot(d *Dataset) {
	contacts := map[string]party{}
	each(r, d.HubSpot("contacts"), func(c hubspotRecord) {
		contacts[c.ID] = party{id: c.ID, email: c.get("email"), created: c.get("createdate"), active: true}
	})
	r.customers["hubspot"] = contacts
	companies := map[string]bool{}
	each(r, d.HubSpot("companies"), func(c hubspotRecord) { companies[c.ID] = true })
	each(r, d.HubSpot("products"), func(p hubspotRecord) {
		r.products["hubspot"][p.ID] = good{id: p.ID, sku: p.get("hs_sku"), active: true}
	})
	parts := map[string]map[string]hubspotRecord{}
	for _, object := range []string{"line_items", "discounts", "taxes"} {
		parts[object] = map[string]hubspotRecord{}
		each(r, d.HubSpot(object), func(p hubspotRecord) {
			if _, twice := parts[object][p.ID]; twice {
				r.t.Errorf("two %s have id %s", object, p.ID)
			}
			parts[object][p.ID] = p
		})
	}
	each(r, d.HubSpot("invoices"), func(h hubspotRecord) {
		r.invoices["hubspot"] = append(r.invoices["hubspot"], r.hubspotBill(h, contacts, companies, parts))
	})
}

func (r *reading) hubspotBill(h hubspotRecord, contacts map[string]party, companies map[string]bool, parts map[string]map[string]hubspotRecord) *bill {
	created, err := time.Parse(time.RFC3339, h.get("hs_createdate"))
	if err != nil {
		r.t.Fatal(err)
	}
	b := &bill{system: "hubspot", id: h.ID, number: h.get("hs_number"), status: h.get("hs_invoice_status"), currency: h.get("hs_currency"),
		created: created, integration: h.get("hs_object_source") == "INTEGRATION", lines: map[string]map[string]*big.Rat{},
		discount: new(big.Rat), tax: new(big.Rat), lineSum: new(big.Rat)}
	for _, id := range h.Associations["contacts"] {
		c, ok := contacts[id]
		if !ok {
			r.t.Errorf("invoice %s names contact %s, which does not exist", h.ID, id)
		}
		if b.customer.id == "" || c.created < b.customer.created || c.created == b.customer.created && lowerID(c.id, b.customer.id) {
			b.customer = c
		}
	}
	for _, id := range h.Associations["companies"] {
		if !companies[id] {
			r.t.Errorf("invoice %s names company %s, which does not exist", h.ID, id)
		}
		if b.customer.id == "" {
			b.customer = party{id: id, active: true}
		}
	}
	b.instant = h.get("hs_invoice_date")
	b.date, b.due = r.businessDate(b, b.instant), r.businessDate(b, h.get("hs_due_date"))
	if b.total = rat(h.get("hs_amount_billed")); b.total == nil {
		b.badRecord, b.badField = b.id, "total"
	}
	b.balance = r.number(h.get("hs_balance_due"), "")
	for _, id := range h.Associations["line_items"] {
		l, ok := parts["line_items"][id]
		if !ok {
			r.t.Fatalf("invoice %s has line item %s, which does not exist", h.ID, id)
		}
		r.hubspotLine(b, l)
	}
	sum := func(object string) *big.Rat {
		all := new(big.Rat)
		for _, id := range h.Associations[object] {
			part, ok := parts[object][id]
			if !ok {
				r.t.Fatalf("invoice %s has %s %s, which do not exist", h.ID, object, id)
			}
			value := r.number(part.get("hs_value"), "")
			if part.get("hs_type") == "PERCENT" {
				value = rounded(new(big.Rat).Mul(value, new(big.Rat).Quo(b.lineSum, big.NewRat(100, 1))), b.currency)
			}
			all.Add(all, value)
		}
		return all
	}
	b.discount = sum("discounts")
	b.tax.Add(b.tax, sum("taxes"))
	return b
}

// rounded rounds half up to the currency's minor unit.
func rounded(v *big.Rat, currency string) *big.Rat {
	places := 2
	if currency == "JPY" {
		places = 0
	}
	out, _ := new(big.Rat).SetString(v.FloatString(places)) // rounds halves away from zero
	return out
}

func (r *reading) businessDate(b *bill, instant string) string {
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		b.badRecord, b.badField = b.id, "date"
		return ""
	}
	return at.In(r.zone).Format(time.DateOnly)
}

func (r *reading) hubspotLine(b *bill, l hubspotRecord) {
	sku := l.get("hs_sku")
	if id := l.get("hs_product_id"); id != "" {
		p, ok := r.products["hubspot"][id]
		if !ok {
			r.t.Errorf("line item %s is of product %s, which does not exist", l.ID, id)
		}
		b.used = append(b.used, id)
		if sku = cmp.Or(sku, p.sku); sku == "" {
			b.blanks = append(b.blanks, id)
		}
	}
	price := rat(l.get("price"))
	if price == nil {
		b.badRecord, b.badField = l.ID, "price"
		return
	}
	net := new(big.Rat).Sub(price, r.number(l.get("discount"), "0"))
	net.Sub(net, new(big.Rat).Quo(new(big.Rat).Mul(price, r.number(l.get("hs_discount_percentage"), "0")), big.NewRat(100, 1)))
	qty := r.number(l.get("quantity"), "1")
	amount := new(big.Rat).Mul(net, qty)
	if got := r.number(l.get("amount"), ""); got.Cmp(amount) != 0 {
		r.t.Errorf("line item %s: amount is %s, want %s", l.ID, got.FloatString(5), amount.FloatString(5))
	}
	b.addLine(sku, net, qty)
	b.tax.Add(b.tax, r.number(l.get("hs_tax_amount"), "0"))
	if id := l.get("hs_tax_rate_group_id"); id != "" {
		b.rates = append(b.rates, id)
	}
}

func (b *bill) addLine(sku string, net, qty *big.Rat) {
	if b.lines[sku] == nil {
		b.lines[sku] = map[string]*big.Rat{}
	}
	at := b.lines[sku][net.RatString()]
	if at == nil {
		at = new(big.Rat)
		b.lines[sku][net.RatString()] = at
	}
	at.Add(at, qty)
	b.lineSum.Add(b.lineSum, new(big.Rat).Mul(net, qty))
}

// lowerID tells whether a decimal id is the lower number.
func lowerID(a, b string) bool {
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) < 0
}
