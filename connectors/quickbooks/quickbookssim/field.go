package quickbookssim

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// A field is a member that a body may have.
type field struct {
	name  string
	form  form
	max   int      // characters of a word; 0 is no limit
	only  []string // the words there are; nil is any
	refer string   // the entity that a reference is to, "" one that the company has no list of
	named bool     // a reference is answered with the name of what it refers to
	part  *part    // of an object, or of each object of a list
	own   bool     // QuickBooks says it: a body may have it, and it is not looked at
}

// A form is what a field holds.
type form int

const (
	aWord    form = iota // a string
	aDay                 // 2006-01-02
	aDecimal             // a number at its natural scale
	aSum                 // a number at the scale of money
	aFlag
	anObject
	aList
	anything // not looked into
)

// A part is an object within an entity, and its class in Intuit's schema.
type part struct {
	class  string
	fields []field
}

func word(name string, maximum int) field      { return field{name: name, max: maximum} }
func choice(name string, only ...string) field { return field{name: name, only: only} }
func day(name string) field                    { return field{name: name, form: aDay} }
func decimal(name string) field                { return field{name: name, form: aDecimal} }
func sum(name string) field                    { return field{name: name, form: aSum} }
func yesNo(name string) field                  { return field{name: name, form: aFlag} }
func objectOf(name string, p *part) field      { return field{name: name, form: anObject, part: p} }
func listOf(name string, p *part) field        { return field{name: name, form: aList, part: p} }
func own(name string) field                    { return field{name: name, form: anything, own: true} }
func loose(name string) field                  { return field{name: name, form: anything} }

// ref is a reference, namedRef one that comes back with a name.
func ref(name, entity string) field {
	return field{name: name, form: anObject, part: &referencePart, refer: entity}
}

func namedRef(name, entity string) field {
	f := ref(name, entity)
	f.named = true
	return f
}

// entityHead are the members that every entity has, in their order.
var entityHead = []field{own("domain"), yesNo("sparse"), word("Id", 0), word("SyncToken", 0), own("MetaData"), own("status")}

var (
	referencePart = part{"ReferenceType", []field{word("value", 0), word("name", 0), word("type", 0)}}
	emailPart     = part{"EmailAddress", []field{word("Address", 100), own("Id"), own("Default"), own("Tag")}}
	phonePart     = part{"TelephoneNumber", []field{word("FreeFormNumber", 30), own("Id")}}
	sitePart      = part{"WebSiteAddress", []field{word("URI", 1000), own("Id")}}
	memoPart      = part{"MemoRef", []field{word("value", 1000)}}
	addressPart   = part{"PhysicalAddress", []field{
		word("Id", 0), word("Line1", 500), word("Line2", 500), word("Line3", 500), word("Line4", 500), word("Line5", 500),
		word("City", 255), word("Country", 255), word("CountryCode", 0), word("CountrySubDivisionCode", 255),
		word("PostalCode", 30), word("Note", 0), word("Lat", 0), word("Long", 0), word("Tag", 0),
	}}
	linkPart = part{"LinkedTxn", []field{word("TxnId", 0), word("TxnType", 0), word("TxnLineId", 0)}}
)

// check looks at a body member by member, in the order in which they were sent.
// Names count by letter.
func (p *part) check(body *object) error {
	for _, m := range body.members {
		i := slices.IndexFunc(p.fields, func(f field) bool { return f.name == m.name })
		if i < 0 {
			return unknownMember(p, m.name)
		}
		f := p.fields[i]
		if f.own || m.value == nil {
			continue
		}
		if err := f.check(m.value); err != nil {
			return err
		}
	}
	return nil
}

func (f field) check(v any) error {
	text := textOf(v)
	switch f.form {
	case anything:
		return nil
	case anObject:
		return f.checkObject(v)
	case aList:
		list, ok := v.([]any)
		if !ok {
			return misshapen(f.name)
		}
		for _, v := range list {
			if err := f.checkObject(v); err != nil {
				return err
			}
		}
		return nil
	}
	if _, ok := v.(*object); ok {
		return misshapen(f.name)
	}
	if _, ok := v.([]any); ok {
		return misshapen(f.name)
	}
	return f.checkText(text)
}

func (f field) checkObject(v any) error {
	o, ok := v.(*object)
	if !ok {
		return misshapen(f.name)
	}
	return f.part.check(o)
}

// tooMuch is the first sum of more than 15 digits, which there are at most
// (all-entities/invoice; that it is refused with 2140 is inferred).
var tooMuch = big.NewRat(1e15, 1)

// checkText looks at a value that is no object; "" takes the member away.
func (f field) checkText(text string) error {
	switch {
	case text == "":
		return nil
	case f.form == aDay:
		if _, err := time.Parse(time.DateOnly, text); err != nil {
			return faultOf("2060", "").withElement(f.name)
		}
	case f.form == aDecimal, f.form == aSum:
		r, err := parseAmount(text)
		switch {
		case err != nil:
			return faultOf("2110", "").withElement(f.name)
		case f.form == aSum && new(big.Rat).Abs(r).Cmp(tooMuch) >= 0:
			return faultOf("2140", "").withElement(f.name)
		}
	case f.form == aFlag:
		if text != "true" && text != "false" {
			return faultOf("2230", "").withElement(f.name)
		}
	case f.max > 0 && utf8.RuneCountInString(text) > f.max:
		return tooLong(f.name, f.max, utf8.RuneCountInString(text))
	case f.only != nil && !slices.Contains(f.only, text):
		return invalidEnumeration(text)
	}
	return nil
}

// inOrder returns an object with its members in the order of the part, those that
// the part does not know at the end, and what they hold likewise.
func (p *part) inOrder(o *object) *object {
	if p == nil {
		return o
	}
	out := &object{members: make([]member, 0, len(o.members))}
	for _, f := range p.fields {
		v := o.get(f.name)
		if v == nil {
			continue
		}
		out.members = append(out.members, member{f.name, f.part.valueInOrder(v)})
	}
	for _, m := range o.members {
		if !slices.ContainsFunc(p.fields, func(f field) bool { return f.name == m.name }) {
			out.members = append(out.members, m)
		}
	}
	return out
}

func (p *part) valueInOrder(v any) any {
	if p == nil {
		return v
	}
	switch v := v.(type) {
	case *object:
		return p.inOrder(v)
	case []any:
		for i := range v {
			v[i] = p.valueInOrder(v[i])
		}
	}
	return v
}

// unknownMember is fault 2010 as recorded. The server lists the members of the
// class up to about 1000 characters.
func unknownMember(p *part, name string) error {
	return faultOf("2010", fmt.Sprintf(
		"Property Name:Unrecognized field %q (class com.intuit.schema.finance.v3.%s), not marked as ignorable (%s])\n specified is unsupported or invalid",
		name, p.class, p.knownProperties()))
}

func (p *part) knownProperties() string {
	if p.class == "Invoice" {
		return recordedInvoiceProperties
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d known properties: ", len(p.fields))
	for i, f := range p.fields {
		if b.Len() > 1000 {
			return b.String() + " [truncated]"
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", f.name)
	}
	return b.String()
}

// recordedInvoiceProperties is what the recorded fault tells of invoices.
const recordedInvoiceProperties = `83 known properties: "DocNumber", "HomeTotalAmt", "TotalAmt", "TxnSource", "AllowOnlinePayment", "RecurringInfo", ` +
	`"EmailStatus", "callToAction", "AutoDocNumber", "ECloudStatusTimeStamp", "TaxFormNum", "TxnDate", "FOB", "ClassRef", ` +
	`"AllowOnlineACHPayment", "DepositToAccountRef", "InvoiceEx", "AllowOnlineCreditCardPayment", "CurrencyRef", "InvoiceLink", ` +
	`"PONumber", "ShipDate", "PaymentMethodRef", "TrackingNum", "TxnTaxDetail", "CustomerRef", "ShipFromAddr", "BillAddr", ` +
	`"EInvoiceStatus", "Id", "RecurDataRef", "ApplyTaxAfterDiscount", "DepartmentRef", "SalesRepRef", "ExchangeRate", "domain", ` +
	`"invoiceStatusLog", "TaxFormType", "BillEmailBcc", "LessCIS", "CustomerMemo", "TxnStatus", "HomeBalance", "PrintStatus", ` +
	`"ConvenienceFeeDetail", "DiscountRate", "DeliveryInfo", "FreeFormAddress", "AllowIPNPayment", "CustomField", ` +
	`"PaymentDetailsMessage", "TransactionLocationType", "MetaData", "LinkedTxn", "status", "RemitToRef", "PrivateNote", ` +
	`"ShipMethodRef", "PaymentRefNum", "Tag", "TxnApprovalInfo" [truncated]`

// misshapen is fault 2010 for an object where there should be none, or the other
// way round; its text is inferred.
func misshapen(name string) error {
	return faultOf("2010", "Property Name:"+name+" specified is unsupported or invalid")
}

// accepted returns what of a body counts: without what QuickBooks says itself, and
// each value in the form in which it is kept. A member that was sent empty is nil.
func (p *part) accepted(body *object) *object {
	out := &object{}
	for _, m := range body.members {
		i := slices.IndexFunc(p.fields, func(f field) bool { return f.name == m.name })
		if i >= 0 && !p.fields[i].own {
			out.set(m.name, p.fields[i].kept(m.value))
		}
	}
	return out
}

func (f field) kept(v any) any {
	switch f.form {
	case anObject:
		o, ok := v.(*object)
		if !ok {
			return nil
		}
		o = f.part.accepted(o)
		if f.part == &referencePart && o.text("value") == "" {
			return nil // github.com/rwestlund/quickbooks-go sends empty references
		}
		return o
	case aList:
		values, ok := v.([]any)
		if !ok {
			return nil
		}
		out := make([]any, len(values))
		for i := range values {
			out[i] = f.part.accepted(values[i].(*object)) // which check has seen to
		}
		return out
	case anything:
		return v
	}
	return f.keptText(textOf(v))
}

func (f field) keptText(text string) any {
	switch {
	case text == "":
		return nil
	case f.form == aFlag:
		return text == "true"
	case f.form == aDecimal || f.form == aSum:
		r, err := parseAmount(text)
		if err != nil {
			return nil // cannot be: check has read it
		}
		if whole := rounded(r, 2); f.form == aSum && whole.Cmp(r) == 0 {
			return sumOf(r, 2)
		}
		return priceOf(r)
	}
	return text
}
