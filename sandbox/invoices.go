package sandbox

import (
	"math/rand/v2"
	"time"
)

// A doc is one invoice as the two systems hold it. It is made agreeing; causes
// and the natural trouble of a slot then change one side of it or take it away.
type doc struct {
	w     *world
	r     *rand.Rand
	slot  int
	sides [2]*side // nil where the system has no such invoice
	extra []*side  // copies beside it
}

// A side is an invoice in one system.
type side struct {
	system   system
	id       int64
	payment  int64 // id of the QuickBooks payment, should there be one
	number   string
	customer *customer // nil: the invoice names nobody
	date     day
	due      day
	dateAt   time.Time // HubSpot: the instant, when it is not one of the working day
	dueAt    time.Time
	evening  bool // HubSpot: dates are instants late in the evening
	currency string
	status   string
	lines    []*line
	rate     *rate // nil: untaxed
	orderTax bool  // HubSpot: tax as an object of the order, not of lines
	tax      int64
	discount int64
	percent  int64 // of the discount, when it is one
	paid     int64
	off      int64 // what the total is off by, with nothing explaining it
	subtotal int64
	total    int64
	source   string // HubSpot's hs_object_source
	created  time.Time
	note     string            // QuickBooks' PrivateNote
	bad      map[string]string // values that cannot be read, by property
}

// A line is one SKU at one net price. Each system may write it in its own way:
// split in two, without quantity, without its own SKU.
type line struct {
	product *product
	sku     string // HubSpot: the line's own SKU, when it has no product
	list    int64
	off     int64 // discount per unit
	percent int64 // discount in percent of the list price
	qty     int64
	taxed   bool
	split   bool
	bare    bool   // HubSpot: quantity null; QuickBooks: amount only
	lean    bool   // HubSpot: the SKU is the product's alone
	alone   bool   // HubSpot: no product, the SKU is the line's alone
	bad     string // a unit price that cannot be read
	id      int64  // HubSpot's, when it was given already
}

// net is the unit price after the line's discounts.
func (l *line) net() int64 { return l.list - l.off - l.list*l.percent/100 }

// skuIn is the SKU the line has in a system, empty where its product has none.
func (l *line) skuIn(s system) string {
	if l.product == nil {
		return l.sku
	}
	return l.product.sku[s]
}

// A want is what a cause needs of the invoice that it is planted on. Every
// invoice with a cause has two lines at least, the first of them plain: untaxed,
// without discount, in whole pieces, its SKU on no other line.
type want struct {
	dollars  bool // in USD
	open     bool // open and nothing paid
	settled  bool // paid
	taxed    bool // the second line is taxed
	untaxed  bool
	discount bool // there is an order-level discount
	plain    bool // there is none
}

// base makes the agreeing invoice of a slot. For a cause, wanted says what it
// must be like.
func (w *world) base(slot int, wanted *want) *doc {
	d := &doc{w: w, r: w.rng(streamInvoices, slot), slot: slot}
	c, _ := w.customerOf(slot)
	a := &side{system: hubspot, id: w.ids.invoice.id(slot), number: w.number(slot), customer: c, currency: c.currency}
	a.date = w.date(slot)
	a.due = a.date + day(15*d.r.IntN(4))
	a.evening = d.r.IntN(4) == 0
	a.created = a.date.in(w.portal, 23, d.r.IntN(60), d.r.IntN(60))
	a.source = pick(d.r, []string{"CRM_UI", "CRM_UI", "IMPORT", "API", "INTEGRATION"})
	d.addLines(a, wanted)
	d.addTax(a, wanted)
	d.addDiscount(a, wanted)
	a.settle()
	d.addPayment(a, wanted)
	d.sides = [2]*side{a, d.mirror(a)}
	d.vary(wanted)
	return d
}

// mirror makes the QuickBooks side of a HubSpot side.
func (d *doc) mirror(a *side) *side {
	b := a.clone()
	b.system = quickbooks
	b.id = d.w.ids.transaction.id(d.slot*transactions + transactionInvoice)
	b.payment = d.w.ids.transaction.id(d.slot*transactions + transactionPayment)
	b.created = a.created.Add(20 * time.Minute)
	switch note := d.r.IntN(30); {
	case note == 0 && b.total > 0: // not void: its amounts are not zero
		b.note = "Voided cheque came back, see mail"
	case note == 1 && b.total > 0:
		b.note = `Order "7" & C\O`
	}
	return b
}

// clone copies a side with its lines.
func (s *side) clone() *side {
	c := *s
	c.lines = make([]*line, len(s.lines))
	for i, l := range s.lines {
		copied := *l
		copied.id = 0
		c.lines[i] = &copied
	}
	return &c
}

// settle works out the sums of a side from its parts.
func (s *side) settle() {
	s.subtotal = 0
	for _, l := range s.lines {
		s.subtotal += lineAmount(l.net(), l.qty, s.currency)
	}
	s.total = s.subtotal - s.discount + s.tax + s.off
	if s.status == "paid" {
		s.paid = s.total
	}
}

// balance is what is left to pay.
func (s *side) balance() int64 { return s.total - s.paid }

// taxable is the sum of the taxed lines.
func (s *side) taxable() (sum int64) {
	for _, l := range s.lines {
		if l.taxed {
			sum += lineAmount(l.net(), l.qty, s.currency)
		}
	}
	return sum
}

// useRate taxes both sides at a rate.
func (d *doc) useRate(r *rate) {
	for _, s := range d.sides {
		s.rate = r
		s.tax = r.on(s.taxable())
	}
}

// addTax taxes some of the dollar invoices, one rate for all their taxed lines.
func (d *doc) addTax(s *side, wanted *want) {
	taxed := s.currency == "USD" && d.r.IntN(100) < 45
	if wanted != nil && (wanted.taxed || wanted.untaxed) {
		taxed = wanted.taxed
	}
	if !taxed {
		return
	}
	s.rate = d.w.rates[d.r.IntN(usualRates)]
	for i, l := range s.lines {
		l.taxed = d.r.IntN(5) > 0
		if wanted != nil && i < 2 {
			l.taxed = i == 1
		}
	}
	if wanted == nil && len(s.rate.parts) == 1 && d.r.IntN(20) == 0 {
		s.orderTax = true
		for _, l := range s.lines {
			l.taxed = true
		}
	}
	if s.tax = s.rate.on(s.taxable()); s.tax == 0 {
		s.untax()
	}
}

func (s *side) untax() {
	s.rate, s.tax, s.orderTax = nil, 0, false
	for _, l := range s.lines {
		l.taxed = false
	}
}

// addDiscount takes something off some of the orders. It comes after the tax:
// the tax is that of the undiscounted lines in both systems.
func (d *doc) addDiscount(s *side, wanted *want) {
	s.settle()
	discounted := !s.orderTax && d.r.IntN(100) < 8
	if wanted != nil && (wanted.discount || wanted.plain) {
		discounted = wanted.discount
	}
	if !discounted || s.subtotal < 100 {
		return
	}
	percent := []int64{3, 5, 10, 25}[d.r.IntN(4)]
	if d.r.IntN(2) == 0 && s.subtotal*percent%100 != 50 { // a half could be rounded either way
		s.percent, s.discount = percent, halfUp(s.subtotal*percent, 100)
		return
	}
	s.discount = 1 + d.r.Int64N(s.subtotal/4)
}

// addPayment decides whether the invoice is open, paid in part or paid.
func (d *doc) addPayment(s *side, wanted *want) {
	state := d.r.IntN(100)
	s.status = "open"
	switch {
	case wanted != nil && wanted.open:
	case state < 50 || wanted != nil && wanted.settled:
		s.status, s.paid = "paid", s.total
	case state < 62 && s.total >= 3:
		s.paid = s.total / 3
	}
}
