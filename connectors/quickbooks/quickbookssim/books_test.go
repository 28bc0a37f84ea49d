package quickbookssim

import (
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/tieout/tieout/sandbox"
)

// TestBooksAgree writes at random and holds the books against themselves after each
// write: what documents come to, what of them is open, who owes what, which versions
// and Ids there are; and that what was refused left no trace.
func TestBooksAgree(t *testing.T) {
	companies := []*sandbox.Dataset{shop.open(t), preferring(`"AllowDiscount":true`, `"AllowDiscount":true,"AutoApplyPayments":true`).open(t)}
	rapid.Check(t, func(t *rapid.T) {
		c, err := New(rapid.SampledFrom(companies).Draw(t, "company"), testOptions())
		if err != nil {
			t.Fatal(err)
		}
		b := &bookkeeper{c: c, versions: map[string]int{}, deleted: map[string]bool{}}
		t.Repeat(map[string]func(*rapid.T){
			"invoice": func(t *rapid.T) { b.do(t, "Invoice", verbCreate, b.sale(t)) },
			"credit":  func(t *rapid.T) { b.do(t, "CreditMemo", verbCreate, b.sale(t)) },
			"edit":    func(t *rapid.T) { b.do(t, "Invoice", verbUpdate, b.some(t, "Invoice", ","+b.sale(t)[1:])) },
			"note": func(t *rapid.T) {
				b.do(t, "Invoice", verbUpdate, b.some(t, "Invoice", `,"sparse":true,"PrivateNote":"x"}`))
			},
			"void":   func(t *rapid.T) { b.do(t, "Invoice", verbVoid, b.some(t, "Invoice", "}")) },
			"delete": func(t *rapid.T) { b.do(t, "Invoice", verbDelete, b.some(t, "Invoice", "}")) },
			"pay":    func(t *rapid.T) { b.do(t, "Payment", verbCreate, b.payment(t)) },
			"repay":  func(t *rapid.T) { b.do(t, "Payment", verbUpdate, b.some(t, "Payment", ","+b.payment(t)[1:])) },
			"unpay": func(t *rapid.T) {
				b.do(t, "Payment", rapid.SampledFrom([]verb{verbVoid, verbDelete}).Draw(t, "how"), b.some(t, "Payment", "}"))
			},
			"move": func(t *rapid.T) {
				b.do(t, "Customer", verbUpdate, b.version("Customer", "3", `,"sparse":true,"ParentRef":{"value":"`+rapid.SampledFrom([]string{"", "1", "2"}).Draw(t, "parent")+`"}}`))
			},
			"stale": func(t *rapid.T) {
				b.do(t, "Invoice", verbUpdate, strings.Replace(b.some(t, "Invoice", "}"), `en":"`, `en":"9`, 1))
			},
			"": b.check,
		})
	})
}

// Many write at once, and read while others do; no money is lost.
func TestWritesAtOnce(t *testing.T) {
	s := serve(t, shop, testOptions())
	o := s.wrote(t, "invoice", sold("", "1000", pump))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				s.post(t, "payment", "{"+paying("3", o.text("Id")+"=2")+"}")
				s.post(t, "invoice", sold("", "1", pump))
				s.get(t, "invoice/"+o.text("Id"))
				s.query(t, "SELECT * FROM Invoice ORDERBY Balance")
			}
		})
	}
	all.Wait()
	o = s.stands(t, "invoice/"+o.text("Id"))
	if m := o.lacks(`"Balance":920.00`, `"SyncToken":"40"`); m != nil || len(o.list("LinkedTxn")) != 40 {
		t.Errorf("no %v in %s", m, o.bytes())
	}
	if got := s.stands(t, "customer/1").text("Balance"); got != "920.00" { // 920 and 40 less 40 left over
		t.Errorf("owes %s", got)
	}
}

// Of those who change one version at once, one does.
func TestOneVersionAtOnce(t *testing.T) {
	s := serve(t, shop, testOptions())
	var all sync.WaitGroup
	codes := make([]string, 16)
	for n := range codes {
		all.Go(func() {
			a := s.post(t, "customer", fmt.Sprintf(`{"Id":"1","SyncToken":"0","sparse":true,"Notes":"%d"}`, n))
			if a.status != http.StatusOK {
				codes[n], _ = a.faultOf(t)
			}
		})
	}
	all.Wait()
	slices.Sort(codes)
	if codes[0] != "" || codes[1] != "5010" || codes[len(codes)-1] != "5010" || s.stands(t, "customer/1").text("SyncToken") != "1" {
		t.Errorf("got %v", codes)
	}
}

// A bookkeeper writes into a company, and remembers what it saw.
type bookkeeper struct {
	c        *Company
	versions map[string]int // by kind and Id
	deleted  map[string]bool
	highest  int // Id of a transaction
}

// do carries out an operation. One that is refused must leave everything as it was.
func (b *bookkeeper) do(t *rapid.T, kind string, v verb, body string) {
	if body == "" {
		return // there is none
	}
	before := b.dump()
	raw, err := b.c.carryOut(operation{verb: v, table: b.c.tables[kind], body: []byte(body)})
	var f *fault
	switch {
	case errors.As(err, &f):
		if b.dump() != before {
			t.Fatalf("%s %s was refused with %v and left a trace", v, body, err)
		}
	case err != nil:
		t.Fatalf("%s %s: %v", v, body, err)
	case v == verbCreate:
		o, _ := parseObject(raw)
		id, _ := strconv.Atoi(o.text("Id"))
		if id <= b.highest {
			t.Fatalf("Id %d after %d", id, b.highest)
		}
		b.highest = id
	case v == verbDelete:
		o, _ := parseObject(raw)
		b.deleted[kind+o.text("Id")] = true
	}
}

func (b *bookkeeper) dump() string {
	var out strings.Builder
	for _, kind := range []string{"Customer", "Invoice", "CreditMemo", "Payment"} {
		for _, r := range b.c.tables[kind].rows {
			out.Write(r.raw)
		}
	}
	return out.String()
}

// sale draws the body of an invoice.
func (b *bookkeeper) sale(t *rapid.T) string {
	var lines []string
	for range rapid.IntRange(1, 3).Draw(t, "lines") {
		cents := rapid.IntRange(0, 20000).Draw(t, "cents")
		lines = append(lines, fmt.Sprintf(`{"Amount":%d.%02d,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"%d"}}}`,
			cents/100, cents%100, rapid.IntRange(1, 2).Draw(t, "item")))
	}
	if percent := rapid.IntRange(-20, 20).Draw(t, "percent"); percent > 0 {
		lines = append(lines, fmt.Sprintf(`{"DetailType":"DiscountLineDetail","DiscountLineDetail":{"PercentBased":true,"DiscountPercent":%d}}`, percent))
	}
	return fmt.Sprintf(`{"CustomerRef":{"value":"%d"},"Deposit":%d,"ApplyTaxAfterDiscount":%t,"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"%d"}},"Line":[%s]}`,
		rapid.IntRange(1, 3).Draw(t, "customer"), max(0, rapid.IntRange(-20, 20).Draw(t, "deposit")), rapid.Bool().Draw(t, "after"), rapid.IntRange(2, 3).Draw(t, "code"), strings.Join(lines, ","))
}

// payment draws a payment of up to three invoices and credit memos, of any customer's.
func (b *bookkeeper) payment(t *rapid.T) string {
	var links []string
	for _, kind := range []string{"Invoice", "CreditMemo"} {
		for _, r := range b.c.tables[kind].rows {
			links = append(links, fmt.Sprintf(`{"TxnId":"%s","TxnType":"%s"}`, r.id, kind))
		}
	}
	var lines []string
	for range rapid.IntRange(0, min(3, len(links))).Draw(t, "links") {
		lines = append(lines, fmt.Sprintf(`{"Amount":%d,"LinkedTxn":[%s]}`, rapid.IntRange(0, 150).Draw(t, "amount"), rapid.SampledFrom(links).Draw(t, "link")))
	}
	return fmt.Sprintf(`{"CustomerRef":{"value":"%d"},"TotalAmt":%d.5,"Line":[%s]}`,
		rapid.IntRange(1, 3).Draw(t, "customer"), rapid.IntRange(0, 300).Draw(t, "total"), strings.Join(lines, ","))
}

// some draws the current version of an entity, with more behind it; "" for none.
func (b *bookkeeper) some(t *rapid.T, kind, more string) string {
	rows := b.c.tables[kind].rows
	if len(rows) == 0 {
		return ""
	}
	return b.version(kind, rapid.SampledFrom(rows).Draw(t, "which").id, more)
}

// version names the version of an entity that there is.
func (b *bookkeeper) version(kind, id, more string) string {
	o := inBooks(b.c.tables[kind], id)
	return `{"Id":"` + o.text("Id") + `","SyncToken":"` + o.text("SyncToken") + `"` + more
}

// check holds the books against themselves.
func (b *bookkeeper) check(t *rapid.T) {
	owed, paid, links := map[string]*big.Rat{"1": {}, "2": {}, "3": {}}, map[string]*big.Rat{}, map[string]int{}
	add := func(to map[string]*big.Rat, id string, r *big.Rat) {
		if to[id] == nil {
			to[id] = new(big.Rat)
		}
		to[id] = plus(to[id], r)
	}
	for _, p := range b.all(t, "Payment") {
		applied := new(big.Rat)
		seen := map[string]bool{}
		for _, l := range p.list("Line") {
			link := l.list("LinkedTxn")[0]
			applied = plus(applied, times(l.amount("Amount"), ratOf(linkable[link.text("TxnType")])))
			add(paid, link.text("TxnId"), l.amount("Amount"))
			if !seen[link.text("TxnId")] {
				links[link.text("TxnId")]++
			}
			seen[link.text("TxnId")] = true
		}
		equal(t, p, p.amount("TotalAmt"), plus(applied, p.amount("UnappliedAmt")))
		add(owed, p.ref("CustomerRef"), minus(new(big.Rat), p.amount("UnappliedAmt")))
	}
	for kind, sign := range linkable {
		for _, o := range b.all(t, kind) {
			add(paid, o.text("Id"), new(big.Rat))
			b.checkSale(t, o)
			equal(t, o, o.amount("Balance"), minus(minus(o.amount("TotalAmt"), o.amount("Deposit")), paid[o.text("Id")]))
			if len(o.list("LinkedTxn")) != links[o.text("Id")] || o.amount("Balance").Sign() < 0 {
				t.Fatalf("%d payments of %s", links[o.text("Id")], o.bytes())
			}
			add(owed, o.ref("CustomerRef"), times(o.amount("Balance"), ratOf(sign)))
		}
	}
	above := inBooks(b.c.tables["Customer"], "3").ref("ParentRef")
	for _, o := range b.all(t, "Customer") {
		if id := o.text("Id"); owed[id] != nil {
			equal(t, o, o.amount("Balance"), owed[id])
			family := owed[id]
			if id == above {
				family = plus(family, owed["3"])
			}
			equal(t, o, o.amount("BalanceWithJobs"), family)
		}
	}
}

// checkSale adds up a document.
func (b *bookkeeper) checkSale(t *rapid.T, o *object) {
	total := o.child("TxnTaxDetail").amount("TotalTax")
	taxes := new(big.Rat)
	for _, l := range o.child("TxnTaxDetail").list("TaxLine") {
		taxes = plus(taxes, l.amount("Amount"))
	}
	equal(t, o, total, taxes)
	for _, l := range o.list("Line") {
		switch l.text("DetailType") {
		case "SalesItemLineDetail":
			total = plus(total, l.amount("Amount"))
		case "DiscountLineDetail":
			total = minus(total, l.amount("Amount"))
		}
	}
	equal(t, o, o.amount("TotalAmt"), total)
}

func equal(t *rapid.T, o *object, got, want *big.Rat) {
	if got.Cmp(want) != 0 {
		t.Fatalf("%s, not %s, in %s", got.FloatString(4), want.FloatString(4), o.bytes())
	}
}

// all returns the entities of a kind, and sees to it that versions only rise and
// that the deleted stay away.
func (b *bookkeeper) all(t *rapid.T, kind string) []*object {
	var out []*object
	for _, r := range b.c.tables[kind].rows {
		o := inBooks(b.c.tables[kind], r.id)
		version, err := strconv.Atoi(o.text("SyncToken"))
		if err != nil || version < b.versions[kind+r.id] || b.deleted[kind+r.id] {
			t.Fatalf("version %d before: %v in %s", b.versions[kind+r.id], err, r.raw)
		}
		b.versions[kind+r.id] = version
		out = append(out, o)
	}
	return out
}
