package graph

import (
	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
)

// groupings are the store's names of what findings are grouped by.
var groupings = map[generated.FindingGroupBy]db.GroupBy{
	generated.FindingGroupByRootCause: db.ByRootCause,
	generated.FindingGroupBySku:       db.BySKU,
	generated.FindingGroupByCustomer:  db.ByCustomer,
	generated.FindingGroupByCode:      db.ByCode,
}

// sortFields are the store's names of what findings are sorted by.
var sortFields = map[generated.FindingSortField]db.FindingField{
	generated.FindingSortFieldSeverity:    db.FieldSeverity,
	generated.FindingSortFieldCode:        db.FieldCode,
	generated.FindingSortFieldAmount:      db.FieldAmount,
	generated.FindingSortFieldNumber:      db.FieldNumber,
	generated.FindingSortFieldInvoiceDate: db.FieldInvoiceDate,
	generated.FindingSortFieldFirstSeen:   db.FieldFirstSeen,
	generated.FindingSortFieldLastSeen:    db.FieldLastSeen,
}

// sortOf reads the order of findings.
func sortOf(sort []generated.FindingSort) ([]db.FindingSort, error) {
	if len(sort) > len(sortFields) {
		return nil, wire.Coded("FILTER_INVALID", "sort names more than %d fields", len(sortFields))
	}
	order := make([]db.FindingSort, len(sort))
	for n, s := range sort {
		order[n] = db.FindingSort{Field: sortFields[s.Field], Desc: s.Direction == generated.SortDirectionDesc}
	}
	return order, nil
}
