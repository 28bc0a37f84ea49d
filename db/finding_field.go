package db

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A FindingField is what findings are filtered and sorted by.
type FindingField string

// The fields of a finding.
const (
	FieldID        FindingField = "id"
	FieldCode      FindingField = "code"
	FieldSeverity  FindingField = "severity" // HIGH sorts first
	FieldState     FindingField = "state"
	FieldSystem    FindingField = "system"
	FieldNumber    FindingField = "number"
	FieldRecord    FindingField = "record"
	FieldField     FindingField = "field"
	FieldCustomer  FindingField = "customer"
	FieldRootCause FindingField = "root_cause"
	FieldCurrency  FindingField = "currency"
	// FieldAmount is the money at stake in minor units of its currency.
	FieldAmount      FindingField = "amount"
	FieldInvoices    FindingField = "invoices"
	FieldInvoiceDate FindingField = "invoice_date" // YYYY-MM-DD
	FieldFirstSeen   FindingField = "first_seen"   // RFC 3339
	FieldLastSeen    FindingField = "last_seen"
	FieldFirstRun    FindingField = "first_run"
	FieldLastRun     FindingField = "last_run"
	// FieldSKU is the SKU that a finding is about, empty for most.
	FieldSKU FindingField = "sku"
)

// A fieldKind is how a field's values are written.
type fieldKind int

const (
	kindText fieldKind = iota
	kindKey
	kindSeverity
	kindNumber
	kindDate
	kindInstant
)

// A findingField is one row of the table of fields. The column has the field's
// name.
type findingField struct {
	kind fieldKind
	get  func(*reconcile.FindingRecord) string
}

var findingFields = map[FindingField]findingField{
	FieldID:          {kindText, func(f *reconcile.FindingRecord) string { return string(f.ID) }},
	FieldCode:        {kindText, func(f *reconcile.FindingRecord) string { return string(f.Code) }},
	FieldSeverity:    {kindSeverity, func(f *reconcile.FindingRecord) string { return string(f.Severity) }},
	FieldState:       {kindText, func(f *reconcile.FindingRecord) string { return string(f.State) }},
	FieldSystem:      {kindText, func(f *reconcile.FindingRecord) string { return string(f.System) }},
	FieldNumber:      {kindKey, func(f *reconcile.FindingRecord) string { return f.Number }},
	FieldRecord:      {kindKey, func(f *reconcile.FindingRecord) string { return f.Record }},
	FieldField:       {kindText, func(f *reconcile.FindingRecord) string { return f.Field }},
	FieldCustomer:    {kindKey, func(f *reconcile.FindingRecord) string { return f.Customer }},
	FieldRootCause:   {kindKey, func(f *reconcile.FindingRecord) string { return f.RootCause }},
	FieldCurrency:    {kindText, func(f *reconcile.FindingRecord) string { return f.Amount.Currency }},
	FieldAmount:      {kindNumber, func(f *reconcile.FindingRecord) string { return strconv.FormatInt(f.Amount.Minor, 10) }},
	FieldInvoices:    {kindNumber, func(f *reconcile.FindingRecord) string { return strconv.Itoa(f.Invoices) }},
	FieldInvoiceDate: {kindDate, func(f *reconcile.FindingRecord) string { return f.Date.String() }},
	FieldFirstSeen:   {kindInstant, func(f *reconcile.FindingRecord) string { return formatInstant(f.FirstSeen) }},
	FieldLastSeen:    {kindInstant, func(f *reconcile.FindingRecord) string { return formatInstant(f.LastSeen) }},
	FieldFirstRun:    {kindNumber, func(f *reconcile.FindingRecord) string { return strconv.FormatInt(int64(f.FirstRun), 10) }},
	FieldLastRun:     {kindNumber, func(f *reconcile.FindingRecord) string { return strconv.FormatInt(int64(f.LastRun), 10) }},
	FieldSKU:         {kindKey, func(f *reconcile.FindingRecord) string { return f.SKU() }},
}

func fieldOf(f FindingField) (findingField, error) {
	field, ok := findingFields[f]
	if !ok {
		return field, fmt.Errorf("findings have no field %q", f)
	}
	return field, nil
}

func formatInstant(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// value turns a value as callers write it into what the column holds.
func (f findingField) value(s string) (any, error) {
	switch f.kind {
	case kindText:
		return text(s), nil
	case kindKey:
		return key(s), nil
	case kindSeverity:
		if n := slices.Index(severities, reconcile.Severity(s)); n >= 0 {
			return n + 1, nil
		}
		return nil, fmt.Errorf("%q: want HIGH, MEDIUM or LOW", s)
	case kindNumber:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%q: want a whole number", s)
		}
		return n, nil
	case kindDate:
		return dateValue(s)
	default:
		return instantValue(s)
	}
}

// empty is what the column holds when there is no value.
func (f findingField) empty() any {
	if f.kind == kindText || f.kind == kindKey {
		return ""
	}
	return 0
}

func dateValue(s string) (any, error) {
	if s == "" {
		return 0, nil
	}
	d, err := reconcile.ParseDate(s)
	if err != nil {
		return nil, err
	}
	return d.Days(), nil
}

func instantValue(s string) (any, error) {
	if s == "" {
		return 0, nil
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return nil, fmt.Errorf("%q: want an instant such as 2026-01-31T02:00:00Z", s)
	}
	return micros(t), nil
}
