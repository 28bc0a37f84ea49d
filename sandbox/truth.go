package sandbox

import (
	"cmp"
	"slices"
	"strconv"
)

func (w *world) newTruth() *Truth {
	o := w.opt
	return &Truth{
		Direction: o.Direction,
		AsOf:      w.asOf,
		Settings: map[string]string{
			"status_filter":           "open,paid",
			"skip_integration_source": "true",
			"grace":                   "1h",
			"email_match":             "exact",
			"tax_mapping_enabled":     "true",
			"unmapped_tax":            "fail",
		},
		Origin:   &Origin{Invoices: o.Invoices, Seed: o.Seed, Defects: max(o.Defects, 0), Lines: o.Lines, Causes: o.Causes},
		Causes:   []Cause{},
		Findings: []Expected{},
	}
}

// expect adds one expected finding.
func (w *world) expect(code, system, number string, record int64, field string) {
	w.truth.Findings = append(w.truth.Findings,
		Expected{Code: code, System: system, Number: number, Record: strconv.FormatInt(record, 10), Field: field})
}

// on adds an expected finding on a record of one system.
func (w *world) on(s system, code, number string, record int64, field string) {
	w.expect(code, s.String(), number, record, field)
}

// finish brings the truth into its final form.
func (w *world) finish() *Truth {
	w.truth.Settings["tax_mapping"] = w.mapping()
	slices.SortFunc(w.truth.Findings, func(a, b Expected) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.System, b.System), cmp.Compare(a.Record, b.Record),
			cmp.Compare(a.Field, b.Field), cmp.Compare(a.Number, b.Number))
	})
	return w.truth
}

// src and dst are the two sides in the direction of the sync.
func (d *doc) src() *side { return d.sides[d.w.src] }
func (d *doc) dst() *side { return d.sides[d.w.dst] }

// differ expects a finding on the pair.
func (d *doc) differ(code, field string) {
	d.w.expect(code, both, d.src().number, d.src().id, field)
}

// alone takes the invoice away from a system and expects the other side to be
// reported as one-sided.
func (d *doc) alone(s system) {
	d.drop(s.other())
	d.oneSided(d.sides[s])
}

// oneSided expects an invoice to be reported as without partner.
func (d *doc) oneSided(s *side) {
	code := "INVOICE_ONLY_IN_DESTINATION"
	if s.system == d.w.src {
		code = "INVOICE_ONLY_IN_SOURCE"
	}
	d.w.on(s.system, code, s.number, s.id, "")
}
