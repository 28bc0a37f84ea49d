package quickbooks

import (
	"encoding/json"
	"strings"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

type invoice struct {
	entity
	SyncToken value `json:"SyncToken"`
	DocNumber value `json:"DocNumber"`
	TxnDate   value `json:"TxnDate"`
	DueDate   value `json:"DueDate"`
	Currency  ref   `json:"CurrencyRef"`
	Customer  ref   `json:"CustomerRef"`
	BillEmail struct {
		Address value `json:"Address"`
	} `json:"BillEmail"`
	PrivateNote value             `json:"PrivateNote"`
	Lines       []json.RawMessage `json:"Line"`
	Tax         struct {
		Code  ref   `json:"TxnTaxCodeRef"`
		Total value `json:"TotalTax"`
	} `json:"TxnTaxDetail"`
	Total   value `json:"TotalAmt"`
	Balance value `json:"Balance"`
}

// invoiceFields are the domain's names of members that are no scalars.
var invoiceFields = map[string]string{
	"CurrencyRef": "currency", "CustomerRef": "customer", "BillEmail": "bill_email", "Line": "lines", "TxnTaxDetail": "tax",
}

// addInvoice puts an invoice into a page.
func addInvoice(page *reconcile.Page, raw json.RawMessage, home string) error {
	var w invoice
	in, err := decode(raw, &w, &w.ID, invoiceFields)
	if err != nil {
		return err
	}
	i := convertInvoice(in, &w, home)
	if in.Failed() {
		u := unreadable(in, "Invoice", i.ID, raw)
		u.Number = i.Number
		page.Unreadable = append(page.Unreadable, u)
		i.Unreadable = true
	}
	page.Invoices = append(page.Invoices, i)
	return nil
}

// convertInvoice makes the canonical form of an invoice. The order of the
// calls is the order in which the first bad value is told.
func convertInvoice(in *connectors.Reader, w *invoice, home string) reconcile.Invoice {
	i := reconcile.Invoice{System: reconcile.QuickBooks, ID: w.ID.Plain()}
	i.Version = in.Text("version", w.SyncToken)
	i.Number = in.Text("number", w.DocNumber)
	i.Currency = readCurrency(in, w.Currency.Value, home)
	i.Date = in.Day("date", w.TxnDate)
	i.DueDate = in.Day("due_date", w.DueDate)
	i.CustomerID = in.Text("customer", w.Customer.Value)
	i.BillEmail = in.Text("bill_email", w.BillEmail.Address)
	i.Total = readMoney(in, "total", w.Total, &i)
	i.Balance = readMoney(in, "balance", w.Balance, &i)
	if tax, ok := in.Number("tax", w.Tax.Total); ok { // an untaxed invoice may have none
		i.Tax = in.Money("tax", tax, &i)
	}
	i.Status = status(&i, in.Text("note", w.PrivateNote))
	readLines(in, w, &i)
	i.CreatedAt = in.Instant("created_at", w.MetaData.Created)
	i.UpdatedAt = in.Instant("updated_at", w.MetaData.Updated)
	return i
}

// readCurrency reads the currency. One without multicurrency is not sent.
func readCurrency(in *connectors.Reader, v value, home string) string {
	s := in.Text("currency", v)
	switch {
	case s == "" && home == "":
		in.Fail("currency", "no currency, and the company names no home currency")
	case s == "":
		return home
	case len(s) != 3 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "":
		in.Fail("currency", "%q is not a currency: want three upper-case letters", s)
		return ""
	}
	return s
}

// readMoney reads an amount that every invoice has.
func readMoney(in *connectors.Reader, field string, v value, i *reconcile.Invoice) int64 {
	d, ok := in.Number(field, v)
	if !ok {
		in.Fail(field, "no %s", field)
		return 0
	}
	return in.Money(field, d, i)
}

// status derives the status, which QuickBooks does not state: a void sets the
// amounts to zero and puts "Voided" before the note. An invoice of 0.00 that
// is not voided counts as paid.
func status(i *reconcile.Invoice, note string) reconcile.Status {
	switch {
	case i.Total == 0 && i.Balance == 0 && strings.HasPrefix(note, "Voided"):
		return reconcile.StatusVoided
	case i.Balance == 0:
		return reconcile.StatusPaid
	}
	return reconcile.StatusOpen
}

var one = decimal.MustNew(1, 0)
