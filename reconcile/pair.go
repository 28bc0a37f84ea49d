package reconcile

import "fmt"

// A Difference is one thing in which two paired invoices disagree.
type Difference struct {
	Code       Code
	Field      string
	HubSpot    string
	QuickBooks string
	Amount     int64 // money at stake, minor units, not negative
}

// A PairVerdict is what a close look at two paired invoices found.
type PairVerdict struct {
	Differences []Difference
	// Classes split the difference of the totals, SRC less DST, in minor units.
	Classes map[DifferenceClass]int64
	// Covered are differences that a finding on a product or customer explains.
	Covered []Covered
}

// Covered is an effect and the finding that explains it.
type Covered struct {
	By     cause
	Effect Effect
}

// pairing is the work on one pair: src and dst are hs and qb in the order of the
// sync direction.
type pairing struct {
	m        *Masters
	hs, qb   *Invoice
	src, dst *Invoice
	out      PairVerdict
}

// ComparePair looks closely at two paired invoices, both resolved and readable.
func (m *Masters) ComparePair(hs, qb *Invoice) PairVerdict {
	p := pairing{m: m, hs: hs, qb: qb, src: hs, dst: qb}
	if m.Settings.Source() == QuickBooks {
		p.src, p.dst = qb, hs
	}
	p.out.Classes = map[DifferenceClass]int64{}
	p.header()
	switch {
	case hs.Currency != qb.Currency:
		p.differ(InvoiceCurrency, "currency", hs.Currency, qb.Currency, p.src.Total)
	case hs.Status == StatusVoided || qb.Status == StatusVoided: // QuickBooks sets the amounts of a void to zero, HubSpot keeps them
		if d := p.src.Total - p.dst.Total; d != 0 {
			p.out.Classes[ClassVoid] = d
		}
	default:
		p.amounts()
	}
	return p.out
}

func (p *pairing) header() {
	hs, qb := p.hs, p.qb
	if hs.Date != qb.Date {
		p.differ(InvoiceDate, "date", hs.Date.String(), qb.Date.String(), 0)
	}
	if hs.DueDate != qb.DueDate {
		p.differ(InvoiceDueDate, "due_date", hs.DueDate.String(), qb.DueDate.String(), 0)
	}
	p.customer()
	switch {
	case hs.Status == qb.Status || settledStatus(hs) == settledStatus(qb):
	case hs.Status == StatusVoided || qb.Status == StatusVoided:
		p.differ(VoidOneSide, "status", string(hs.Status), string(qb.Status), max(hs.Total, qb.Total))
	default:
		p.differ(InvoiceStatus, "status", string(hs.Status), string(qb.Status), 0)
	}
}

// customer compares the customers' e-mails. A missing e-mail and one that differs
// in case or blanks only have findings of their own.
func (p *pairing) customer() {
	hs, qb := p.hs.Email, p.qb.Email
	if p.m.emailKey(hs) == p.m.emailKey(qb) {
		return
	}
	effect := Effect{Field: "customer", HubSpot: hs, QuickBooks: qb}
	for _, i := range []*Invoice{p.hs, p.qb} {
		if c := p.m.Customer(i); c != nil && isBlank(c.Email) {
			p.cover(cause{code: EmailMissing, system: i.System, id: c.ID, isCo: c.Company}, effect)
			return
		}
	}
	if code := p.m.emailPair(hs, qb); code != "" {
		p.cover(cause{code: code, hs: hs, qb: qb}, effect)
		return
	}
	p.differ(InvoiceCustomer, "customer", hs, qb, p.src.Total)
}

func (p *pairing) amounts() {
	src, dst := p.src, p.dst
	p.lines()
	explained := p.out.Classes[ClassPrice] + p.out.Classes[ClassQuantity] + p.out.Classes[ClassLine]
	if d := src.Discount - dst.Discount; d != 0 {
		p.money(InvoiceDiscount, "discount", p.hs.Discount, p.qb.Discount)
		p.out.Classes[ClassDiscount] = -d
		explained -= d
	}
	if d := src.Tax - dst.Tax; d != 0 {
		code := TaxAmount
		if src.Tax == 0 || dst.Tax == 0 {
			code = TaxZeroed
		}
		p.money(code, "tax", p.hs.Tax, p.qb.Tax)
		p.out.Classes[ClassTax] = d
		explained += d
	}
	total := src.Total - dst.Total
	rest := total - explained
	if rest != 0 {
		p.out.Classes[ClassUnexplained] = rest
	}
	if total != 0 && rest != 0 {
		p.differ(InvoiceTotal, "total", p.text(p.hs.Total), p.text(p.qb.Total), rest)
	}
	if balance := src.Balance - dst.Balance; balance != 0 && balance != total {
		p.differ(InvoiceBalance, "balance", p.text(p.hs.Balance), p.text(p.qb.Balance), balance-total)
	}
}

func (p *pairing) text(minor int64) string { return p.src.Money(minor).Amount() }

func (p *pairing) money(code Code, field string, hs, qb int64) {
	p.differ(code, field, p.text(hs), p.text(qb), hs-qb)
}

func (p *pairing) differ(code Code, field, hs, qb string, amount int64) {
	p.out.Differences = append(p.out.Differences, Difference{code, field, hs, qb, max(amount, -amount)})
}

func (p *pairing) cover(by cause, e Effect) {
	e.Subject = subject(p.src.System, "invoice", p.src.ID)
	e.Number = p.src.Number
	p.out.Covered = append(p.out.Covered, Covered{by, e})
}

func subject(s System, kind, id string) string { return fmt.Sprintf("%s/%s/%s", kind, s, id) }
