package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"time"
)

// A Certificate states how complete one pull of one object was. Findings are
// resolved only by runs whose certificates are all complete.
type Certificate struct {
	System System `json:"system"`
	Object Object `json:"object"`
	// Since says that only what has changed since then was asked for, beside what
	// the connector reads again; zero: everything was.
	Since time.Time `json:"since,omitzero"`
	// Reason says why everything was pulled.
	Reason string `json:"reason,omitempty"`
	// TimeZone is the portal's or company's, by which instants were read as dates.
	TimeZone string `json:"timeZone,omitempty"`
	// Rates is the hash of the tax rates by which HubSpot's lines were read that state
	// no tax; empty where that is not known, and for QuickBooks, whose lines do.
	Rates string `json:"rates,omitempty"`
	// Resumed is the run in which a pull of everything began that this one went on
	// with; what that run received is counted in. 0: it began in its own run.
	Resumed RunID `json:"resumed,omitempty"`
	// Hinted is how many filings of hints there were when the pull of the system began:
	// what they told of has been read. Hints is how many of them were read for.
	Hinted   int64 `json:"hinted,omitempty"`
	Hints    int   `json:"hints,omitempty"`
	Claimed  int   `json:"claimed"` // what the system says it has
	Received int   `json:"received"`
	Pages    int   `json:"pages"`
	// Duplicates are records received more than once and counted once.
	Duplicates int `json:"duplicates"`
	// Changed are the records and values that were new to the mirror or had changed.
	Changed int `json:"changed"`
	// Known are the records that the mirror has after a complete pull, without the
	// missed ones; Aside are those that the system counts and the mirror has no row
	// of: what could never be read, and QuickBooks' categories. What a pull of
	// everything received and the mirror does not know is aside until the next one.
	Known int `json:"known"`
	Aside int `json:"aside,omitempty"`
	// Missed are records of the mirror that the pull no longer showed, for the first
	// time; they stay. Deleted had been missed before, in a complete run: they are gone.
	Missed      int       `json:"missed"`
	Deleted     int       `json:"deleted"`
	Unreadable  int       `json:"unreadable"`
	FirstChange time.Time `json:"firstChange,omitzero"`
	LastChange  time.Time `json:"lastChange,omitzero"`
	// Sums are the invoice totals by currency, minor units, unreadable ones left out.
	Sums map[string]int64 `json:"sums,omitempty"`
	// Hash is a digest of the canonical rows that does not depend on their order.
	Hash  string `json:"hash"`
	Calls int    `json:"calls"`
	// Problem says why the pull is not complete; empty when it is.
	Problem string `json:"problem,omitempty"`
	// Watermark is when the pull of the system began: what has changed since then is
	// the next pull's to bring.
	Watermark  time.Time `json:"watermark,omitzero"`
	StartedAt  time.Time `json:"startedAt,omitzero"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`

	seen map[[8]byte]bool // by id: whether the run before the cut brought it
	sum  [32]byte
	// repeated are records that came again after the cut of a resumed pull.
	repeated int
}

// A PullMode says what a pull asked for.
type PullMode string

// The pull modes.
const (
	PullFull        PullMode = "FULL"        // everything
	PullIncremental PullMode = "INCREMENTAL" // what has changed
)

// Mode says what the pull asked for.
func (c *Certificate) Mode() PullMode {
	if c.Since.IsZero() {
		return PullFull
	}
	return PullIncremental
}

// NewCertificate starts a certificate.
func NewCertificate(s System, o Object, startedAt time.Time) *Certificate {
	return &Certificate{System: s, Object: o, StartedAt: startedAt, Sums: map[string]int64{}, seen: map[[8]byte]bool{}}
}

// SoFar is the certificate of a pull under way as Resume goes on with it.
func (c *Certificate) SoFar() Certificate {
	so := *c
	so.Sums, so.Hash = maps.Clone(c.Sums), hex.EncodeToString(c.sum[:])
	so.seen, so.repeated = nil, 0
	return so
}

// Resume goes on with the certificate of a pull that broke off, whose records had
// these ids. The pull began in that run.
func Resume(so Certificate, began RunID, ids []string) (*Certificate, error) {
	c := so
	c.Resumed, c.Sums, c.seen = began, maps.Clone(so.Sums), make(map[[8]byte]bool, len(ids))
	if c.Sums == nil {
		c.Sums = map[string]int64{}
	}
	if n, err := hex.Decode(c.sum[:], []byte(so.Hash)); err != nil || n != len(c.sum) {
		return nil, fmt.Errorf("resume the pull of %s %s: %q is no hash", so.System.Title(), so.Object, so.Hash)
	}
	for _, id := range ids {
		c.seen[shortened(id)] = true
	}
	return &c, nil
}

// Repeated reports whether a resumed pull brought something that came before the
// cut. It did not go on then, and what it counts is not to be relied on.
func (c *Certificate) Repeated() bool { return c.repeated > 0 }

// Distinct is how many records were received, each counted once.
func (c *Certificate) Distinct() int { return c.Received - c.Duplicates }

// Accounts reports whether the mirror accounts for everything that the system
// claims to have, which a pull of changes has to show: it has so many records, and
// as many are aside as before.
func (c *Certificate) Accounts(claimed, known int) bool { return claimed == known+c.Aside }

// Complete reports whether the pull received everything that was claimed.
func (c *Certificate) Complete() bool { return c.Problem == "" }

// Add counts a page in. It drops records that an earlier page already brought,
// which happens when rows move between pages, from the page.
func (c *Certificate) Add(p *Page) {
	c.Pages++
	c.Calls += p.Calls
	c.Received += p.Received
	c.Unreadable += len(p.Unreadable)
	p.Invoices = addRows(c, p.Invoices, func(i *Invoice) (string, time.Time) { return i.ID, i.UpdatedAt })
	p.Products = addRows(c, p.Products, func(r *Product) (string, time.Time) { return r.ID, r.UpdatedAt })
	p.Customers = addRows(c, p.Customers, func(r *Customer) (string, time.Time) { return r.ID, r.UpdatedAt })
	p.TaxRates = addRows(c, p.TaxRates, func(r *TaxRate) (string, time.Time) { return r.ID, time.Time{} })
	for _, i := range p.Invoices {
		if !i.Unreadable {
			c.Sums[i.Currency] += i.Total
		}
	}
}

// Finish closes the certificate with the system's own count. A pull that broke
// off is finished with its error instead.
func (c *Certificate) Finish(claimed int, at time.Time, broken error) {
	c.Claimed, c.FinishedAt = claimed, at
	c.Hash = hex.EncodeToString(c.sum[:])
	c.seen = nil
	switch {
	case broken != nil:
		c.Problem = broken.Error()
	case c.Mode() == PullFull && c.Distinct() < claimed:
		c.Problem = fmt.Sprintf("%s claims %d %s, %d were received", c.System.Title(), claimed, c.Object, c.Distinct())
	}
}

// Settle states what a complete pull made of the mirror: how many records it has
// now, and how many are missed or gone.
func (c *Certificate) Settle(known int, gone Gone) {
	c.Known, c.Missed, c.Deleted = known, gone.Missed, gone.Deleted
	if c.Mode() == PullFull {
		c.Aside = c.Distinct() - known
	}
}

// shortened is a part of an id's hash: what is seen is many.
func shortened(id string) [8]byte {
	hash := sha256.Sum256([]byte(id))
	return [8]byte(hash[:8])
}

func addRows[T any](c *Certificate, rows []T, key func(*T) (id string, changed time.Time)) []T {
	kept := rows[:0]
	for n := range rows {
		id, changed := key(&rows[n])
		short := shortened(id)
		if earlier, again := c.seen[short]; again {
			c.Duplicates++
			if earlier {
				c.repeated++
			}
			continue
		}
		c.seen[short] = false
		raw, err := json.Marshal(&rows[n])
		if err != nil { // the nouns of this package always marshal
			panic(fmt.Sprintf("certificate: %v", err))
		}
		row := sha256.Sum256(raw)
		addHash(&c.sum, &row)
		c.span(changed)
		kept = append(kept, rows[n])
	}
	return kept
}

// addHash adds b to a as 256-bit numbers, so that the sum of the rows' hashes
// does not depend on the order in which pages arrive.
func addHash(a, b *[32]byte) {
	carry := 0
	for n := len(a) - 1; n >= 0; n-- {
		carry += int(a[n]) + int(b[n])
		a[n] = byte(carry)
		carry >>= 8
	}
}

func (c *Certificate) span(t time.Time) {
	if t.IsZero() {
		return
	}
	if c.FirstChange.IsZero() || t.Before(c.FirstChange) {
		c.FirstChange = t
	}
	if t.After(c.LastChange) {
		c.LastChange = t
	}
}
