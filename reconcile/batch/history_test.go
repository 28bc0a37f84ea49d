package batch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// histories is how many random histories TestNarrowIsWide plays.
const histories = 1000

// TestNarrowIsWide plays random histories of two systems to two stores, one of which
// compares only what has changed and what that can affect, and the other everything.
// After every run both say the same: findings with their lives, control totals, counts.
func TestNarrowIsWide(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if given, err := strconv.ParseUint(os.Getenv("TIEOUT_SEED"), 10, 64); err == nil {
		seed = given
	}
	t.Logf("TIEOUT_SEED=%d", seed)
	narrow := 0
	for n := range uint64(histories) {
		h := newHistory(rand.New(rand.NewPCG(seed, n)))
		for step := range 6 {
			h.step()
			if !h.same(t) {
				t.Fatalf("history %d of seed %d, run %d: %v", n, seed, step+1, h.told)
			}
		}
		narrow += h.narrow
	}
	if narrow < 3*histories {
		t.Errorf("%d of %d comparisons were narrow: the histories prove too little", narrow, 6*histories)
	}
}

// A history is two systems that change, and two stores that follow them.
type history struct {
	*rand.Rand
	narrowly, widely *world
	next             int // id
	told             []string
	narrow           int // comparisons
}

func newHistory(r *rand.Rand) *history {
	h := &history{Rand: r, narrowly: newWorld(), widely: newWorld(), next: 10}
	for _, s := range []reconcile.System{reconcile.HubSpot, reconcile.QuickBooks} {
		h.each(s, func(x *source) {
			for n := range 3 {
				id := fmt.Sprint(n + 3)
				x.products = append(x.products, product(s, id, ""))
				x.customers = append(x.customers, customer(s, id, ""))
			}
		})
	}
	for range 12 {
		h.change()
	}
	return h
}

// each changes the system of both worlds in the same way.
func (h *history) each(s reconcile.System, change func(*source)) {
	for _, w := range []*world{h.narrowly, h.widely} {
		if s == reconcile.HubSpot {
			change(w.hs)
		} else {
			change(w.qb)
		}
	}
}

func pick[T any](h *history, values ...T) T { return values[h.IntN(len(values))] }

func (h *history) step() {
	for range h.IntN(4) {
		h.change()
	}
	pass := pick(h, time.Minute, time.Minute, 40*time.Minute, 3*time.Hour)
	h.tell("%s pass", pass)
	if h.IntN(12) == 0 {
		key, value := "status_filter", pick(h, "open", "open,paid", "draft,open,paid,voided")
		if h.IntN(2) == 0 {
			key, value = "email_match", pick(h, "exact", "normalized")
		}
		h.narrowly.store.set(key, value)
		h.widely.store.set(key, value)
		h.tell("%s=%s", key, value)
	}
	h.narrowly.clock.add(pass)
	h.widely.clock.add(pass)
}

func (h *history) tell(format string, args ...any) {
	h.told = append(h.told, fmt.Sprintf(format, args...))
}

// change changes one record of one system, or makes or drops one.
func (h *history) change() {
	s := pick(h, reconcile.HubSpot, reconcile.QuickBooks)
	switch h.IntN(16) {
	case 0:
		h.changeProduct(s)
	case 1:
		h.changeCustomer(s)
	case 2:
		name := pick(h, "VAT", "VAT 20", "GST")
		h.tell("%s rate %s", s, name)
		h.each(s, func(x *source) { x.rates = []reconcile.TaxRate{{System: s, ID: "7", Name: name, Active: true}} })
	case 3, 4, 5, 6:
		h.add(s)
	case 7, 8:
		h.drop(s)
	case 14, 15:
		h.pair()
	default:
		h.edit(s)
	}
}

var (
	skus   = []string{"A", "B", "", "a", "A ", "C"}
	emails = []string{"ann@example.com", "bob@example.com", "", "Ann@example.com", "ann@example.com ", "eve@example.com"}
)

func (h *history) changeProduct(s reconcile.System) {
	at, sku, active, name, gone := h.IntN(5), pick(h, skus...), h.IntN(4) > 0, pick(h, "", "Bolt"), h.IntN(6) == 0
	h.tell("%s product %d: SKU %q, active %t, name %q, gone %t", s, at, sku, active, name, gone)
	h.each(s, func(x *source) {
		if len(x.products) < 5 {
			x.products = append(x.products, product(s, fmt.Sprint(20+h.next), sku))
			return
		}
		if gone {
			x.products = slices.Delete(slices.Clone(x.products), at, at+1)
			return
		}
		x.products = slices.Clone(x.products)
		x.products[at].SKU, x.products[at].Active, x.products[at].Name = sku, active, name
	})
}

func (h *history) changeCustomer(s reconcile.System) {
	at, email, name, gone := h.IntN(5), pick(h, emails...), pick(h, "", "Acme"), h.IntN(6) == 0
	h.tell("%s customer %d: e-mail %q, name %q, gone %t", s, at, email, name, gone)
	h.each(s, func(x *source) {
		if len(x.customers) < 5 {
			x.customers = append(x.customers, customer(s, fmt.Sprint(20+h.next), email))
			return
		}
		if gone {
			x.customers = slices.Delete(slices.Clone(x.customers), at, at+1)
			return
		}
		x.customers = slices.Clone(x.customers)
		x.customers[at].Email, x.customers[at].Name = email, name
	})
}

func (h *history) add(s reconcile.System) {
	h.next++
	id := fmt.Sprint(h.next)
	number := pick(h, "", "1", "2", "3", "4", "5", "6", "7")
	edits := []func(*reconcile.Invoice){h.random(), h.random(), h.random()}
	if h.IntN(3) == 0 {
		made := h.narrowly.clock.now().Add(-time.Duration(h.IntN(90)) * time.Minute)
		edits = append(edits, created(made))
	}
	h.tell("%s invoice %s %q", s, id, number)
	h.each(s, func(x *source) { x.bill(id, number, edits...) })
}

// pair makes an invoice in both systems, often one that agrees with another in all but
// its number.
func (h *history) pair() {
	h.next++
	id, number := fmt.Sprint(h.next), pick(h, "1", "2", "3", "4", "5", "6", "7")
	edits := []func(*reconcile.Invoice){dated("2026-10-01"), of(pick(h, "1", "1", "2"))}
	h.tell("pair %s %q", id, number)
	for _, s := range reconcile.Systems {
		h.each(s, func(x *source) { x.bill(id, number, edits...) })
	}
}

func (h *history) drop(s reconcile.System) {
	if list := h.of(s); len(list) > 0 {
		id := list[h.IntN(len(list))].ID
		h.tell("%s invoice %s gone", s, id)
		h.each(s, func(x *source) { x.drop(id) })
	}
}

func (h *history) edit(s reconcile.System) {
	if list := h.of(s); len(list) > 0 {
		id, edit := list[h.IntN(len(list))].ID, h.random()
		h.tell("%s invoice %s edited", s, id)
		h.each(s, func(x *source) {
			x.invoices = slices.Clone(x.invoices)
			x.edit(id, edit)
		})
	}
}

func (h *history) of(s reconcile.System) []reconcile.Invoice {
	if s == reconcile.HubSpot {
		return h.narrowly.hs.invoices
	}
	return h.narrowly.qb.invoices
}

// random is an edit of an invoice, the same whenever it is made.
func (h *history) random() func(*reconcile.Invoice) {
	product, rate := pick(h, "1", "2", "3", "4", "5", "9", ""), pick(h, "", "", "7")
	of1, day := pick(h, "1", "1", "2", "3", "4", "5", ""), pick(h, "2026-10-01", "2026-10-03", "2026-10-01", "2026-11-20")
	return pick(h,
		priced(pick(h, "100", "100", "90", "100.01")), dated(day), of(of1), of(of1),
		status(pick(h, reconcile.StatusOpen, reconcile.StatusPaid, reconcile.StatusDraft, reconcile.StatusVoided)),
		numbered(pick(h, "1", "2", "", "8")),
		func(i *reconcile.Invoice) { i.Lines = slices.Clone(i.Lines); i.Lines[0].ProductID = product },
		func(i *reconcile.Invoice) { i.Lines = slices.Clone(i.Lines); i.Lines[0].TaxRateID = rate },
		func(i *reconcile.Invoice) { i.Currency = "EUR" },
		func(i *reconcile.Invoice) { i.Integration = !i.Integration },
		func(i *reconcile.Invoice) { i.Unreadable = !i.Unreadable },
	)
}

// same runs both worlds and compares what they say.
func (h *history) same(t *testing.T) bool {
	t.Helper()
	h.tell("run")
	narrow, err := h.narrowly.runner().Run(t.Context(), byHand)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := h.widely.runner().Run(t.Context(), Order{Actor: byHand.Actor, Full: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(h.narrowly.store.told("EntriesAt")) > 0 {
		h.narrow++
		h.narrowly.store.calls = nil
	}
	ok := true
	wide.Full = false
	if narrow.Counts.Calls, wide.Counts.Calls = 0, 0; narrow != wide {
		t.Errorf("narrow %+v\nwide   %+v", narrow, wide)
		ok = false
	}
	a, b := h.narrowly.store.run(narrow.ID).totals, h.widely.store.run(wide.ID).totals
	if mustJSON(a) != mustJSON(b) {
		t.Errorf("totals, narrow %s\nwide          %s", mustJSON(a), mustJSON(b))
		ok = false
	}
	for id, f := range h.widely.store.findings {
		got := h.narrowly.store.findings[id]
		if got == nil {
			t.Errorf("narrow misses %s", mustJSON(f))
			ok = false
		} else if mustJSON(got) != mustJSON(f) {
			t.Errorf("narrow %s\nwide   %s", mustJSON(got), mustJSON(f))
			ok = false
		}
	}
	if len(h.narrowly.store.findings) != len(h.widely.store.findings) {
		t.Errorf("narrow has %d findings, wide %d", len(h.narrowly.store.findings), len(h.widely.store.findings))
		ok = false
	}
	return ok
}

func numbered(number string) func(*reconcile.Invoice) {
	return func(i *reconcile.Invoice) { i.Number = number }
}
