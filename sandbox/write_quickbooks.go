package sandbox

import (
	"fmt"
	"strconv"
	"time"
)

// entity opens a QuickBooks entity with the members that all of them have.
func (w *world) entity(out *output, id int64, created time.Time) {
	out.reset()
	out.str("domain", "QBO")
	out.bool("sparse", false)
	out.str("Id", strconv.FormatInt(id, 10))
	out.str("SyncToken", "0")
	at := created.In(w.books).Format(time.RFC3339)
	out.begin("MetaData")
	out.str("CreateTime", at)
	out.str("LastUpdatedTime", at)
	out.end()
}

// ref writes a reference, with the name that QuickBooks adds to it.
func (out *output) ref(key, value, name string) {
	out.begin(key)
	out.str("value", value)
	out.opt("name", name)
	out.end()
}

// currencies are the names that QuickBooks gives to currencies, and the rates
// to the home currency that the world uses.
var currencies = map[string]struct {
	name string
	rate string
}{
	"USD": {"United States Dollar", "1"},
	"EUR": {"Euro", "1.0835"},
	"JPY": {"Japanese Yen", "0.0067"},
}

func (out *output) currency(code string) { out.ref("CurrencyRef", code, currencies[code].name) }

// amount writes an amount as QuickBooks does, with all its decimals.
func amount(v int64, currency string) string { return decimal(v, digits(currency), digits(currency)) }

func (w *world) writeQuickBooksInvoice(out *output, d *doc, s *side) {
	void := s.status == "voided"
	total, balance := s.total, s.balance()
	if void {
		total, balance = 0, 0
	}
	paid := !void && s.paid > 0
	if !void && s.customer != nil {
		s.customer.balance += balance
	}
	w.entity(out, s.id, s.created)
	out.opt("DocNumber", s.number)
	out.str("TxnDate", s.date.String())
	out.currency(s.currency)
	if s.currency != "USD" {
		out.raw("ExchangeRate", currencies[s.currency].rate)
	}
	note := s.note
	if void {
		note = "Voided"
	}
	out.opt("PrivateNote", note)
	out.list("LinkedTxn")
	if paid {
		out.item()
		out.str("TxnId", strconv.FormatInt(s.payment, 10))
		out.str("TxnType", "Payment")
		out.end()
	}
	out.endList()
	w.writeSalesLines(out, s, void)
	w.writeTaxDetail(out, s, void)
	out.ref("CustomerRef", strconv.FormatInt(s.customer.books, 10), s.customer.firm[quickbooks])
	if d.r.IntN(3) == 0 { // where the mail goes is not who the customer is
		out.begin("BillEmail")
		out.str("Address", fmt.Sprintf("inbox%05d@firm%05d.example", s.customer.n, s.customer.n))
		out.end()
	}
	out.str("DueDate", s.due.String())
	out.raw("TotalAmt", s.readable("TotalAmt", amount(total, s.currency)))
	out.bool("ApplyTaxAfterDiscount", false)
	out.str("PrintStatus", "NeedToPrint")
	out.str("EmailStatus", "NotSet")
	out.raw("Balance", amount(balance, s.currency))
	out.put("quickbooks/Invoice.jsonl")
	if paid {
		w.writePayment(out, s)
	}
}

// writeSalesLines writes the Line array: sales lines at net prices, the
// subtotal, the discount. A void leaves the lines without figures.
func (w *world) writeSalesLines(out *output, s *side, void bool) {
	out.list("Line")
	n := 0
	for _, l := range s.lines {
		for _, qty := range l.pieces(s.currency) {
			n++
			out.item()
			out.str("Id", strconv.Itoa(n))
			out.int("LineNum", int64(n))
			out.opt("Description", l.product.name[quickbooks])
			w.writeSalesLine(out, s, l, qty, void)
			out.end()
		}
	}
	subtotal := s.subtotal
	if void {
		subtotal = 0
	}
	out.item()
	out.raw("Amount", amount(subtotal, s.currency))
	out.str("DetailType", "SubTotalLineDetail")
	out.raw("SubTotalLineDetail", "{}")
	out.end()
	if s.discount != 0 && !void {
		writeDiscountLine(out, s)
	}
	out.endList()
}

func (w *world) writeSalesLine(out *output, s *side, l *line, qty int64, void bool) {
	sum := lineAmount(l.net(), qty, s.currency)
	if void {
		sum = 0
	}
	out.raw("Amount", amount(sum, s.currency))
	out.str("DetailType", "SalesItemLineDetail")
	out.begin("SalesItemLineDetail")
	out.ref("ItemRef", strconv.FormatInt(l.product.id[quickbooks], 10), l.product.name[quickbooks])
	if bare := l.bare && qty == oneUnit; !bare && !void {
		price := decimal(l.net(), priceDigits, 0)
		if l.bad != "" {
			price = l.bad
		}
		out.raw("UnitPrice", price)
		out.raw("Qty", decimal(qty, qtyDigits, 0))
	}
	code := "NON"
	if l.taxed && s.rate != nil {
		code = "TAX"
	}
	out.ref("TaxCodeRef", code, "")
	out.end()
}

func writeDiscountLine(out *output, s *side) {
	out.item()
	out.raw("Amount", amount(s.discount, s.currency))
	out.str("DetailType", "DiscountLineDetail")
	out.begin("DiscountLineDetail")
	out.bool("PercentBased", s.percent != 0)
	if s.percent != 0 {
		out.int("DiscountPercent", s.percent)
	}
	out.ref("DiscountAccountRef", strconv.Itoa(accountDiscounts), "Discounts given")
	out.end()
	out.end()
}

// writeTaxDetail writes one tax line for each rate of the code. Cents that
// were planted are in the first.
func (w *world) writeTaxDetail(out *output, s *side, void bool) {
	out.begin("TxnTaxDetail")
	defer out.end()
	if s.rate == nil || void {
		out.raw("TotalTax", "0")
		return
	}
	out.ref("TxnTaxCodeRef", strconv.Itoa(s.rate.code), "")
	out.raw("TotalTax", amount(s.tax, s.currency))
	out.list("TaxLine")
	taxable := s.taxable()
	planted := s.tax - s.rate.on(taxable)
	for i, p := range s.rate.parts {
		tax := halfUp(taxable*p.value, 100_000)
		if i == 0 {
			tax += planted
		}
		out.item()
		out.raw("Amount", amount(tax, s.currency))
		out.str("DetailType", "TaxLineDetail")
		out.begin("TaxLineDetail")
		out.ref("TaxRateRef", strconv.Itoa(p.id), "")
		out.bool("PercentBased", true)
		out.raw("TaxPercent", decimal(p.value, 3, 0))
		out.raw("NetAmountTaxable", amount(taxable, s.currency))
		out.end()
		out.end()
	}
	out.endList()
}

func (w *world) writePayment(out *output, s *side) {
	w.entity(out, s.payment, s.created.Add(time.Hour))
	out.str("TxnDate", (s.date + 1).String())
	out.currency(s.currency)
	if s.currency != "USD" {
		out.raw("ExchangeRate", currencies[s.currency].rate)
	}
	out.ref("CustomerRef", strconv.FormatInt(s.customer.books, 10), s.customer.firm[quickbooks])
	out.ref("DepositToAccountRef", strconv.Itoa(accountUndeposited), "")
	out.raw("TotalAmt", amount(s.paid, s.currency))
	out.raw("UnappliedAmt", "0")
	out.bool("ProcessPayment", false)
	out.list("Line")
	out.item()
	out.raw("Amount", amount(s.paid, s.currency))
	out.list("LinkedTxn")
	out.item()
	out.str("TxnId", strconv.FormatInt(s.id, 10))
	out.str("TxnType", "Invoice")
	out.end()
	out.endList()
	out.end()
	out.endList()
	out.put("quickbooks/Payment.jsonl")
}
