package quickbookssim

import (
	"math/big"
	"strconv"
	"strings"
)

// The lines of a sale.

// count makes the lines anew, and all sums of them.
func (s *sale) count() error {
	zero := new(big.Rat)
	s.subtotal, s.gross, s.shipping, s.discount, s.tax = zero, zero, zero, zero, zero
	s.nextLine = 1 + highestLine(s.before.list("Line"))
	var shipping, discounts []*object
	for _, l := range s.after.list("Line") {
		detail := l.child("SalesItemLineDetail")
		switch kind := l.text("DetailType"); {
		case kind == "SubTotalLineDetail": // QuickBooks adds its own
		case kind == "DiscountLineDetail":
			discounts = append(discounts, l)
		case kind == "SalesItemLineDetail" && strings.HasSuffix(detail.ref("ItemRef"), specialItem):
			shipping = append(shipping, l)
		default:
			if err := s.addLine(l); err != nil {
				return err
			}
		}
	}
	total := &object{}
	total.set("Amount", sumOf(s.subtotal, s.digits))
	total.set("DetailType", "SubTotalLineDetail")
	total.set("SubTotalLineDetail", &object{})
	lines := append(s.lines, total)
	for _, l := range discounts {
		if err := s.addDiscount(l); err != nil {
			return err
		}
		lines = append(lines, l)
	}
	for _, l := range shipping {
		if err := s.addShipping(l); err != nil {
			return err
		}
		lines = append(lines, l)
	}
	s.after.setList("Line", lines)
	if err := s.addTax(); err != nil {
		return err
	}
	return s.total()
}

// specialItem ends the Ids of what is on a line and no item: SHIPPING_ITEM_ID,
// GRATUITY_ITEM_ID.
const specialItem = "_ITEM_ID"

func highestLine(lines []*object) int {
	highest := 0
	for _, l := range lines {
		if n, err := strconv.Atoi(l.text("Id")); err == nil {
			highest = max(highest, n)
		}
		highest = max(highest, highestLine(l.child("GroupLineDetail").list("Line")))
	}
	return highest
}

// identify gives a line that came without an Id that the document knows a new one
// (recorded: 5 became 6), and so the second of one Id.
func (s *sale) identify(l *object) {
	if id := l.text("Id"); s.identified[id] || !known(s.before.list("Line"), id) {
		l.set("Id", strconv.Itoa(s.nextLine))
		s.nextLine++
	}
	s.identified[l.text("Id")] = true
}

func known(lines []*object, id string) bool {
	for _, l := range lines {
		if id != "" && l.text("Id") == id || known(l.child("GroupLineDetail").list("Line"), id) {
			return true
		}
	}
	return false
}

func (s *sale) addLine(l *object) error {
	s.identify(l)
	l.set("LineNum", number(strconv.Itoa(len(s.lines)+1)))
	s.lines = append(s.lines, l)
	switch kind := l.text("DetailType"); kind {
	case "SalesItemLineDetail":
		return s.addItem(l)
	case "GroupLineDetail":
		return s.addGroup(l)
	case "DescriptionOnly", "DescriptionLineDetail":
		l.fill("DescriptionLineDetail", &object{})
		l.drop("Amount")
		return nil
	case "":
		return missing("DetailType")
	default:
		return invalidEnumeration(kind)
	}
}

// addItem checks and counts one line of an item.
func (s *sale) addItem(l *object) error {
	detail := l.child("SalesItemLineDetail")
	if l.get("Amount") == nil {
		return missing("Amount")
	}
	amount := l.amount("Amount")
	if detail.get("Qty") != nil && detail.get("UnitPrice") != nil {
		want := rounded(times(detail.amount("Qty"), detail.amount("UnitPrice")), s.digits)
		if want.Cmp(amount) != 0 {
			return wrongAmount(grouped(amount))
		}
	}
	item := s.find(s.tables["Item"], detail.ref("ItemRef"))
	switch {
	case item == nil && detail.ref("ItemRef") == "":
		if id := s.settings().preferences.child("SalesFormsPrefs").ref("DefaultItem"); id != "" {
			if item = s.find(s.tables["Item"], id); item != nil {
				detail.set("ItemRef", refTo(id, nameIn("Item", item)))
			}
		}
	case item != nil && item.text("Type") == "Category":
		return businessFault("A category cannot be sold.")
	case item != nil && item.text("Type") == "Inventory" && s.kind.name != "Estimate" && s.after.text("TxnDate") < item.text("InvStartDate"):
		return faultOf("6270", "")
	}
	if len(detail.members) > 0 {
		l.set("SalesItemLineDetail", detail)
	}
	code, err := s.codeOf(detail, item)
	if err != nil {
		return err
	}
	net, gross, err := s.split(detail, code, rounded(amount, s.digits))
	if err != nil {
		return err
	}
	l.set("Amount", sumOf(net, s.digits))
	s.subtotal, s.gross = plus(s.subtotal, net), plus(s.gross, gross)
	s.bases = addBase(s.bases, code, net, gross)
	return nil
}

// addGroup counts a bundle: its row is without amount, its lines have theirs. A
// bundle that comes without lines is that of the item.
func (s *sale) addGroup(l *object) error {
	detail := l.child("GroupLineDetail")
	if detail.get("Line") == nil {
		detail.setList("Line", s.bundle(detail))
	}
	for n, child := range detail.list("Line") {
		if child.text("DetailType") != "SalesItemLineDetail" {
			return invalidEnumeration(child.text("DetailType"))
		}
		s.identify(child)
		child.set("LineNum", number(strconv.Itoa(n+1)))
		if err := s.addItem(child); err != nil {
			return err
		}
	}
	l.set("Amount", number("0"))
	return nil
}

// bundle returns the lines of a bundle's items.
func (s *sale) bundle(detail *object) []*object {
	group := s.find(s.tables["Item"], detail.ref("GroupItemRef"))
	if group == nil {
		return nil
	}
	detail.fill("Quantity", number("1"))
	var lines []*object
	for _, part := range group.child("ItemGroupDetail").list("ItemGroupLine") {
		item := s.find(s.tables["Item"], part.ref("ItemRef"))
		if item == nil {
			continue
		}
		qty, price := times(part.amount("Qty"), detail.amount("Quantity")), item.amount("UnitPrice")
		l, sold := &object{}, &object{}
		if text := item.text("Description"); text != "" {
			l.set("Description", text)
		}
		l.set("Amount", sumOf(times(qty, price), s.digits))
		l.set("DetailType", "SalesItemLineDetail")
		sold.set("ItemRef", refTo(item.text("Id"), nameIn("Item", item)))
		sold.set("UnitPrice", priceOf(price))
		sold.set("Qty", priceOf(qty))
		l.set("SalesItemLineDetail", sold)
		lines = append(lines, l)
	}
	return lines
}

// addDiscount takes a discount off what the lines come to; its amount is positive.
func (s *sale) addDiscount(l *object) error {
	detail := l.child("DiscountLineDetail")
	if !s.settings().is("SalesFormsPrefs", "AllowDiscount") {
		return businessFault("Discounts are turned off in the company's preferences.")
	}
	amount := rounded(l.amount("Amount"), s.digits)
	switch {
	case detail.text("PercentBased") == "true" && detail.get("DiscountPercent") != nil:
		amount = rounded(hundredth(s.subtotal, detail.amount("DiscountPercent")), s.digits)
	case l.get("Amount") == nil:
		return faultOf("6090", "")
	default:
		detail.set("PercentBased", false)
		detail.drop("DiscountPercent")
	}
	if account := s.settings().preferences.child("SalesFormsPrefs").text("DefaultDiscountAccount"); account != "" && detail.get("DiscountAccountRef") == nil {
		ref := refTo(account, "")
		if a := s.find(s.tables["Account"], account); a != nil {
			ref.set("name", nameIn("Account", a))
		}
		detail.set("DiscountAccountRef", ref)
	}
	l.set("DiscountLineDetail", detail)
	l.set("Amount", sumOf(amount, s.digits))
	l.drop("Id", "LineNum") // recorded without
	s.discount = plus(s.discount, amount)
	return nil
}

// addShipping adds what is on a line and no item.
func (s *sale) addShipping(l *object) error {
	if l.get("Amount") == nil {
		return missing("Amount")
	}
	if l.child("SalesItemLineDetail").ref("ItemRef") == "SHIPPING_ITEM_ID" && !s.settings().is("SalesFormsPrefs", "AllowShipping") {
		return businessFault("Shipping is turned off in the company's preferences.")
	}
	amount := rounded(l.amount("Amount"), s.digits)
	l.set("Amount", sumOf(amount, s.digits))
	l.drop("Id", "LineNum")
	s.shipping = plus(s.shipping, amount)
	return nil
}

// total writes what the document comes to and what of it is open.
func (s *sale) total() error {
	o := s.after
	total := plus(plus(minus(s.subtotal, s.discount), s.shipping), s.tax)
	switch {
	case total.Sign() < 0:
		return businessFault("Transaction amount must be 0 or greater.")
	case total.Sign() > 0 && isVoid(s.before):
		return voidedFault()
	}
	deposit := rounded(o.amount("Deposit"), s.digits)
	if deposit.Sign() != 0 && s.sent.has("Deposit") && !s.settings().is("SalesFormsPrefs", "AllowDeposit") {
		return businessFault("Deposits are turned off in the company's preferences.")
	}
	applied := minus(minus(s.before.amount("TotalAmt"), s.before.amount("Deposit")), s.before.amount("Balance"))
	open := minus(minus(total, deposit), applied)
	o.set("TotalAmt", sumOf(total, s.digits))
	if o.get("Deposit") != nil {
		o.set("Deposit", sumOf(deposit, s.digits))
	}
	if s.settings().manyCurrencies() {
		o.set("HomeTotalAmt", sumOf(times(total, o.amount("ExchangeRate")), digitsOf(s.settings().homeCurrency())))
	}
	switch s.kind.name {
	case "Invoice", "CreditMemo":
		if open.Sign() < 0 {
			return businessFault("The transaction is linked to others that come to more than it.")
		}
		s.setOpen(s.kind.name, o, open)
	case "SalesReceipt", "RefundReceipt":
		o.set("Balance", number("0"))
	}
	return nil
}

// setOpen writes what of a transaction is open.
func (p *posting) setOpen(kind string, o *object, open *big.Rat) {
	digits := digitsOf(o.ref("CurrencyRef"))
	o.set("Balance", sumOf(open, digits))
	if kind == "CreditMemo" {
		o.set("RemainingCredit", sumOf(open, digits))
	}
	if o.get("HomeTotalAmt") != nil {
		o.set("HomeBalance", sumOf(times(open, o.amount("ExchangeRate")), digitsOf(p.settings().homeCurrency())))
	}
}
