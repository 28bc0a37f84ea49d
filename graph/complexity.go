package graph

import (
	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

// What a field costs where it is more than its selection: a question to the
// store, a count over many rows, a walk over the mirror.
const (
	costQuestion = 5
	costCount    = 20
	costExplain  = 50
	// listed is how many items a list is reckoned to have that declares no size.
	listed = 20
)

// complexityRoot reckons what a document costs before it is carried out: lists
// multiply what is asked of their items by the page size.
func complexityRoot() generated.ComplexityRoot {
	var c generated.ComplexityRoot
	c.Query.Runs = func(child, first int, _ *string, _ []reconcile.RunState) int { return page(child, first) }
	c.Query.Findings = func(child int, _ *generated.FindingFilter, _ []generated.FindingSort, first int, _, _ *string) int {
		return page(child, first)
	}
	c.Query.FindingGroups = func(child int, _ generated.FindingGroupBy, _ *generated.FindingFilter, first int, _ *string) int {
		return costCount + page(child, first)
	}
	c.Query.InvoicePairs = func(child int, _ *generated.InvoicePairFilter, first int, _ *string) int {
		return costCount + page(child, first)
	}
	c.Query.ProductPairs = func(child int, _ *generated.ProductPairFilter, _ []generated.PairSort, first *int, _ *string, last *int, _ *string) int {
		return costQuestion + window(child, first, last)
	}
	c.Query.CustomerPairs = func(child int, _ *generated.CustomerPairFilter, _ []generated.PairSort, first *int, _ *string, last *int, _ *string) int {
		return costQuestion + window(child, first, last)
	}
	c.ProductPairSide.Products = paired
	c.CustomerPairSide.Customers = paired
	c.ProductPair.Findings = paired
	c.CustomerPair.Findings = paired
	c.Query.ControlTotals = func(child int, _, _ *string, first int, _ *string) int { return page(child, first) }
	c.Query.Schedules = func(child, first int, _ *string) int { return page(child, first) }
	c.Query.Connections = func(child int) int { return costQuestion + times(child, len(reconcile.Systems)) }
	c.Connection.Events = page
	c.Connection.Reads = func(child int) int { return costQuestion + child }
	c.Query.ReportFiles = func(child, first int, _ *string) int { return page(child, first) }
	c.Query.Nodes = func(child int, ids []string) int { return costQuestion + times(costQuestion+child, len(ids)) }
	c.Query.Explain = func(child int, _ string) int { return costExplain + times(child, 2) }
	c.Schedule.NextDue = func(int) int { return costQuestion }
	c.ScheduleDate.Run = func(child int) int { return costQuestion + child }
	c.Run.Steps = few
	c.Run.Certificates = few
	c.Run.ControlTotals = func(child int, _ *string, first int, _ *string) int { return page(child, first) }
	c.Finding.Timeline = func(child, first int, _ *string) int { return page(child, first) }
	c.Settings.History = func(child, first int, _ *string) int { return page(child, first) }
	c.Settings.Values = few
	c.Invoice.Lines = few
	c.Diagnosis.Gates = few
	c.Diagnosis.Findings = few
	c.Company.Invoices = func(int) int { return costCount }
	c.FindingConnection.TotalCount = func(int) int { return costCount }
	c.ProductPairConnection.TotalCount = func(int) int { return costCount }
	c.CustomerPairConnection.TotalCount = func(int) int { return costCount }
	return c
}

// paired is for what belongs to a pair: mostly one, and asked for once a page.
func paired(child int) int { return times(child, 2) }

func window(child int, first, last *int) int {
	for _, size := range []*int{first, last} {
		if size != nil {
			return page(child, *size)
		}
	}
	return page(child, wire.DefaultPage)
}

func few(child int) int { return costQuestion + times(child, listed) }

func page(child, first int) int { return costQuestion + times(child, min(max(first, 1), wire.MaxPage)) }

// times multiplies without running over.
func times(child, n int) int { return min(child, MaxComplexity+1) * n }
