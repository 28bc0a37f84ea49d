package graph

import (
	"strconv"
	"time"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

// The limits of a filter: what a person writes stays far below them.
const (
	maxFilterDepth = 6
	maxFilterTerms = 100
	maxListed      = wire.MaxPage // values of in and nin
)

// A filterReader turns the API's filter into the store's: ids lose their
// workspace, durations become dates.
type filterReader struct {
	Config
	now   time.Time
	today reconcile.Date
	terms int
}

// read reads a filter; none selects everything.
func (r *filterReader) read(f *generated.FindingFilter, depth int) (*db.FindingFilter, error) {
	if f == nil {
		return nil, nil
	}
	if depth > maxFilterDepth {
		return nil, wire.Coded("FILTER_INVALID", "the filter is nested more than %d levels deep", maxFilterDepth)
	}
	t := &terms{}
	r.compare(f, t)
	if r.terms += 1 + len(t.list); r.terms > maxFilterTerms && t.err == nil {
		t.err = wire.Coded("FILTER_INVALID", "the filter has more than %d conditions", maxFilterTerms)
	}
	if t.err != nil {
		return nil, t.err
	}
	and, err := r.all(f.And, depth)
	if err != nil {
		return nil, err
	}
	or, err := r.all(f.Or, depth)
	if err != nil {
		return nil, err
	}
	not, err := r.read(f.Not, depth+1)
	return &db.FindingFilter{And: append(t.more, and...), Or: or, Not: not, Terms: t.list}, err
}

func (r *filterReader) all(list []generated.FindingFilter, depth int) ([]db.FindingFilter, error) {
	var out []db.FindingFilter
	for n := range list {
		one, err := r.read(&list[n], depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, *one)
	}
	return out, nil
}

// compare reads the fields of a filter.
func (r *filterReader) compare(f *generated.FindingFilter, t *terms) {
	if c := f.Code; c != nil {
		words(t, db.FieldCode, c.Eq, c.Neq, c.In, c.Nin)
	}
	if c := f.Severity; c != nil {
		words(t, db.FieldSeverity, c.Eq, c.Neq, c.In, c.Nin)
	}
	if c := f.State; c != nil {
		words(t, db.FieldState, c.Eq, c.Neq, c.In, c.Nin)
	}
	if c := f.System; c != nil {
		words(t, db.FieldSystem, c.Eq, c.Neq, c.In, c.Nin)
	}
	t.text(db.FieldNumber, f.Number)
	t.text(db.FieldSKU, f.Sku)
	t.text(db.FieldRecord, f.Record)
	t.text(db.FieldField, f.Field)
	t.text(db.FieldCustomer, f.CustomerEmail)
	t.text(db.FieldRootCause, f.RootCause)
	t.text(db.FieldCurrency, f.Currency)
	t.amount(f.Amount)
	if c := f.InvoiceDate; c != nil {
		day := func(d wire.DateOrDuration) string { return d.Date(r.today).String() }
		ordered(t, db.FieldInvoiceDate, day, c.Eq, c.Neq, c.Gt, c.Gte, c.Lt, c.Lte)
		if c.Lt != nil || c.Lte != nil { // no date is not early
			t.add(db.FieldInvoiceDate, db.Null, "false")
		}
		t.null(db.FieldInvoiceDate, c.Null)
	}
	instant := func(d wire.DateTimeOrDuration) string { return stamp(d.Time(r.now)) }
	if c := f.FirstSeen; c != nil {
		ordered(t, db.FieldFirstSeen, instant, nil, nil, c.Gt, c.Gte, c.Lt, c.Lte)
	}
	if c := f.LastSeen; c != nil {
		ordered(t, db.FieldLastSeen, instant, nil, nil, c.Gt, c.Gte, c.Lt, c.Lte)
	}
	t.age(f.AgeDays, r.now)
	if c := f.Run; c != nil {
		words(t, db.FieldLastRun, r.one(c.Eq, t), r.one(c.Neq, t), r.many(c.In, t), r.many(c.Nin, t))
	}
}

// one and many turn the ids of runs into their numbers.
func (r *filterReader) one(id *string, t *terms) *string {
	if id == nil {
		return nil
	}
	run, err := r.run(id)
	if err != nil && t.err == nil {
		t.err = err
	}
	number := strconv.FormatInt(int64(run), 10)
	return &number
}

func (r *filterReader) many(ids []string, t *terms) []string {
	if ids == nil {
		return nil
	}
	return each(ids, func(id string) string { return *r.one(&id, t) })
}
