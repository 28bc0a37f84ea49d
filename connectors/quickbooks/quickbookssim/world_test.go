package quickbookssim

import (
	"math/big"
	"strconv"
	"testing"

	"github.com/tieout/tieout/sandbox"
)

// TestWorldIsReckonedAlike sends the lines of every invoice of a generated world back
// as they were read: what they come to by the company's rules is what the world,
// which has an arithmetic of its own, says. Payments likewise.
func TestWorldIsReckonedAlike(t *testing.T) {
	dir := t.TempDir()
	if _, err := sandbox.Generate(dir, sandbox.Options{Invoices: 200, Seed: 7, Defects: sandbox.NoDefects}); err != nil {
		t.Fatal(err)
	}
	ds, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(ds, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	voids := 0
	for _, r := range c.tables["Invoice"].rows {
		before := inBooks(c.tables["Invoice"], r.id)
		if before.text("PrivateNote") == voidedNote {
			voids++
			continue
		}
		body := object{members: []member{
			{"Id", r.id}, {"SyncToken", "0"}, {"sparse", true}, {"Line", before.get("Line")},
			{"TxnTaxDetail", &object{members: []member{{"TxnTaxCodeRef", before.child("TxnTaxDetail").get("TxnTaxCodeRef")}}}},
		}}
		after := written(t, c, "Invoice", &body)
		if got, want := sums(after), sums(before); got != want {
			t.Errorf("invoice %s:\ngot  %s\nwant %s", r.id, got, want)
		}
	}
	if voids == 0 || voids == len(c.tables["Invoice"].rows) {
		t.Errorf("%d of %d are void", voids, len(c.tables["Invoice"].rows))
	}
	for _, r := range c.tables["Payment"].rows {
		before := inBooks(c.tables["Payment"], r.id)
		body := object{members: []member{{"Id", r.id}, {"SyncToken", "0"}, {"sparse", true}, {"Line", before.get("Line")}}}
		after := written(t, c, "Payment", &body)
		if got, want := after.amount("UnappliedAmt"), before.amount("UnappliedAmt"); got.Cmp(want) != 0 {
			t.Errorf("payment %s: %s is left, not %s", r.id, got, want)
		}
	}
}

func written(t *testing.T, c *Company, kind string, body *object) *object {
	t.Helper()
	raw, err := c.carryOut(operation{verb: verbUpdate, table: c.tables[kind], body: body.bytes()})
	if err != nil {
		t.Fatalf("%s: %v", body.bytes(), err)
	}
	o, err := parseObject(raw)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// sums are the amounts of an invoice and of its parts, in their order.
func sums(o *object) string {
	text := o.text("DocNumber") + " " + o.text("DueDate") + " " + o.ref("CurrencyRef") + " " + strconv.Itoa(len(o.list("LinkedTxn")))
	for _, r := range []*big.Rat{o.amount("TotalAmt"), o.amount("Balance"), o.child("TxnTaxDetail").amount("TotalTax")} {
		text += " " + r.FloatString(2)
	}
	for _, l := range append(o.list("Line"), o.child("TxnTaxDetail").list("TaxLine")...) {
		text += " " + l.text("Id") + "=" + l.amount("Amount").FloatString(2)
	}
	return text
}
