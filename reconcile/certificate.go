package reconcile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"
)

// A Certificate states how complete one pull of one object was. Findings are
// resolved only by runs whose certificates are all complete.
type Certificate struct {
	System   System `json:"system"`
	Object   Object `json:"object"`
	Claimed  int    `json:"claimed"` // what the system says it has
	Received int    `json:"received"`
	Pages    int    `json:"pages"`
	// Duplicates are records received more than once and counted once.
	Duplicates int `json:"duplicates"`
	// Deleted are records of the mirror that the pull no longer showed.
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
	Problem    string    `json:"problem,omitempty"`
	StartedAt  time.Time `json:"startedAt,omitzero"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`

	seen map[[8]byte]struct{}
	sum  [32]byte
}

// NewCertificate starts a certificate.
func NewCertificate(s System, o Object, startedAt time.Time) *Certificate {
	return &Certificate{System: s, Object: o, StartedAt: startedAt, Sums: map[string]int64{}, seen: map[[8]byte]struct{}{}}
}

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
	distinct := c.Received - c.Duplicates
	switch {
	case broken != nil:
		c.Problem = broken.Error()
	case distinct < claimed:
		c.Problem = fmt.Sprintf("%s claims %d %s, %d were received", c.System.Title(), claimed, c.Object, distinct)
	}
}

func addRows[T any](c *Certificate, rows []T, key func(*T) (id string, changed time.Time)) []T {
	kept := rows[:0]
	for n := range rows {
		id, changed := key(&rows[n])
		hash := sha256.Sum256([]byte(id))
		short := [8]byte(hash[:8])
		if _, again := c.seen[short]; again {
			c.Duplicates++
			continue
		}
		c.seen[short] = struct{}{}
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
