package sandbox

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"
)

type ref struct{ Value string }

type booksLine struct {
	Amount              json.Number
	DetailType          string
	SalesItemLineDetail struct {
		ItemRef, TaxCodeRef ref
		UnitPrice           any
		Qty                 json.Number
	}
	DiscountLineDetail struct {
		PercentBased    bool
		DiscountPercent json.Number
	}
}

type booksInvoice struct {
	ID           string `json:"Id"`
	MetaData     struct{ CreateTime time.Time }
	DocNumber    string
	TxnDate      string
	DueDate      string
	CurrencyRef  ref
	CustomerRef  ref
	PrivateNote  string
	TotalAmt     any
	Balance      json.Number
	Line         []booksLine
	LinkedTxn    []struct{ TxnID, TxnType string }
	TxnTaxDetail struct {
		TxnTaxCodeRef ref
		TotalTax      json.Number
		TaxLine       []struct{ Amount json.Number }
	}
}

func (r *reading) readBooks(d *Dataset) {
	each(r, d.QuickBooks("Customer"), func(c struct {
		ID               string
		Active           bool
		PrimaryEmailAddr struct{ Address string }
	}) {
		r.customers["quickbooks"][c.ID] = party{id: c.ID, email: c.PrimaryEmailAddr.Address, active: c.Active}
	})
	each(r, d.QuickBooks("Item"), func(i struct {
		ID, Sku, Type string
		Active        bool
	}) {
		if i.Type != "Category" {
			r.products["quickbooks"][i.ID] = good{id: i.ID, sku: i.Sku, active: i.Active}
		}
	})
	paid := map[string]*big.Rat{}
	each(r, d.QuickBooks("Payment"), func(p struct {
		ID   string
		Line []struct {
			Amount    json.Number
			LinkedTxn []struct{ TxnID string }
		}
	}) {
		paid[p.ID+"/"+p.Line[0].LinkedTxn[0].TxnID] = r.number(string(p.Line[0].Amount), "")
	})
	each(r, d.QuickBooks("Invoice"), func(q booksInvoice) {
		b := r.booksBill(q)
		r.invoices["quickbooks"] = append(r.invoices["quickbooks"], b)
		sum := new(big.Rat)
		for _, l := range q.LinkedTxn {
			amount, ok := paid[l.TxnID+"/"+q.ID]
			if !ok {
				r.t.Errorf("invoice %s names payment %s, which does not pay it", q.ID, l.TxnID)
				continue
			}
			sum.Add(sum, amount)
		}
		if b.total != nil && sum.Add(sum, b.balance).Cmp(b.total) != 0 {
			r.t.Errorf("invoice %s: balance and payments are %s, not the total", q.ID, sum.FloatString(2))
		}
	})
}

func (r *reading) booksBill(q booksInvoice) *bill {
	b := &bill{system: "quickbooks", id: q.ID, number: q.DocNumber, currency: q.CurrencyRef.Value, date: q.TxnDate, due: q.DueDate,
		created: q.MetaData.CreateTime, lines: map[string]map[string]*big.Rat{}, discount: new(big.Rat), lineSum: new(big.Rat)}
	customer, ok := r.customers["quickbooks"][q.CustomerRef.Value]
	if !ok {
		r.t.Errorf("invoice %s names customer %s, which does not exist", q.ID, q.CustomerRef.Value)
	}
	b.customer = customer
	b.tax, b.balance = r.number(string(q.TxnTaxDetail.TotalTax), ""), r.number(string(q.Balance), "")
	if code := q.TxnTaxDetail.TxnTaxCodeRef.Value; code != "" {
		b.rates = append(b.rates, code)
	}
	if n, ok := q.TotalAmt.(json.Number); ok {
		b.total = rat(string(n))
	} else {
		b.badRecord, b.badField = b.id, "total"
	}
	for i, l := range q.Line {
		switch l.DetailType {
		case "SalesItemLineDetail":
			r.booksLine(b, l, i)
		case "DiscountLineDetail":
			b.discount.Add(b.discount, r.number(string(l.Amount), ""))
		}
	}
	switch b.status = "open"; {
	case b.total == nil || b.balance.Sign() > 0:
	case b.total.Sign() > 0:
		b.status = "paid"
	case strings.HasPrefix(q.PrivateNote, "Voided"):
		b.status = "voided"
	}
	return b
}

func (r *reading) booksLine(b *bill, l booksLine, i int) {
	d := l.SalesItemLineDetail
	p, ok := r.products["quickbooks"][d.ItemRef.Value]
	if !ok {
		r.t.Errorf("invoice %s sells item %s, which does not exist", b.id, d.ItemRef.Value)
	}
	b.used = append(b.used, p.id)
	if p.sku == "" {
		b.blanks = append(b.blanks, p.id)
	}
	amount := r.number(string(l.Amount), "")
	price, qty := amount, big.NewRat(1, 1)
	if d.UnitPrice != nil {
		n, ok := d.UnitPrice.(json.Number)
		if !ok {
			b.badRecord, b.badField = b.id, "lines[#"+strconv.Itoa(i+1)+"].price"
			return
		}
		price, qty = r.number(string(n), ""), r.number(string(d.Qty), "")
		if got := new(big.Rat).Mul(price, qty); got.Cmp(amount) != 0 {
			r.t.Errorf("invoice %s line %d: amount is %s, want %s", b.id, i+1, amount.FloatString(5), got.FloatString(5))
		}
	}
	b.addLine(p.sku, price, qty)
}
