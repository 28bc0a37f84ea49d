package hubspotsim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
)

// The codes of values that are refused ("CRM objects" page for the first; users
// report the others).
const (
	codeUnknown      = "PROPERTY_DOESNT_EXIST"
	codeReadOnly     = "READ_ONLY_VALUE"
	codeOption       = "INVALID_OPTION"
	codeEmail        = "INVALID_EMAIL"
	codeDate         = "INVALID_DATE"
	codeLong         = "INVALID_LONG"
	codeNumber       = "INVALID_NUMBER"
	codeConflicting  = "CONFLICTING_UNIQUE_VALUE"
	categoryConflict = "CONFLICT"
)

// maxDigits bounds a number: no amount of anything is as long.
const maxDigits = 64

// A valueFault is one value that is refused. A slice of them is an error.
type valueFault struct{ name, code, message string }

// valueFaults is the refusal of a record for all of its bad values at once.
func (p *Portal) valueFaults(faults []valueFault) *apiError {
	type told struct {
		IsValid   bool            `json:"isValid"`
		Message   string          `json:"message"`
		Error     string          `json:"error"`
		Name      string          `json:"name"`
		Localized string          `json:"localizedErrorMessage"`
		Portal    json.RawMessage `json:"portalId"`
	}
	list := make([]told, len(faults))
	details := make([]errorDetail, len(faults))
	for i, f := range faults {
		list[i] = told{false, f.message, f.code, f.name, f.message, p.account.members["portalId"]}
		details[i] = errorDetail{Message: f.message, Code: f.code, Context: map[string][]string{"propertyName": {f.name}}}
	}
	text, err := json.Marshal(list)
	if err != nil { // cannot happen: it is made of text, and of an id that was JSON
		text = []byte("[]")
	}
	e := invalid("Property values were not valid: %s", text)
	e.Errors = details
	return e
}

// checked are written values in the form in which they are kept, by name. r is the
// record that is written to, nil for one that is made.
func (p *Portal) checked(t *table, r *record, written map[string]text) (map[string]string, error) {
	var faults []valueFault
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		value, fault := p.value(t, r, name, string(written[name]))
		if fault != nil {
			fault.name = name
			faults = append(faults, *fault)
			continue
		}
		values[name] = value
	}
	if len(faults) > 0 {
		return nil, p.valueFaults(faults)
	}
	return values, nil
}

// value is one written value as it is kept.
func (p *Portal) value(t *table, r *record, name, value string) (string, *valueFault) {
	property := t.byName[name]
	switch {
	case property == nil:
		return "", &valueFault{code: codeUnknown, message: fmt.Sprintf("Property %q does not exist", name)}
	case property.readOnly:
		return "", &valueFault{code: codeReadOnly, message: fmt.Sprintf("%q is a read only property; its value cannot be set.", name)}
	case value == "":
		return "", nil
	}
	if rule := rules[name]; rule != nil {
		kept, fault := rule(p, value)
		if fault != nil {
			return "", fault
		}
		value = kept
	}
	old := ""
	if r != nil {
		old, _ = r.text(property)
	}
	if name == "lifecyclestage" && earlierStage(value, old) {
		return old, nil
	}
	return property.take(value, old)
}

// rules are those of single properties, beside those of their kinds.
var rules = map[string]func(p *Portal, value string) (string, *valueFault){
	"email":                (*Portal).email,
	"hs_currency":          (*Portal).currency,
	"price":                (*Portal).price,
	"hs_tax_rate_group_id": (*Portal).rateID,
}

// take is a value that a property of this kind takes, in the form in which it is
// kept ("Properties" page).
func (p *property) take(value, old string) (string, *valueFault) {
	switch p.kind {
	case kindNumber:
		if !isDecimal(value) || len(value) > maxDigits {
			return "", &valueFault{code: codeNumber, message: value + " was not a valid number."}
		}
	case kindBool:
		value = strings.ToLower(value)
		return value, among(value, []string{"true", "false"})
	case kindEnum:
		return p.choice(value, old)
	case kindDate:
		return wholeDay(value)
	case kindDatetime:
		at, ok := moment(value)
		if !ok {
			return "", &valueFault{code: codeLong, message: value + " was not a valid long."}
		}
		return wire(at), nil
	}
	return value, nil
}

// choice is the value of an enumeration. One that takes several has them
// separated by semicolons, and one that begins with a semicolon is added to what is
// there.
func (p *property) choice(value, old string) (string, *valueFault) {
	var options []string
	for _, o := range p.options() {
		options = append(options, o.Value)
	}
	if !p.several() {
		return value, among(value, options)
	}
	rest, more := strings.CutPrefix(value, ";")
	var chosen []string
	if more && old != "" {
		chosen = strings.Split(old, ";")
	}
	for one := range strings.SplitSeq(rest, ";") {
		if fault := among(one, options); fault != nil {
			return "", fault
		}
		if one != "" && !slices.Contains(chosen, one) {
			chosen = append(chosen, one)
		}
	}
	return strings.Join(chosen, ";"), nil
}

// several reports whether an enumeration takes several values.
func (p *property) several() bool {
	return severals[p.name] || p.said != nil && p.said.FieldType == "checkbox"
}

// severals are the enumerations of HubSpot's own that do.
var severals = map[string]bool{"hs_allowed_payment_methods": true, "hs_collect_address_types": true, "hs_custom_fields": true}

// among refuses a value that is none of the options; no options are any.
func among(value string, options []string) *valueFault {
	if len(options) == 0 || slices.Contains(options, value) {
		return nil
	}
	return &valueFault{code: codeOption, message: fmt.Sprintf("%s was not one of the allowed options: [%s]", value, strings.Join(options, ", "))}
}

// wholeDay is a value of a date property: a date, or an instant that is midnight
// in UTC.
func wholeDay(value string) (string, *valueFault) {
	at, ok := moment(value)
	if !ok {
		return "", &valueFault{code: codeDate, message: value + " was not a valid date."}
	}
	if !at.Truncate(24 * time.Hour).Equal(at) {
		return "", &valueFault{code: codeDate, message: fmt.Sprintf("%s is at %s UTC, not midnight!", value, at.Format("15:04:05.000"))}
	}
	return at.Format(time.DateOnly), nil
}

// moment reads an instant that can be written: of the years that four digits have.
func moment(value string) (time.Time, bool) {
	ms, ok := instant(value)
	at := time.UnixMilli(ms).UTC()
	return at, ok && at.Year() >= 0 && at.Year() <= 9999
}

// isDecimal reports whether text is a number in decimal digits.
func isDecimal(text string) bool {
	if text != "" && strings.Contains("+-", text[:1]) {
		text = text[1:]
	}
	whole, fraction, _ := strings.Cut(text, ".")
	return digits(whole + fraction)
}

// email refuses what is no address, by the rules that users report: one @, no blank
// or quote in front of it, and a domain with a top level of letters. HubSpot knows
// the list of top-level domains; the portal does not.
func (p *Portal) email(value string) (string, *valueFault) {
	local, domain, found := strings.Cut(strings.TrimSpace(value), "@")
	odd := func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || strings.ContainsRune(`"'@,;<>()[]\`, c)
	}
	labels := strings.Split(domain, ".")
	top := labels[len(labels)-1]
	switch {
	case !found, local == "", strings.IndexFunc(local+domain, odd) >= 0, len(labels) < 2, slices.Contains(labels, ""), len(top) < 2,
		strings.ContainsFunc(top, func(c rune) bool { return !unicode.IsLetter(c) }):
		return "", &valueFault{code: codeEmail, message: "Email address " + value + " is invalid"}
	}
	if p.options.Writing.KeepEmailCase {
		return strings.TrimSpace(value), nil
	}
	return strings.ToLower(strings.TrimSpace(value)), nil
}

// currency refuses what is no code of ISO 4217 by its form.
func (p *Portal) currency(value string) (string, *valueFault) {
	if len(value) != 3 || strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return "", &valueFault{code: codeOption, message: value + " was not one of the allowed options: it is no currency code"}
	}
	return value, nil
}

// price refuses a negative unit price ("Line items" page).
func (p *Portal) price(value string) (string, *valueFault) {
	if isDecimal(value) && strings.HasPrefix(value, "-") {
		return "", &valueFault{code: codeNumber, message: "price cannot be negative: " + value}
	}
	return value, nil
}

// rateID refuses an id that the tax rate library does not have. What HubSpot says
// to one is not documented.
func (p *Portal) rateID(value string) (string, *valueFault) {
	if !slices.ContainsFunc(p.rates, func(r taxRate) bool { return r.id == value }) {
		return "", &valueFault{code: codeOption, message: value + " is no tax rate of this account"}
	}
	return value, nil
}

// stages are the values of lifecyclestage, which moves forward only: to go back it
// has to be cleared first ("Contacts" page). A step back is passed over without a
// word, as users report.
var stages = []string{"subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist", "other"}

func earlierStage(value, old string) bool {
	is, was := slices.Index(stages, value), slices.Index(stages, old)
	return is >= 0 && is < was
}
