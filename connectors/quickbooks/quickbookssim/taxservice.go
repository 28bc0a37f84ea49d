package quickbookssim

import (
	"net/http"
	"strconv"

	"github.com/tieout/tieout/sandbox/control"
)

// The tax service (all-entities/taxservice) is the only way to a new tax code: it
// makes the code and the rates that it names. Nothing changes or deletes either.

var taxServicePart = part{"TaxService", []field{
	word("TaxCode", 100), own("TaxCodeId"), listOf("TaxRateDetails", &part{"TaxRateDetails", []field{
		word("TaxRateName", 100), word("TaxRateId", 0), decimal("RateValue"), word("TaxAgencyId", 0),
		choice("TaxApplicableOn", "Sales", "Purchase", "Other"),
	}}),
}}

// serveTaxService answers POST /taxservice/taxcode, without an envelope as in the
// documentation's sample.
func (c *Company) serveTaxService(w http.ResponseWriter, r *http.Request) {
	c.counts.add("write.taxservice")
	body, err := bodyOf(w, r)
	if err == nil {
		body, err = c.addTaxCode(operation{verb: verbCreate, table: c.tables["TaxCode"], body: body, requestID: r.URL.Query().Get("requestid")})
	}
	if err != nil {
		c.writeFault(w, err)
		return
	}
	c.write(w, http.StatusOK, body)
}

func (c *Company) addTaxCode(o operation) (answer []byte, err error) {
	body, err := parseObject(o.body)
	if err != nil {
		return nil, malformed(err)
	}
	if err := taxServicePart.check(body); err != nil {
		return nil, err
	}
	c.books.Lock()
	defer c.books.Unlock()
	p := c.newPosting(o)
	sent := taxServicePart.accepted(body)
	id, err := p.addTaxCode(sent)
	if err != nil {
		return nil, err
	}
	if err := p.commit(); err != nil {
		return nil, err
	}
	c.control.Wrote(control.Write{At: p.at, Verb: "create", Object: "TaxCode", ID: id, RequestID: o.requestID, Body: o.body})
	sent.set("TaxCodeId", id)
	return taxServicePart.inOrder(sent).bytes(), nil
}

// addTaxCode makes the code of a request and its rates, whose Ids it adds to the
// request.
func (p *posting) addTaxCode(sent *object) (id string, err error) {
	details, codes := sent.list("TaxRateDetails"), p.tables["TaxCode"]
	switch {
	case sent.text("TaxCode") == "":
		return "", missing("TaxCode")
	case len(details) == 0:
		return "", missing("TaxRateDetails")
	}
	lists := map[string][]any{"Sales": {}, "Purchase": {}}
	for _, d := range details {
		if d.text("TaxRateId") == "" {
			if err := p.addTaxRate(d); err != nil {
				return "", err
			}
		}
		rate := p.find(p.tables["TaxRate"], d.text("TaxRateId"))
		if rate == nil {
			return "", invalidReference("TaxRate", d.text("TaxRateId"))
		}
		on := d.text("TaxApplicableOn")
		if on == "" {
			return "", faultOf("2270", "")
		}
		lists[on] = append(lists[on], &object{members: []member{
			{"TaxRateRef", refTo(rate.text("Id"), rate.text("Name"))}, {"TaxTypeApplicable", "TaxOnAmount"},
			{"TaxOrder", number(strconv.Itoa(len(lists[on])))},
		}})
	}
	if hasTaxName(codes, sent.text("TaxCode")) {
		return "", duplicateTax("code")
	}
	o := &object{members: []member{
		{"Name", sent.text("TaxCode")}, {"Description", sent.text("TaxCode")}, {"Active", true}, {"Hidden", false}, {"Taxable", true}, {"TaxGroup", true},
		{"SalesTaxRateList", &object{members: []member{{"TaxRateDetail", lists["Sales"]}}}},
		{"PurchaseTaxRateList", &object{members: []member{{"TaxRateDetail", lists["Purchase"]}}}},
	}}
	return p.found(codes, o), nil
}

// addTaxRate makes a rate that has no Id yet.
func (p *posting) addTaxRate(d *object) error {
	for _, name := range []string{"TaxRateName", "RateValue", "TaxAgencyId"} {
		if d.get(name) == nil {
			return missing(name)
		}
	}
	rates := p.tables["TaxRate"]
	if hasTaxName(rates, d.text("TaxRateName")) {
		return duplicateTax("rate")
	}
	if agencies := p.tables["TaxAgency"]; len(agencies.rows) > 0 && agencies.byID[d.text("TaxAgencyId")] == nil {
		return invalidReference("TaxAgency", d.text("TaxAgencyId"))
	}
	o := &object{members: []member{
		{"RateValue", d.get("RateValue")}, {"AgencyRef", refTo(d.text("TaxAgencyId"), "")}, {"Name", d.text("TaxRateName")},
		{"Description", d.text("TaxRateName")}, {"SpecialTaxType", "NONE"}, {"DisplayType", "ReadOnly"}, {"Active", true},
	}}
	d.set("TaxRateId", p.found(rates, o))
	return nil
}

// found files a new record and returns its Id.
func (p *posting) found(t *table, o *object) string {
	begun := p.begun(t)
	o.members = append(o.members, begun.members...)
	p.put(t, o, "Create")
	return o.text("Id")
}

// hasTaxName reports whether a code or rate has a name.
func hasTaxName(t *table, name string) bool {
	for _, r := range t.rows {
		if nameKey(r.textOf(t.index["Name"])) == nameKey(name) {
			return true
		}
	}
	return false
}

// duplicateTax is fault 6240 as captured in 2015, line break included
// (github.com/ruckus/quickbooks-ruby, spec/fixtures/json/tax_service_error_dup.json).
func duplicateTax(what string) error {
	return faultOf("6240", "The name supplied already exists. : Another tax "+what+" is already using this \nname. Please use a different name.").withElement("")
}
