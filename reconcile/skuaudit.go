package reconcile

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// A SKUKindRule is the entry of a kind in the dictionary.
type SKUKindRule struct {
	Kind    MatchKind
	Meaning string
}

// SKUKinds lists the kinds with their meanings, in the order in which they are shown.
var SKUKinds = []SKUKindRule{
	{KindExact, "each SKU under the key is held once in each system, byte for byte"},
	{KindCase, "one product in each system; the SKUs are equal but for upper and lower case"},
	{KindSpace, "one product in each system; the SKUs are equal but for blanks, and perhaps case"},
	{KindAmbiguous, "several products of one system meet under the key, and not each has one exact match"},
	{KindNoneHubSpot, "in QuickBooks only: HubSpot has no product under the key"},
	{KindNoneQuickBooks, "in HubSpot only: QuickBooks has no item under the key"},
	{KindBlank, "a product without a SKU, which matches nothing; it has a row of its own"},
}

// SKUAuditInput is what an audit is made from.
type SKUAuditInput struct {
	// Products are those of both systems.
	Products []Product
	// AsOf is the day on which the last 12 months end.
	AsOf Date
	// CreateProducts says that a missing SKU keeps nothing back: it is created.
	CreateProducts bool
	// Invoices streams the invoices of both systems; Findings those findings whose
	// codes SKUAuditCodes lists. Each is read once; the first error ends the audit.
	Invoices iter.Seq2[Invoice, error]
	Findings iter.Seq2[FindingRecord, error]
}

// SKUAuditCodes lists the codes of the findings that an audit asks for: those on
// SKUs, and unsynced invoices, whose reasons tell which of them SKUs keep back.
func SKUAuditCodes() []Code {
	return append([]Code{InvoiceOnlyInSource}, FamilyCodes(FamilySKU)...)
}

// A SKUAudit is the full outer join of the two catalogues by normalised SKU, and
// what follows from it. Every product is in exactly one row.
type SKUAudit struct {
	Rows       []SKURow // by key; products without a SKU at the end
	Near       []NearSKU
	Duplicates []DuplicateSKU
	Faults     []SKUFault
	Sides      [2]SKUSide // HubSpot's, QuickBooks'
	// ExactPairs counts the SKUs that one active product in each system holds.
	ExactPairs int
	// Unreadable counts invoices that were left out because they cannot be read.
	Unreadable int
	// Homeless counts blocked invoices with a SKU that no product holds at all.
	Homeless int
}

// Side returns what is counted of a system.
func (a *SKUAudit) Side(s System) *SKUSide {
	if s == QuickBooks {
		return &a.Sides[1]
	}
	return &a.Sides[0]
}

// Kinds counts the rows by kind.
func (a *SKUAudit) Kinds() map[MatchKind]int {
	counts := map[MatchKind]int{}
	for n := range a.Rows {
		counts[a.Rows[n].Kind]++
	}
	return counts
}

// A SKURow is what the two systems have under one key.
type SKURow struct {
	Key        string // NearKey of its SKUs; empty for a product without one
	Kind       MatchKind
	HubSpot    []AuditedProduct // by id
	QuickBooks []AuditedProduct
	Codes      []Code // of the open findings on it
	// Blocked counts the unsynced invoices that its SKUs keep back, each once, and
	// BlockedAmounts adds up their totals by currency.
	Blocked        int
	BlockedAmounts map[string]int64
}

// Side returns the row's products of a system.
func (r *SKURow) Side(s System) []AuditedProduct {
	if s == QuickBooks {
		return r.QuickBooks
	}
	return r.HubSpot
}

// Covered reports whether each SKU of the row has its exact match, both active.
func (r *SKURow) Covered() bool {
	active := func(p AuditedProduct) bool { return p.Active }
	return r.Kind == KindExact && slices.ContainsFunc(r.HubSpot, active) && slices.ContainsFunc(r.QuickBooks, active)
}

// An AuditedProduct is a product with how it is used. Drafts and voided invoices
// are no use.
type AuditedProduct struct {
	Product
	LastInvoiced Date
	Invoices     int              // of the last 12 months that have it
	Revenue      map[string]int64 // of their lines, by currency, minor units
}

// A SKUSide counts what one system has.
type SKUSide struct {
	System       System
	Products     int
	Active       int
	WithSKU      int
	Blank        int // without a SKU; with WithSKU all products
	Unique       int // distinct SKUs of active products
	OneSided     int // products of rows that the other system is not in
	Malformed    int // products whose SKU has a fault other than to be blank
	Duplicates   int // keys that several active products hold
	InactiveUsed int // inactive products invoiced in the last 12 months
	// Revenue is that of the last 12 months by currency.
	Revenue map[string]SKURevenue
}

// A SKURevenue divides the amounts of invoice lines, minor units of one currency.
type SKURevenue struct {
	Total    int64
	Covered  int64 // on products with an exact active match
	NoRecord int64 // on lines without a product of the catalogue; part of Total
}

// AuditSKUs makes the audit.
func AuditSKUs(in SKUAuditInput) (SKUAudit, error) {
	x := newSKUAuditor(in)
	if in.Findings != nil {
		for f, err := range in.Findings {
			if err != nil {
				return SKUAudit{}, fmt.Errorf("audit SKUs: findings: %w", err)
			}
			x.finding(&f)
		}
	}
	if in.Invoices != nil {
		for i, err := range in.Invoices {
			if err == nil {
				err = x.invoice(&i)
			}
			if err != nil {
				return SKUAudit{}, fmt.Errorf("audit SKUs: invoices: %w", err)
			}
		}
	}
	return x.close(), nil
}

// A skuAuditor is an audit under way.
type skuAuditor struct {
	audit   SKUAudit
	m       *Masters
	from    Date // first day of the 12 months
	to      Date
	rows    map[string]*SKURow            // by key
	homes   map[productID]*SKURow         // of each product
	of      map[productID]*AuditedProduct // each product
	blocked map[productID]bool            // unsynced invoices that SKUs keep back, by id
}

// A productID is a vendor's id with its system.
type productID struct {
	system System
	id     string
}

func newSKUAuditor(in SKUAuditInput) *skuAuditor {
	x := &skuAuditor{
		m:    NewMasters(MasterData{Products: in.Products}, Settings{CreateProducts: in.CreateProducts}),
		from: yearBefore(in.AsOf), to: in.AsOf,
		rows: map[string]*SKURow{}, homes: map[productID]*SKURow{}, of: map[productID]*AuditedProduct{}, blocked: map[productID]bool{},
	}
	for n, s := range Systems {
		x.audit.Sides[n] = SKUSide{System: s, Revenue: map[string]SKURevenue{}}
	}
	x.join(in.Products)
	return x
}

// yearBefore is the day after the same day of the year before.
func yearBefore(d Date) Date {
	t := d.Time()
	return newDate(t.Year()-1, t.Month(), t.Day()+1)
}

// join puts every product into its row.
func (x *skuAuditor) join(products []Product) {
	grouped := map[string]*SKURow{} // by key; blank ones by system and id
	var order []*SKURow
	sorted := slices.Clone(products)
	slices.SortFunc(sorted, func(a, b Product) int { return cmp.Or(cmp.Compare(a.System, b.System), CompareIDs(a.ID, b.ID)) })
	for _, p := range sorted {
		key := NearKey(p.SKU)
		at := key
		if key == "" {
			at = "\x00" + string(p.System) + " " + p.ID // no SKU has this key: it holds a blank
		}
		row := grouped[at]
		if row == nil {
			row = &SKURow{Key: key, BlockedAmounts: map[string]int64{}}
			grouped[at] = row
			order = append(order, row)
		}
		a := AuditedProduct{Product: p, Revenue: map[string]int64{}}
		if p.System == QuickBooks {
			row.QuickBooks = append(row.QuickBooks, a)
		} else {
			row.HubSpot = append(row.HubSpot, a)
		}
	}
	slices.SortStableFunc(order, func(a, b *SKURow) int {
		return cmp.Or(cmp.Compare(blankLast(a.Key), blankLast(b.Key)), strings.Compare(a.Key, b.Key))
	})
	x.audit.Rows = make([]SKURow, len(order))
	for n, row := range order {
		x.audit.Rows[n] = *row
		x.place(&x.audit.Rows[n])
	}
}

func blankLast(key string) int {
	if key == "" {
		return 1
	}
	return 0
}

// place judges a row and notes where it and its products are.
func (x *skuAuditor) place(row *SKURow) {
	row.Kind = KindBlank
	if row.Key != "" {
		row.Kind = matchKind(holders(pointers(row.HubSpot)), holders(pointers(row.QuickBooks)), verbatim)
	}
	if row.Key != "" {
		x.rows[row.Key] = row
	}
	for _, s := range Systems {
		side := row.Side(s)
		for n := range side {
			id := productID{s, side[n].ID}
			x.of[id], x.homes[id] = &side[n], row
		}
	}
}
