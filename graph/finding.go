package graph

import (
	"context"
	"strconv"

	"github.com/tieout/tieout/db"
	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

type (
	finding      struct{ Config }
	findingEvent struct{ Config }
)

func (r root) Finding() generated.FindingResolver           { return finding(r) }
func (r root) FindingEvent() generated.FindingEventResolver { return findingEvent(r) }

// Findings resolves Query.findings.
func (q query) Findings(ctx context.Context, filter *generated.FindingFilter, sort []generated.FindingSort, first int, after, asOf *string) (*wire.FindingConnection, error) {
	page, err := wire.NewPage(first, after, "findings", filter, sort, asOf)
	if err != nil {
		return nil, err
	}
	ask, err := q.findings(ctx, filter, asOf)
	if err != nil {
		return nil, err
	}
	if ask.Sort, err = sortOf(sort); err != nil {
		return nil, err
	}
	ask.After, ask.Limit = page.After, page.Limit()
	found, err := q.Repo.FindingRecords(ctx, ask)
	if err != nil {
		return nil, err
	}
	c := wire.Connect(page, found, func(f *reconcile.FindingRecord) []string { return ask.CursorOf(*f) })
	c.Count = func(ctx context.Context) (int, error) { return q.Repo.CountFindings(ctx, ask) }
	return c, nil
}

// Finding resolves Query.finding.
func (q query) Finding(ctx context.Context, id string) (*reconcile.FindingRecord, error) {
	local, err := q.local(typeFinding, id)
	if err == nil {
		var found reconcile.FindingRecord
		if found, err = q.Repo.Finding(ctx, reconcile.FindingID(local)); err == nil {
			return &found, nil
		}
	}
	return nil, unlessNotFound(err)
}

// FindingGroups resolves Query.findingGroups.
func (q query) FindingGroups(ctx context.Context, by generated.FindingGroupBy, filter *generated.FindingFilter, first int, asOf *string) ([]reconcile.FindingGroup, error) {
	page, err := wire.NewPage(first, nil)
	if err != nil {
		return nil, err
	}
	if filter == nil {
		open := reconcile.FindingOpen
		filter = &generated.FindingFilter{State: &generated.FindingStateComparator{Eq: &open}}
	}
	ask, err := q.findings(ctx, filter, asOf)
	if err != nil {
		return nil, err
	}
	ask.Limit = page.First
	return q.Repo.FindingGroups(ctx, groupings[by], ask)
}

// findings reads the arguments that say which findings are meant.
func (c Config) findings(ctx context.Context, filter *generated.FindingFilter, asOf *string) (db.FindingQuery, error) {
	run, err := c.run(asOf)
	if err == nil && run != 0 {
		_, err = c.Repo.Run(ctx, run)
	}
	if err != nil {
		return db.FindingQuery{}, err
	}
	settings, _, err := c.Repo.Settings(ctx)
	if err != nil {
		return db.FindingQuery{}, err
	}
	now := c.Now()
	f := filterReader{c, now, reconcile.DateOf(now, settings.Location()), 0}
	selected, err := f.read(filter, 1)
	return db.FindingQuery{Filter: selected, AsOf: run}, err
}

// ID resolves Finding.id.
func (f finding) ID(_ context.Context, obj *reconcile.FindingRecord) (string, error) {
	return f.id(typeFinding, string(obj.ID)), nil
}

// HubspotID resolves Finding.hubspotId.
func (f finding) HubspotID(_ context.Context, obj *reconcile.FindingRecord) (*string, error) {
	return wire.TextOrNull(obj.HubSpotID), nil
}

// QuickbooksID resolves Finding.quickbooksId.
func (f finding) QuickbooksID(_ context.Context, obj *reconcile.FindingRecord) (*string, error) {
	return wire.TextOrNull(obj.QuickBooksID), nil
}

// Amount resolves Finding.amount.
func (f finding) Amount(_ context.Context, obj *reconcile.FindingRecord) (*reconcile.Money, error) {
	if obj.Finding.Amount.Currency == "" {
		return nil, nil
	}
	return &obj.Finding.Amount, nil
}

// AvailableActions resolves Finding.availableActions. Nothing writes to the
// vendors yet, and nothing keeps what people decide about findings: the actions
// of a finding that is still there are told, so that front ends can show them,
// and none can be done.
func (f finding) AvailableActions(_ context.Context, obj *reconcile.FindingRecord) ([]generated.AvailableAction, error) {
	if obj.State == reconcile.FindingResolved {
		return []generated.AvailableAction{}, nil
	}
	actions := make([]generated.AvailableAction, len(obj.Actions))
	for n, verb := range obj.Actions {
		actions[n] = generated.AvailableAction{Action: verb, DisabledReasons: []generated.DisabledReason{{
			Code: generated.DisabledReasonCodeWritesNotAvailable, Message: "this installation compares and reports; it writes to neither system",
		}}}
	}
	return actions, nil
}

// FirstRun resolves Finding.firstRun.
func (f finding) FirstRun(_ context.Context, obj *reconcile.FindingRecord) (string, error) {
	return f.runID(obj.FirstRun), nil
}

// LastRun resolves Finding.lastRun.
func (f finding) LastRun(_ context.Context, obj *reconcile.FindingRecord) (string, error) {
	return f.runID(obj.LastRun), nil
}

// ResolvedRun resolves Finding.resolvedRun.
func (f finding) ResolvedRun(_ context.Context, obj *reconcile.FindingRecord) (*string, error) {
	if obj.ResolvedRun == 0 {
		return nil, nil
	}
	id := f.runID(obj.ResolvedRun)
	return &id, nil
}

// Timeline resolves Finding.timeline.
func (f finding) Timeline(ctx context.Context, obj *reconcile.FindingRecord, first int, after *string) (*wire.FindingEventConnection, error) {
	page, err := wire.NewPage(first, after, "timeline", obj.ID)
	if err != nil {
		return nil, err
	}
	events, err := f.Repo.FindingEvents(ctx, obj.ID)
	if err != nil {
		return nil, err
	}
	// A run has at most one event of a finding.
	return wire.Slice(page, events, func(e *reconcile.FindingEvent) []string { return []string{strconv.FormatInt(int64(e.Run), 10)} })
}

// Run resolves FindingEvent.run.
func (e findingEvent) Run(_ context.Context, obj *reconcile.FindingEvent) (string, error) {
	return e.runID(obj.Run), nil
}
