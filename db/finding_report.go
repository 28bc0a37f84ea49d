package db

import (
	"context"
	"iter"

	"github.com/tieout/tieout/reconcile"
)

// unresolved asks for what is not resolved, of some codes; no codes: of all.
func unresolved(codes []reconcile.Code) *FindingFilter {
	f := &FindingFilter{Terms: []FindingTerm{{FieldState, Neq, []string{string(reconcile.FindingResolved)}}}}
	if len(codes) == 0 {
		return f
	}
	in := FindingTerm{Field: FieldCode, Op: In}
	for _, code := range codes {
		in.Values = append(in.Values, string(code))
	}
	f.Terms = append(f.Terms, in)
	return f
}

// FindingsOf streams the findings of some codes that were not resolved at the end
// of a run, in the default order.
func (r *Repo) FindingsOf(ctx context.Context, run reconcile.RunID, codes []reconcile.Code) iter.Seq2[reconcile.FindingRecord, error] {
	return r.StreamFindings(ctx, FindingQuery{AsOf: run, Filter: unresolved(codes)})
}

// maxRootCauses bounds the groups that a workbook's summary chooses from.
const maxRootCauses = 1000

// RootCausesOf groups the findings that were not resolved at the end of a run by
// root cause.
func (r *Repo) RootCausesOf(ctx context.Context, run reconcile.RunID) ([]reconcile.FindingGroup, error) {
	return r.FindingGroups(ctx, ByRootCause, FindingQuery{AsOf: run, Filter: unresolved(nil), Limit: maxRootCauses})
}

// FindingsOn returns the unresolved findings that point at an invoice: those whose
// record it is.
func (r *Repo) FindingsOn(ctx context.Context, s reconcile.System, id string) ([]reconcile.FindingRecord, error) {
	f := unresolved(reconcile.InvoiceCodes())
	f.Terms = append(f.Terms, FindingTerm{FieldRecord, Eq, []string{id}}, FindingTerm{FieldSystem, In, []string{string(s), string(reconcile.Both)}})
	return r.FindingRecords(ctx, FindingQuery{Filter: f})
}
