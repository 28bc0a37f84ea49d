package hubspotsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is written, in whatever order: amounts are consistent, unique values
// unique, associations the same from both ends, the newest version of a property
// its value, and what is refused changes nothing.
func TestRandomWrites(t *testing.T) {
	three := func(properties string) (lines string) {
		for n := range 3 {
			lines += fmt.Sprintf(`{"id":"%d","properties":{%s}}`+"\n", n+1, properties)
		}
		return lines
	}
	ds := dataset(t, files{
		"tax_rates.jsonl": `{"id":"5","label":"VAT","percentageRate":7.25}` + "\n", "invoices.jsonl": three(`"hs_currency":"EUR"`),
		"line_items.jsonl": three(`"price":"2","amount":"2","hs_post_tax_amount":"2"`), "contacts.jsonl": three(""), "companies.jsonl": three(`"name":"N"`),
		"discounts.jsonl": three(`"hs_type":"PERCENT","hs_value":"10"`), "fees.jsonl": three(`"hs_type":"FIXED","hs_value":"1"`), "taxes.jsonl": three(""), "commerce_payments.jsonl": three(""),
	})
	rapid.Check(t, func(t *rapid.T) {
		w := newWatch()
		p, err := New(ds, Options{Open: true, Now: w.Now, Unique: map[string][]string{"invoices": {"key"}, "contacts": {"key"}}, Writing: Writing{
			EditOpen: rapid.Bool().Draw(t, "edit open"), DeleteOpen: rapid.Bool().Draw(t, "delete open"), KeepLines: rapid.Bool().Draw(t, "keep lines"),
			KeepPrimaryID: rapid.Bool().Draw(t, "keep id"), Void: true,
		}})
		if err != nil {
			t.Fatal(err)
		}
		m := &writer{t: t, p: p}
		for range rapid.IntRange(10, 30).Draw(t, "steps") {
			w.pass(1e6)
			before := m.picture()
			status, body := m.step()
			switch {
			case status >= 500:
				t.Fatalf("%d %s", status, body)
			case status >= 400 && m.picture() != before:
				t.Fatalf("refused with %d %s, and changed\n%s\nto\n%s", status, body, before, m.picture())
			}
			checkPortal(t, p)
		}
	})
}

// A writer sends random writes.
type writer struct {
	t *rapid.T
	p *Portal
}

func (m *writer) send(method, path string, body any) (int, string) {
	raw, err := json.Marshal(body)
	if err != nil {
		m.t.Fatal(err)
	}
	return sendTo(m.p, method, path, string(raw))
}

// sendTo has a portal answer a request without a network.
func sendTo(p *Portal, method, path, body string) (int, string) {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer x")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// step writes something.
func (m *writer) step() (int, string) {
	t := m.t
	object := rapid.SampledFrom([]string{"invoices", "invoices", "line_items", "line_items", "contacts", "companies", "discounts", "fees", "taxes", "commerce_payments"}).Draw(t, "object")
	path := "/crm/objects/2026-03/" + object
	switch rapid.SampledFrom([]string{"create", "create", "create", "update", "update", "open", "archive", "associate", "batch", "upsert", "merge", "erase"}).Draw(t, "verb") {
	case "create":
		return m.send("POST", path, m.input(object))
	case "update":
		return m.send("PATCH", path+"/"+m.id(), map[string]any{"properties": m.properties(object)})
	case "open":
		status := rapid.SampledFrom([]string{"draft", "open", "voided", "paid"}).Draw(t, "status")
		return m.send("PATCH", "/crm/v3/objects/invoices/"+m.id(), map[string]any{"properties": map[string]any{"hs_invoice_status": status}})
	case "archive":
		return m.send("DELETE", path+"/"+m.id(), nil)
	case "associate":
		verb := rapid.SampledFrom([]string{"PUT", "PUT", "DELETE"}).Draw(t, "associate")
		middle := map[string]string{"PUT": "/associations/default/", "DELETE": "/associations/"}[verb]
		ends := []string{object, "invoices"}
		if rapid.Bool().Draw(t, "from the invoice") {
			slices.Reverse(ends)
		}
		return m.send(verb, "/crm/v4/objects/"+ends[0]+"/"+m.id()+middle+ends[1]+"/"+m.id(), nil)
	case "batch":
		inputs := []any{}
		for n := range rapid.IntRange(1, 4).Draw(t, "inputs") {
			in := m.input(object)
			if rapid.Bool().Draw(t, "traced") {
				in["objectWriteTraceId"] = fmt.Sprint(n)
			}
			in["id"] = m.id()
			inputs = append(inputs, in)
		}
		return m.send("POST", path+"/batch/"+rapid.SampledFrom([]string{"create", "update", "archive"}).Draw(t, "batch"), map[string]any{"inputs": inputs})
	case "upsert":
		in := map[string]any{"id": m.id(), "idProperty": "key", "properties": m.properties("contacts")}
		return m.send("POST", "/crm/objects/2026-09/contacts/batch/upsert", map[string]any{"inputs": []any{in}})
	case "merge":
		return m.send("POST", "/crm/v3/objects/contacts/merge", map[string]any{"primaryObjectId": m.id(), "objectIdToMerge": m.id()})
	}
	return m.send("POST", "/crm/v3/objects/contacts/gdpr-delete", map[string]any{"objectId": m.id()})
}

func (m *writer) id() string { return fmt.Sprint(rapid.IntRange(1, 5).Draw(m.t, "id")) }

func (m *writer) input(object string) map[string]any {
	in := map[string]any{"properties": m.properties(object)}
	types := map[string][]int{
		"invoices": {177, 409, 409, 411, 413, 415, 541}, "line_items": {410}, "contacts": {178, 279}, "discounts": {412}, "fees": {414}, "taxes": {416}, "commerce_payments": {542},
	}[object]
	var associations []any
	for range rapid.IntRange(0, min(2, len(types))).Draw(m.t, "associations") {
		kind := rapid.SampledFrom(types).Draw(m.t, "type")
		associations = append(associations, map[string]any{"to": map[string]any{"id": m.id()}, "types": []any{map[string]any{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": kind}}})
	}
	in["associations"] = associations
	return in
}

// properties are some properties of an object, with values that it mostly takes.
func (m *writer) properties(object string) map[string]any {
	t := m.t
	amount := rapid.Custom(func(t *rapid.T) any {
		return fmt.Sprintf("%d.%03d", rapid.IntRange(0, 30).Draw(t, "whole"), rapid.IntRange(0, 999).Draw(t, "part"))
	})
	choices := map[string]map[string]*rapid.Generator[any]{
		"invoices":   {"hs_currency": any1("EUR", "JPY", "KWD"), "hs_comments": any1("a", "b", ""), "key": any1("K1", "k1", "K2", ""), "hs_invoice_billable": any1("true", "true", "false")},
		"line_items": {"price": rapid.OneOf(amount, amount, amount, any1("")), "quantity": any1("", "0", "1", "2.5", "3", "x"), "discount": any1("", "0.1"), "hs_discount_percentage": any1("", "12.5"), "hs_tax_rate_group_id": any1("", "5", "5", "6")},
		"contacts":   {"email": any1("a@x.test", "A@x.test", "b@x.test", "c@x.test", "no", ""), "key": any1("K1", "K2", "K3", ""), "address": any1("", "1 Way"), "lifecyclestage": any1("lead", "customer", "")},
		"companies":  {"name": any1("N", ""), "domain": any1("d.test", "")},
		"commerce_payments": {
			"hs_initial_amount": amount, "hs_initiated_date": any1("2026-01-01", "2026-01-01"),
		},
	}
	order := map[string]*rapid.Generator[any]{"hs_type": any1("PERCENT", "FIXED"), "hs_value": amount, "hs_sort_order": any1("0", "1", "")}
	from := choices[object]
	if from == nil {
		from = order
	}
	values := map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(from)) {
		if rapid.IntRange(0, 3).Draw(t, "left out") > 0 {
			values[name] = from[name].Draw(t, name)
		}
	}
	return values
}

func any1(values ...any) *rapid.Generator[any] { return rapid.SampledFrom(values) }

// picture is everything that a portal has.
func (m *writer) picture() string {
	var b strings.Builder
	for _, o := range objects {
		for _, r := range slices.Concat(m.p.tables[o].live, m.p.tables[o].archived) {
			fmt.Fprintf(&b, "%s %s %v %d %q\n", o.name, r.id, r.archived, r.version, r.properties)
		}
	}
	fmt.Fprint(&b, m.p.links.neighbours)
	return b.String()
}

// checkPortal checks what holds of every portal.
func checkPortal(t *rapid.T, p *Portal) {
	for _, o := range objects {
		checkUnique(t, p.tables[o])
		checkPast(t, p.tables[o])
	}
	for d, lists := range p.links.neighbours {
		for id, neighbours := range lists {
			for _, neighbour := range neighbours {
				if !p.links.has(d.reverse(), neighbour, id) {
					t.Fatalf("%s %s: %s is associated one way only", d.name(), id, neighbour)
				}
				if find(p.tables[d.from].live, id) == nil || find(p.tables[d.to].live, neighbour) == nil {
					t.Fatalf("%s %s: associated with %s, and one of them is gone", d.name(), id, neighbour)
				}
			}
		}
	}
	for _, r := range p.tables[invoices].live {
		checkInvoice(t, p, r)
	}
	for _, r := range p.tables[lineItems].live {
		checkLine(t, p, r)
		if parents := p.links.of(direction{lineItems, invoices}, r.id); len(parents) > 1 {
			t.Fatalf("line item %s belongs to the invoices %v", r.id, parents)
		}
	}
}

func checkUnique(t *rapid.T, table *table) {
	held := map[[2]string]string{}
	for _, r := range table.live {
		for name, value := range table.claims(r) {
			key := [2]string{name, strings.ToLower(strings.TrimSpace(value))}
			if other, taken := held[key]; taken && other != r.id {
				t.Fatalf("%s %s and %s both have %s %q", table.object.name, other, r.id, name, value)
			}
			held[key] = r.id
			if found, err := table.lookup(name, value, false); err != nil || found != r {
				t.Fatalf("%s %s is not found by %s %q: %v %v", table.object.name, r.id, name, value, found, err)
			}
		}
	}
	for name, ids := range table.unique {
		for value, id := range ids {
			if held[[2]string{name, value}] != id {
				t.Fatalf("%s %q is still said to be of %s", name, value, id)
			}
		}
	}
}

func checkPast(t *rapid.T, table *table) {
	for _, r := range slices.Concat(table.live, table.archived) {
		for _, property := range table.defined {
			if property.derived != fromDataset || property == table.searched.change {
				continue
			}
			value, _ := r.text(property)
			versions := table.versions(r, property)
			if len(versions) == 0 && value != "" || len(versions) > 0 && versions[0].value != value {
				t.Fatalf("%s %s.%s is %q, its past %+v", table.object.name, r.id, property.name, value, versions)
			}
			for n := 1; n < len(versions); n++ {
				if versions[n-1].value == versions[n].value || versions[n-1].at.Before(versions[n].at) {
					t.Fatalf("%s %s.%s: past %+v", table.object.name, r.id, property.name, versions)
				}
			}
		}
	}
}

// rat reads an amount; nothing is 0.
func rat(t *rapid.T, table *table, r *record, name string) *big.Rat {
	value, _ := r.text(table.byName[name])
	if value == "" {
		return new(big.Rat)
	}
	n, ok := new(big.Rat).SetString(value)
	if !ok {
		t.Fatalf("%s %s.%s is %q", table.object.name, r.id, name, value)
	}
	return n
}

// nearest rounds to minor units by another way than the portal does.
func nearest(n *big.Rat, digits int64) *big.Rat {
	scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(digits), nil))
	scaled := new(big.Rat).Mul(new(big.Rat).Abs(n), scale)
	scaled.Add(scaled, big.NewRat(1, 2))
	whole := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	rounded := new(big.Rat).Quo(new(big.Rat).SetInt(whole), scale)
	if n.Sign() < 0 {
		rounded.Neg(rounded)
	}
	return rounded
}

var testDigits = map[string]int64{"EUR": 2, "JPY": 0, "KWD": 3}

func checkLine(t *rapid.T, p *Portal, r *record) {
	table := p.tables[lineItems]
	if table.value(r, "price") == "" {
		if amount := table.value(r, "amount"); amount != "" {
			t.Fatalf("line item %s has no price and comes to %s", r.id, amount)
		}
		return
	}
	net, tax, post := rat(t, table, r, "amount"), rat(t, table, r, "hs_tax_amount"), rat(t, table, r, "hs_post_tax_amount")
	if post.Cmp(new(big.Rat).Add(net, tax)) != 0 {
		t.Fatalf("line item %s: %v and tax %v make %v", r.id, net, tax, post)
	}
	if taxed := table.value(r, "hs_tax_rate_group_id") != ""; taxed != (table.value(r, "hs_tax_amount") != "") {
		t.Fatalf("line item %s: tax %v, taxed %v", r.id, tax, taxed)
	}
	quantity, price := rat(t, table, r, "quantity"), rat(t, table, r, "price")
	if table.value(r, "quantity") == "" {
		quantity.SetInt64(1)
	}
	whole := new(big.Rat).Mul(quantity, price)
	off := new(big.Rat).Mul(quantity, rat(t, table, r, "discount"))
	if table.value(r, "discount") == "" {
		off.Quo(new(big.Rat).Mul(whole, rat(t, table, r, "hs_discount_percentage")), big.NewRat(100, 1))
	}
	exact := new(big.Rat).Sub(whole, off)
	if diff := new(big.Rat).Abs(new(big.Rat).Sub(exact, net)); diff.Cmp(big.NewRat(1, 2)) > 0 { // of a currency without digits
		t.Fatalf("line item %s: %v for %v", r.id, net, exact)
	}
}

// checkInvoice adds a billable invoice up again.
func checkInvoice(t *rapid.T, p *Portal, r *record) {
	table := p.tables[invoices]
	status, billable := table.value(r, "hs_invoice_status"), table.value(r, "hs_invoice_billable") != "false"
	if status == "voided" || !billable {
		return
	}
	digits, known := testDigits[table.value(r, "hs_currency")]
	if !known {
		return // cleared
	}
	parts := func(o *object) []*record { return p.partsOf(r.id, o) }
	sum, tax := new(big.Rat), new(big.Rat)
	for _, l := range parts(lineItems) {
		sum.Add(sum, nearest(rat(t, p.tables[lineItems], l, "amount"), digits))
		tax.Add(tax, nearest(rat(t, p.tables[lineItems], l, "hs_tax_amount"), digits))
	}
	share := func(o *object, part *record, of *big.Rat) *big.Rat {
		n := rat(t, p.tables[o], part, "hs_value")
		if p.tables[o].value(part, "hs_type") == "PERCENT" {
			n.Quo(n.Mul(n, of), big.NewRat(100, 1))
		}
		return nearest(n, digits)
	}
	for _, part := range parts(discounts) {
		sum = new(big.Rat).Sub(sum, share(discounts, part, sum))
	}
	for _, o := range []*object{fees, taxes} {
		base := sum
		for _, part := range parts(o) {
			sum = new(big.Rat).Add(sum, share(o, part, base))
		}
	}
	sum = nearest(new(big.Rat).Add(sum, tax), digits)
	due := new(big.Rat).Set(sum)
	for _, payment := range parts(payments) {
		due.Sub(due, rat(t, p.tables[payments], payment, "hs_initial_amount"))
	}
	due = nearest(due, digits)
	if billed, balance := rat(t, table, r, "hs_amount_billed"), rat(t, table, r, "hs_balance_due"); billed.Cmp(sum) != 0 || balance.Cmp(due) != 0 {
		t.Fatalf("invoice %s: billed %v, due %v; it adds up to %v, %v", r.id, billed.FloatString(3), balance.FloatString(3), sum.FloatString(3), due.FloatString(3))
	}
	if status == "open" && due.Sign() <= 0 && len(parts(payments)) > 0 {
		t.Fatalf("invoice %s is open with %v due", r.id, due)
	}
}
