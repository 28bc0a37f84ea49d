package sandbox

import (
	"fmt"
	"time"
)

// A customer is one firm as the two systems hold it: in HubSpot a contact,
// often with a company and younger colleagues, in QuickBooks a customer.
type customer struct {
	n        int
	contact  int64 // the contact that counts; zero where HubSpot has none
	company  int64 // zero where HubSpot has none
	others   []contact
	books    int64 // the QuickBooks customer; zero where QuickBooks has none
	firm     [2]string
	first    string
	last     string
	email    [2]string
	currency string
	created  time.Time
	inactive bool  // in QuickBooks
	balance  int64 // open in QuickBooks, summed up while invoices are written
	planted  bool  // belongs to a cause: the self-check expects nothing of it
}

// A contact is a further contact of a customer, younger than the one that
// counts, or as old with a higher id.
type contact struct {
	id      int64
	first   string
	last    string
	email   string
	created time.Time
}

// id is the customer's id in a system, as findings name it.
func (c *customer) id(s system) int64 {
	switch {
	case s == quickbooks:
		return c.books
	case c.contact != 0:
		return c.contact
	}
	return c.company
}

func (w *world) makeCustomers() {
	for n := range w.regulars {
		w.addCustomer(currencyOf(n))
		if n%7 == 3 {
			w.addColleagues(w.customers[n])
		}
	}
	for n := range 2 + w.regulars/100 {
		w.makeGone(n)
	}
}

func currencyOf(n int) string {
	switch {
	case n%50 == 11:
		return "JPY"
	case n%20 == 7:
		return "EUR"
	}
	return "USD"
}

// addCustomer adds a customer that both systems have, with one e-mail.
func (w *world) addCustomer(currency string) *customer {
	n := len(w.customers)
	r := w.rng(streamCustomers, n)
	c := &customer{n: n, firm: firmName(r, n), first: pick(r, firstNames), last: pick(r, lastNames), currency: currency}
	c.contact, c.books = w.ids.contact.id(4*n), w.ids.customer.id(n)
	if n%5 != 2 {
		c.company = w.ids.company.id(n)
	}
	c.email = twice(fmt.Sprintf("billing%05d@firm%05d.example", n, n))
	c.created = (w.first - 400 + day(r.IntN(390))).midnight().Add(time.Duration(r.IntN(86400)) * time.Second)
	w.customers = append(w.customers, c)
	return c
}

// addColleagues adds two contacts, one of them made in the same instant as the
// one that counts, which then is the one with the lower id.
func (w *world) addColleagues(c *customer) {
	ids := []int64{c.contact, w.ids.contact.id(4*c.n + 1), w.ids.contact.id(4*c.n + 2)}
	if ids[0] > ids[1] {
		ids[0], ids[1] = ids[1], ids[0]
	}
	c.contact = ids[0]
	r := w.rng(streamCustomers, -1-c.n)
	twin := contact{id: ids[1], first: pick(r, firstNames), last: pick(r, lastNames), created: c.created}
	twin.email = fmt.Sprintf("orders%05d@firm%05d.example", c.n, c.n)
	late := contact{id: ids[2], first: pick(r, firstNames), last: pick(r, lastNames), created: c.created.Add(time.Hour)}
	c.others = []contact{late, twin}
}

// makeGone adds a customer that was deleted in QuickBooks. Every other one was
// made again: its e-mail is that of an active customer.
func (w *world) makeGone(n int) {
	c := w.addCustomer("USD")
	c.contact, c.company, c.inactive = 0, 0, true
	if n%2 == 0 {
		c.email = twice(w.customers[n].email[quickbooks])
	}
}
