package hubspotsim

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/tieout/tieout/sandbox"
)

// maxRates bounds a page of tax rates. The specification names no maximum; the
// one of object lists is assumed.
const maxRates = 100

// A taxRate is one rate of the tax rate library, ready to be sent.
type taxRate struct {
	id     string
	active bool
	body   []byte
}

// loadTaxRates reads tax_rates.jsonl: rates as HubSpot sends them, or with
// their fields under properties.
func (p *Portal) loadTaxRates(ds *sandbox.Dataset) error {
	seen := map[string]bool{}
	err := eachLine(ds, "tax_rates", func(raw json.RawMessage) error {
		rate, err := readTaxRate(raw)
		if err != nil {
			return err
		}
		if seen[rate.id] {
			return fmt.Errorf("id %q: another record of the file has it", rate.id)
		}
		seen[rate.id] = true
		p.rates = append(p.rates, rate)
		return nil
	})
	slices.SortFunc(p.rates, func(a, b taxRate) int { return compareIDs(a.id, b.id) })
	return err
}

// readTaxRate makes the seven members that HubSpot always sends ("Tax rates"
// specification) out of one line, and keeps all others.
func readTaxRate(raw []byte) (taxRate, error) {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &members); err != nil {
		return taxRate{}, err
	}
	if properties, nested := members["properties"]; nested {
		delete(members, "properties")
		if err := json.Unmarshal(properties, &members); err != nil {
			return taxRate{}, fmt.Errorf("member properties: %w", err)
		}
	}
	id, err := scalar(orNull(members["id"]))
	if err != nil || id == "" {
		return taxRate{}, errors.New("a tax rate without an id")
	}
	percentage, err := scalar(orNull(members["percentageRate"]))
	if err != nil || !json.Valid([]byte(percentage)) {
		return taxRate{}, fmt.Errorf("tax rate %q: percentageRate %q is no number", id, percentage)
	}
	active, err := scalar(orNull(members["active"]))
	if err != nil {
		return taxRate{}, fmt.Errorf("tax rate %q: active: %w", id, err)
	}
	members["id"] = appendString(nil, id)
	members["percentageRate"] = json.RawMessage(percentage)
	members["active"] = strconv.AppendBool(nil, active != "false")
	fillTaxRate(members)
	body, err := json.Marshal(members)
	return taxRate{id, active != "false", body}, err
}

// fillTaxRate fills in the members that a dataset may leave out.
func fillTaxRate(members map[string]json.RawMessage) {
	for _, d := range []struct{ name, like, otherwise string }{
		{"name", "label", `"tax"`}, {"label", "name", `"Tax"`},
		{"createdAt", "", quotedLongAgo}, {"updatedAt", "createdAt", quotedLongAgo},
	} {
		if members[d.name] != nil {
			continue
		}
		members[d.name] = json.RawMessage(d.otherwise)
		if like := members[d.like]; like != nil {
			members[d.name] = like
		}
	}
	delete(members, "archived") // a member of CRM records, not of rates
}

const quotedLongAgo = `"` + longAgo + `"`

func orNull(raw json.RawMessage) []byte {
	if raw == nil {
		return []byte("null")
	}
	return raw
}

// listTaxRates answers GET /tax-rates/{version}/tax-rates. Its after is a
// cursor in base64 that stands in the answer already percent-encoded, so that
// a caller who encodes it again sends what the portal cannot read.
func (p *Portal) listTaxRates(c *call) (reply, error) {
	limit, err := p.limit(c, defaultPage, maxRates)
	if err != nil {
		return reply{}, err
	}
	active, chosen, err := c.flag("active")
	if err != nil {
		return reply{}, err
	}
	last, err := base64.StdEncoding.DecodeString(c.query.Get("after"))
	if err != nil {
		return reply{}, invalid("Invalid value for query parameter after: %q is not a cursor", c.query.Get("after"))
	}
	var results []byte
	shown, lastShown, next := 0, "", ""
	for _, rate := range p.rates {
		if chosen && rate.active != active || compareIDs(rate.id, string(last)) <= 0 {
			continue
		}
		if shown == limit {
			next = base64.StdEncoding.EncodeToString([]byte(lastShown))
			break
		}
		results = append(separated(results), rate.body...)
		shown, lastShown = shown+1, rate.id
	}
	b := append([]byte(`{"results":[`), results...)
	b = appendPaging(append(b, ']'), url.QueryEscape(next), c.link(next))
	return ok(append(b, '}'))
}

// getTaxRate answers GET /tax-rates/{version}/tax-rates/{taxRateGroupId}.
func (p *Portal) getTaxRate(c *call) (reply, error) {
	at := slices.IndexFunc(p.rates, func(rate taxRate) bool { return rate.id == c.PathValue("id") })
	if at < 0 {
		return reply{}, errNotFound
	}
	return ok(p.rates[at].body)
}
