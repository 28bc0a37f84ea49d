package wire

import (
	"context"

	"github.com/tieout/tieout/reconcile"
)

// A Node is anything that has a global id. The domain's own types are nodes
// without knowing it, hence no method.
type Node interface{}

// A Job is a piece of work with a state, again without a method.
type Job interface{}

// A Connection is one page of a list.
type Connection[T any] struct {
	Edges    []Edge[T]
	PageInfo PageInfo
	// Count counts the whole list; nil where the list does not offer it.
	Count func(context.Context) (int, error)
}

// An Edge is an item with its cursor.
type Edge[T any] struct {
	Cursor string
	Node   T
}

// A PageInfo says where a page lies in its list.
type PageInfo struct {
	HasNextPage     bool
	HasPreviousPage bool
	StartCursor     *string
	EndCursor       *string
}

// Nodes returns the items without their cursors.
func (c *Connection[T]) Nodes() []T {
	nodes := make([]T, len(c.Edges))
	for n := range c.Edges {
		nodes[n] = c.Edges[n].Node
	}
	return nodes
}

// TotalCount counts the whole list. It is called only if the field is selected.
func (c *Connection[T]) TotalCount(ctx context.Context) (*int, error) {
	if c.Count == nil {
		return nil, nil
	}
	total, err := c.Count(ctx)
	if err != nil {
		return nil, err
	}
	return &total, nil
}

// The connections and edges of the schema.
type (
	RunConnection             = Connection[reconcile.Run]
	RunEdge                   = Edge[reconcile.Run]
	FindingConnection         = Connection[reconcile.FindingRecord]
	FindingEdge               = Edge[reconcile.FindingRecord]
	FindingEventConnection    = Connection[reconcile.FindingEvent]
	FindingEventEdge          = Edge[reconcile.FindingEvent]
	InvoicePairConnection     = Connection[InvoicePair]
	InvoicePairEdge           = Edge[InvoicePair]
	ProductPairConnection     = Connection[ProductPair]
	ProductPairEdge           = Edge[ProductPair]
	CustomerPairConnection    = Connection[CustomerPair]
	CustomerPairEdge          = Edge[CustomerPair]
	ControlTotalConnection    = Connection[ControlTotal]
	ControlTotalEdge          = Edge[ControlTotal]
	SettingsVersionConnection = Connection[reconcile.SettingsVersion]
	SettingsVersionEdge       = Edge[reconcile.SettingsVersion]
	ScheduleConnection        = Connection[reconcile.ScheduleHistory]
	ScheduleEdge              = Edge[reconcile.ScheduleHistory]
	ReportFileConnection      = Connection[reconcile.ReportFile]
	ReportFileEdge            = Edge[reconcile.ReportFile]
)
