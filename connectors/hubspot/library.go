package hubspot

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/govalues/decimal"
)

// The tax rate library is small, and has no search: it is read as a whole, once
// a run. What was read last serves whoever asks for it afterwards.

// taxRates is the walk over the tax rate library.
func (c *Client) taxRates() cursor {
	return cursor{c: c, op: "list hubspot:tax_rates", path: c.paths.taxRates, decode: true,
		query: map[string][]string{"limit": {"100"}}}
}

// library yields the tax rate library, and keeps it when it was read to its end.
// What was read before does not count any more.
func (c *Client) library(ctx context.Context) iter.Seq2[listPage, error] {
	return func(yield func(listPage, error) bool) {
		c.keepRates(nil)
		rates := []json.RawMessage{}
		for page, err := range c.taxRates().pages(ctx) {
			if rates = append(rates, page.records...); err == nil && page.after == "" {
				c.keepRates(rates)
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

func (c *Client) keepRates(rates []json.RawMessage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rates = rates
}

// knownRates returns the tax rate library: as it was read last, else as it is,
// and how many requests that took.
func (c *Client) knownRates(ctx context.Context) (rates []json.RawMessage, calls int, err error) {
	c.mu.Lock()
	rates = c.rates
	c.mu.Unlock()
	if rates != nil {
		return rates, 0, nil
	}
	for page, err := range c.library(ctx) {
		calls += page.calls
		if err != nil {
			return nil, calls, err
		}
		rates = append(rates, page.records...)
	}
	return rates, calls, nil
}

// readPercents reads the percentages of the tax rate library. A rate that cannot
// be read is told where tax rates are pulled; here it is one that is not known.
func (c *Client) readPercents(ctx context.Context, p *portal) error {
	rates, calls, err := c.knownRates(ctx)
	p.calls += calls
	if err != nil {
		return err
	}
	p.percents = make(map[string]decimal.Decimal, len(rates))
	for _, raw := range rates {
		rate, in, err := readTaxRate(raw)
		if err != nil {
			return c.transport.Broken("list hubspot:tax_rates", "%v", err)
		}
		if !in.Failed() {
			p.percents[rate.ID] = rate.Percent
		}
	}
	return nil
}
