package reconcile

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"

	"github.com/govalues/decimal"
)

// Basis returns the hash of what, besides invoices and what they point at, entries are
// made of: the rules, the e-mail mode, the tax mapping.
func (s *Settings) Basis() BasisHash {
	mapping, err := s.Get("tax_mapping")
	if err != nil {
		panic(err) // a known key
	}
	sum := sha256.Sum256([]byte(fmt.Sprintf("%q %q %t %q", RulesVersion, s.EmailMatch, s.unmappedFails(), mapping)))
	return BasisHash(sum[:8])
}

func (s *Settings) unmappedFails() bool { return s.TaxMappingEnabled && s.UnmappedTax == "fail" }

// File makes what the mirror stores beside an invoice. The invoice itself is
// left as it was pulled.
func (m *Masters) File(i Invoice) Entry {
	resolved := i
	m.Resolve(&resolved)
	e := Entry{
		System: i.System, ID: i.ID, Date: i.Date, Currency: i.Currency, Status: i.Status, Total: i.Total, Balance: i.Balance,
		Flags: m.flags(&resolved), Twin: m.twin(&resolved),
	}
	if !isBlank(i.Number) {
		e.MatchKey = "n" + i.Number
	}
	if !i.CreatedAt.IsZero() {
		e.Created = i.CreatedAt.Unix()
	}
	e.Digest = m.digest(&resolved)
	return e
}

// Number returns the invoice number that an entry is matched by; "" for a blank
// number and for linked invoices.
func (e *Entry) Number() string {
	if len(e.MatchKey) > 0 && e.MatchKey[0] == 'n' {
		return e.MatchKey[1:]
	}
	return ""
}

func (m *Masters) flags(i *Invoice) Flags {
	var f Flags
	if i.Unreadable {
		f |= FlagUnreadable
	}
	if i.Integration {
		f |= FlagIntegration
	}
	switch c := m.Customer(i); {
	case c == nil:
		f |= FlagNoCustomer
	case isBlank(c.Email):
		f |= FlagNoEmail
	}
	for _, line := range i.Lines {
		if line.SKU == "" {
			f |= FlagNoSKU
		}
		if line.TaxRateID != "" && m.unmappedFails() && !m.mappedTax(i.System, line.TaxRateID) {
			f |= FlagUnmapped
		}
	}
	return f
}

// digest hashes what is compared of an invoice, every part framed by its length.
func (m *Masters) digest(i *Invoice) Digest {
	h := framed{}
	h.text(string(settledStatus(i)), i.Currency, m.emailKey(i.Email))
	h.number(int64(i.Date.Days()), int64(i.DueDate.Days()))
	h.number(i.Discount, i.Charges(), i.Tax, i.Total, i.Balance)
	for _, g := range groupLines(i.Lines) {
		h.text(g.sku, plain(g.price), plain(g.quantity))
		h.number(g.amount)
	}
	sum := sha256.Sum256(h.buf)
	return Digest(sum[:16])
}

// settledStatus is the status as it is compared: an invoice of nothing is paid
// the moment it is open.
func settledStatus(i *Invoice) Status {
	if i.Status == StatusOpen && i.Total == 0 && i.Balance == 0 {
		return StatusPaid
	}
	return i.Status
}

// twin hashes customer, currency and total. Without an e-mail the customer's
// record stands for itself, so that it meets only its own system.
func (m *Masters) twin(i *Invoice) uint64 {
	h := framed{}
	switch {
	case i.Email != "":
		h.text("email", m.emailKey(i.Email))
	case i.CustomerID != "":
		h.text("record", string(i.System), strconv.FormatBool(i.OnCompany), i.CustomerID)
	default:
		return 0
	}
	h.text(i.Currency)
	h.number(i.Total)
	sum := sha256.Sum256(h.buf)
	return binary.BigEndian.Uint64(sum[:8]) | 1 // 0 means no customer
}

type framed struct{ buf []byte }

func (f *framed) text(parts ...string) {
	for _, s := range parts {
		f.buf = binary.AppendUvarint(f.buf, uint64(len(s)))
		f.buf = append(f.buf, s...)
	}
}

func (f *framed) number(parts ...int64) {
	for _, n := range parts {
		f.buf = binary.AppendVarint(f.buf, n)
	}
}

// A lineGroup is the lines of one SKU at one net unit price.
type lineGroup struct {
	sku       string
	productID string // of the first line
	price     decimal.Decimal
	quantity  decimal.Decimal
	amount    int64
}

// groupLines groups lines by SKU and net unit price, in that order, so that a
// product split over several lines agrees with one line of the sum.
func groupLines(lines []Line) []lineGroup {
	groups := make([]lineGroup, 0, len(lines))
	for _, l := range lines {
		groups = append(groups, lineGroup{l.SKU, l.ProductID, l.Price, l.Quantity, l.Amount})
	}
	slices.SortStableFunc(groups, func(a, b lineGroup) int {
		return cmp.Or(cmp.Compare(a.sku, b.sku), a.price.Cmp(b.price))
	})
	out := groups[:0]
	for _, g := range groups {
		if last := len(out) - 1; last >= 0 && out[last].sku == g.sku && out[last].price.Cmp(g.price) == 0 {
			out[last].quantity = plus(out[last].quantity, g.quantity)
			out[last].amount += g.amount
			continue
		}
		out = append(out, g)
	}
	return out
}

// plus adds quantities. It cannot overflow: a quantity or price of 10^12 or more
// is unreadable (MaxExact), and no invoice has 10^7 lines.
func plus(a, b decimal.Decimal) decimal.Decimal {
	sum, err := a.Add(b)
	if err != nil {
		panic(fmt.Sprintf("sum of quantities %s and %s: %v", a, b, err))
	}
	return sum
}

// plain prints a decimal without trailing zeros: 15, 15.0 and 15.00 are one price.
func plain(d decimal.Decimal) string { return d.Trim(0).String() }
