package quickbookssim

import (
	"slices"
	"strconv"
	"strings"
)

// Document numbers (5.4 of Intuit's invoice page and SalesFormsPrefs): the company
// counts by itself unless Preferences.SalesFormsPrefs.CustomTxnNumbers leaves it to
// people.

// autoGenerate asks for the next number of the sequence (V3 schema, DocNumber).
const autoGenerate = "AUTO_GENERATE"

// firstNumber is the first of a company that has none, as in the recorded one.
const firstNumber = 1001

// numberDocument gives a sale its number.
func (d *draft) numberDocument() error {
	o, custom := d.after, d.settings().is("SalesFormsPrefs", "CustomTxnNumbers")
	sent, next := d.sent.text("DocNumber"), o.text("AutoDocNumber") == "true"
	o.drop("AutoDocNumber")
	switch {
	case sent == autoGenerate, d.fresh && next:
		o.set("DocNumber", d.nextNumber())
		return nil
	case !custom && d.fresh && (sent == "" || d.options.IgnoreSentNumbers):
		o.set("DocNumber", d.nextNumber())
		return nil
	case !custom && !d.fresh && sent == "" && !d.sent.has("DocNumber") && d.before.text("DocNumber") != "":
		o.set("DocNumber", d.before.text("DocNumber")) // recorded: a full update without it leaves it
		return nil
	}
	if number := o.text("DocNumber"); number != "" && number != d.before.text("DocNumber") && !d.options.DuplicateNumbers && !d.op.allowDuplicate {
		if r := d.numbered(number); r != nil {
			return duplicateNumber(number, titleOf(d.kind.name), r.id)
		}
	}
	return nil
}

// numbered returns another document of the kind with a number, nil where there is
// none.
func (d *draft) numbered(number string) *row {
	t := d.op.table
	i := t.index["DocNumber"]
	rows := t.ordered([]ordering{{property: i}})
	at, _ := slices.BinarySearchFunc(rows, number, func(r *row, n string) int { return strings.Compare(r.textOf(i), n) })
	for ; at < len(rows) && rows[at].textOf(i) == number; at++ {
		if rows[at].id != d.after.text("Id") {
			return rows[at]
		}
	}
	return nil
}

// nextNumber is the next of the sequence: estimates have theirs, the other sales
// share one (inferred from the numbers of the recorded company).
func (d *draft) nextNumber() string {
	kinds := []string{"Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt"}
	if d.kind.name == "Estimate" {
		kinds = []string{"Estimate"}
	}
	last, ok := d.lastNumber[kinds[0]]
	if !ok {
		last = firstNumber - 1
		for _, kind := range kinds {
			t := d.tables[kind]
			for _, r := range t.rows {
				if n, err := strconv.Atoi(r.textOf(t.index["DocNumber"])); err == nil {
					last = max(last, n)
				}
			}
		}
	}
	d.lastNumber[kinds[0]] = last + 1
	return strconv.Itoa(last + 1)
}

// titleOf is a kind as people read it: Sales Receipt.
func titleOf(kind string) string {
	var b strings.Builder
	for i, c := range kind {
		if i > 0 && c >= 'A' && c <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(c)
	}
	return b.String()
}
