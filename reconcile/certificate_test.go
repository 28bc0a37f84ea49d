package reconcile

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func rows(from, to int) []Invoice {
	var list []Invoice
	for n := from; n < to; n++ {
		list = append(list, Invoice{System: HubSpot, ID: fmt.Sprint(n), Number: fmt.Sprintf("A-%d", n), Currency: "USD", Total: int64(n), UpdatedAt: asOf.Add(time.Duration(n) * time.Hour)})
	}
	return list
}

func certify(claimed int, broken error, pages ...Page) *Certificate {
	c := NewCertificate(HubSpot, ObjectInvoices, asOf)
	for n := range pages {
		pages[n].Calls = 1
		if pages[n].Received == 0 {
			pages[n].Received = len(pages[n].Invoices) + len(pages[n].Products)
		}
		c.Add(&pages[n])
	}
	c.Finish(claimed, asOf.Add(time.Minute), broken)
	return c
}

func TestCertificate(t *testing.T) {
	c := certify(4, nil, Page{Invoices: rows(0, 2)}, Page{Invoices: rows(2, 4)})
	if !c.Complete() || c.Received != 4 || c.Pages != 2 || c.Calls != 2 || c.Duplicates != 0 || c.Sums["USD"] != 6 || c.Claimed != 4 {
		t.Errorf("%+v", c)
	}
	if !c.FirstChange.Equal(asOf) || !c.LastChange.Equal(asOf.Add(3*time.Hour)) || !c.FinishedAt.After(c.StartedAt) {
		t.Errorf("changes from %s to %s", c.FirstChange, c.LastChange)
	}
	if empty := certify(0, nil); !empty.Complete() || empty.Hash == "" {
		t.Errorf("nothing claimed, nothing received: %+v", empty)
	}
}

// TestCertificateHash: pages may come in any order and cut anywhere; a changed
// row changes the hash.
func TestCertificateHash(t *testing.T) {
	want := certify(40, nil, Page{Invoices: rows(0, 40)}).Hash
	for range 20 {
		list := rows(0, 40)
		rand.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
		cut := rand.IntN(40)
		if got := certify(40, nil, Page{Invoices: list[:cut]}, Page{Invoices: list[cut:]}).Hash; got != want {
			t.Fatalf("hash %s, want %s", got, want)
		}
	}
	changed := rows(0, 40)
	changed[7].Total++
	if certify(40, nil, Page{Invoices: changed}).Hash == want || certify(39, nil, Page{Invoices: rows(0, 39)}).Hash == want {
		t.Error("another content has the same hash")
	}
}

// TestCertificateDuplicates: what comes twice counts once, and leaves the page.
func TestCertificateDuplicates(t *testing.T) {
	c := NewCertificate(HubSpot, ObjectInvoices, asOf)
	first, second := Page{Invoices: rows(0, 3), Received: 3}, Page{Invoices: rows(2, 5), Received: 3}
	c.Add(&first)
	c.Add(&second)
	c.Finish(5, asOf, nil)
	if c.Duplicates != 1 || len(second.Invoices) != 2 || !c.Complete() || c.Sums["USD"] != 10 {
		t.Errorf("%+v, %d left of the page", c, len(second.Invoices))
	}
	if want := certify(5, nil, Page{Invoices: rows(0, 5)}).Hash; c.Hash != want {
		t.Error("the second copy enters the hash")
	}
	// Six rows are no six records when one of them came twice.
	if c := certify(6, nil, Page{Invoices: rows(0, 3)}, Page{Invoices: rows(2, 5)}); c.Complete() {
		t.Errorf("5 of 6 is complete: %+v", c)
	}
}

func TestCertificateIncomplete(t *testing.T) {
	if c := certify(5, nil, Page{Invoices: rows(0, 4)}); c.Complete() || c.Problem != "HubSpot claims 5 invoices, 4 were received" {
		t.Errorf("%+v", c)
	}
	if c := certify(4, errors.New("timeout"), Page{Invoices: rows(0, 4)}); c.Complete() || c.Problem != "timeout" {
		t.Errorf("%+v", c)
	}
	if c := certify(3, nil, Page{Invoices: rows(0, 4)}); !c.Complete() { // one was made meanwhile
		t.Errorf("%+v", c)
	}
}

func TestCertificateUnreadable(t *testing.T) {
	list := rows(1, 3)
	list[0].Unreadable = true
	c := certify(2, nil, Page{Invoices: list, Unreadable: []Unreadable{{ID: "1"}}})
	if c.Unreadable != 1 || c.Sums["USD"] != 2 || !c.Complete() {
		t.Errorf("%+v", c)
	}
	if p := certify(1, nil, Page{Products: []Product{{ID: "1"}}}); len(p.Sums) != 0 || !p.Complete() {
		t.Errorf("%+v", p)
	}
}
