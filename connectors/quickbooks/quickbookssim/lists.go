package quickbookssim

// Items, accounts and the small lists.

// needs refuses an entity that lacks one of the members.
func (d *draft) needs(names ...string) error {
	for _, name := range names {
		if d.after.get(name) == nil {
			return missing(name)
		}
	}
	return nil
}

// stockAccounts are the types of the accounts that an inventory item must have
// (all-entities/item).
var stockAccounts = []struct{ member, kind string }{
	{"IncomeAccountRef", "Income"}, {"ExpenseAccountRef", "Cost of Goods Sold"}, {"AssetAccountRef", "Other Current Asset"},
}

func (d *draft) completeItem() error {
	if err := d.needs("Name", "Type"); err != nil {
		return err
	}
	o := d.after
	o.set("SubItem", o.ref("ParentRef") != "")
	if o.text("SubItem") == "false" {
		o.drop("SubItem")
	}
	switch o.text("Type") {
	case "Group":
		if d.fresh {
			return unsupportedVerb(d.kind, verbCreate)
		}
	case "Inventory":
		if err := d.needs("TrackQtyOnHand", "QtyOnHand", "InvStartDate", "IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"); err != nil {
			return err
		}
		for _, want := range stockAccounts {
			if a := d.find(d.tables["Account"], o.ref(want.member)); a != nil && a.text("AccountType") != want.kind {
				return faultOf("6430", "").withElement(want.member)
			}
		}
	case "Service", "NonInventory":
		if o.get("ExpenseAccountRef") == nil {
			if err := d.needs("IncomeAccountRef"); err != nil {
				return err
			}
		}
		o.set("TrackQtyOnHand", false)
	}
	if o.text("Type") != "Category" {
		o.fill("Taxable", false)
		o.fill("UnitPrice", number("0"))
		o.fill("PurchaseCost", number("0"))
	}
	if d.options.UniqueSkus && d.skuTaken(o.text("Sku")) {
		return businessFault("Another product or service has this SKU.")
	}
	return d.completeNaming()
}

func (d *draft) skuTaken(sku string) bool {
	t := d.tables["Item"]
	for _, r := range t.rows {
		if sku != "" && r.id != d.after.text("Id") && r.textOf(t.index["Active"]) != "false" && r.textOf(t.index["Sku"]) == sku {
			return true
		}
	}
	return false
}

// classifications of account types (entity Account, AccountType).
var classifications = map[string]string{
	"Bank": "Asset", "Other Current Asset": "Asset", "Fixed Asset": "Asset", "Other Asset": "Asset", "Accounts Receivable": "Asset",
	"Equity": "Equity", "Expense": "Expense", "Other Expense": "Expense", "Cost of Goods Sold": "Expense",
	"Accounts Payable": "Liability", "Credit Card": "Liability", "Long Term Liability": "Liability", "Other Current Liability": "Liability",
	"Income": "Revenue", "Other Income": "Revenue",
}

// completeName has the rules of the lists that have none of their own, and of
// accounts.
func (d *draft) completeName() error {
	if err := d.needs(namings[d.kind.name].own); err != nil {
		return err
	}
	o := d.after
	if d.kind.name == "Account" {
		class := classifications[o.text("AccountType")]
		switch {
		case o.text("AccountType") == "" && o.text("AccountSubType") == "":
			return faultOf("6010", "")
		case o.text("AccountType") != "" && class == "":
			return invalidEnumeration(o.text("AccountType"))
		case class != "":
			o.set("Classification", class)
		}
		o.set("SubAccount", o.ref("ParentRef") != "")
		o.fill("CurrentBalance", number("0"))
		o.fill("CurrentBalanceWithSubAccounts", number("0"))
		d.completeCurrency()
	}
	return d.completeNaming()
}
