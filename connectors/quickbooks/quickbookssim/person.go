package quickbookssim

import "strings"

// Customers, vendors and employees.

// nameParts are what a display name is made of where none is sent.
var nameParts = []string{"Title", "GivenName", "MiddleName", "FamilyName", "Suffix"}

func (d *draft) completePerson() error {
	for _, name := range nameParts {
		if strings.ContainsAny(d.after.text(name), ":\t\n") {
			return faultOf("2040", "").withElement(name)
		}
	}
	if err := d.completeDisplayName(); err != nil {
		return err
	}
	if err := checkEmail(d.after.child("PrimaryEmailAddr")); err != nil {
		return err
	}
	switch d.kind.name {
	case "Customer":
		if err := d.completeCustomer(); err != nil {
			return err
		}
	case "Vendor":
		d.after.fill("Balance", number("0"))
		d.after.fill("Vendor1099", false)
		d.completeCurrency()
	case "Employee":
		d.after.fill("BillableTime", false)
	}
	return d.completeNaming()
}

// completeDisplayName makes a display name of the parts, and the name on cheques of
// it.
func (d *draft) completeDisplayName() error {
	if strings.TrimSpace(d.after.text("DisplayName")) == "" {
		var words []string
		for _, name := range nameParts {
			if s := strings.TrimSpace(d.after.text(name)); s != "" {
				words = append(words, s)
			}
		}
		if len(words) == 0 {
			return faultOf("6080", "")
		}
		d.after.set("DisplayName", strings.Join(words, " "))
	}
	name := d.after.text("DisplayName")
	if d.after.text("Active") == "false" || d.before.text("Active") == "false" {
		name = strings.TrimSuffix(name, inactiveSuffix)
	}
	d.after.fill("PrintOnCheckName", strings.TrimSpace(name))
	return nil
}

// completeCurrency gives an entity its currency, which it keeps.
func (d *draft) completeCurrency() {
	if before := d.before.get("CurrencyRef"); before != nil {
		d.after.set("CurrencyRef", before)
		return
	}
	code := d.after.ref("CurrencyRef")
	if code == "" || !d.settings().manyCurrencies() {
		code = d.settings().homeCurrency()
	}
	d.after.set("CurrencyRef", currencyRef(code))
}

// completeCustomer fills in what a customer made of a name alone was recorded with.
// That its tax code is the one of the company's preferences is inferred.
func (d *draft) completeCustomer() error {
	o := d.after
	o.fill("Taxable", true)
	o.fill("BillWithParent", false)
	o.fill("Balance", number("0"))
	o.fill("BalanceWithJobs", number("0"))
	o.fill("PreferredDeliveryMethod", "Print")
	below := o.ref("ParentRef") != ""
	if !below && (o.text("Job") == "true" || o.text("BillWithParent") == "true") {
		return faultOf("6150", "")
	}
	o.set("Job", below)
	if o.text("PreferredDeliveryMethod") == "Email" && o.child("PrimaryEmailAddr").text("Address") == "" {
		return faultOf("6420", "")
	}
	d.completeCurrency()
	group := d.settings().preferences.child("TaxPrefs").ref("TaxGroupCodeRef")
	if (d.fresh || d.whole) && group != "" && d.settings().american() && o.text("Taxable") == "true" {
		o.fill("DefaultTaxCodeRef", refTo(group, ""))
	}
	d.numberAddresses("BillAddr", "ShipAddr")
	return nil
}

// numberAddresses gives addresses that came without an Id one.
func (d *draft) numberAddresses(names ...string) {
	for _, name := range names {
		if a := d.after.child(name); len(a.members) > 0 && a.text("Id") == "" {
			d.lastAddress++
			a.set("Id", priceOf(ratOf(firstAddress+d.lastAddress)).String())
		}
	}
}

// firstAddress is before the Ids that addresses get here, which are of no list.
const firstAddress = 1_000_000

// checkEmail wants of each address, of which several may stand with commas between
// them, an at sign and a point behind it.
func checkEmail(o *object) error {
	if o.text("Address") == "" {
		return nil
	}
	for address := range strings.SplitSeq(o.text("Address"), ",") {
		name, host, ok := strings.Cut(strings.TrimSpace(address), "@")
		if !ok || name == "" || !strings.Contains(strings.Trim(host, "."), ".") || strings.ContainsAny(address[1:], "\t\n<>") {
			return faultOf("2210", "").withElement("Address")
		}
	}
	return nil
}
