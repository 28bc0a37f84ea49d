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

// FindingsOn returns the unresolved findings on an invoice, in the default order:
// those of its own system, and those on a pair, whose record is SRC's invoice of
// it. An empty srcID asks for none on a pair.
func (r *Repo) FindingsOn(ctx context.Context, s reconcile.System, id, srcID string) ([]reconcile.FindingRecord, error) {
	f := unresolved(reconcile.InvoiceCodes())
	f.Or = []FindingFilter{onRecord(s, id)}
	if srcID != "" {
		f.Or = append(f.Or, onRecord(reconcile.Both, srcID))
	}
	return r.FindingRecords(ctx, FindingQuery{Filter: f})
}

// onRecord asks for the findings on one record.
func onRecord(s reconcile.System, id string) FindingFilter {
	return FindingFilter{Terms: []FindingTerm{{FieldSystem, Eq, []string{string(s)}}, {FieldRecord, Eq, []string{id}}}}
}
