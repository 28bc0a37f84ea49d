package graph

import (
	"context"
	"errors"
	"time"

	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

type (
	schedule     struct{ Config }
	scheduleDate struct{ Config }
)

func (r root) Schedule() generated.ScheduleResolver         { return schedule(r) }
func (r root) ScheduleDate() generated.ScheduleDateResolver { return scheduleDate(r) }

// Schedules resolves Query.schedules.
func (q query) Schedules(ctx context.Context, first int, after *string) (*wire.ScheduleConnection, error) {
	page, err := wire.NewPage(first, after, "schedules")
	if err != nil {
		return nil, err
	}
	histories, err := q.Repo.ScheduleHistories(ctx, 1)
	if err != nil {
		return nil, err
	}
	return wire.Slice(page, histories, func(h *reconcile.ScheduleHistory) []string { return []string{h.Name} })
}

// ScheduleUpsert resolves Mutation.scheduleUpsert.
func (m mutation) ScheduleUpsert(ctx context.Context, input generated.ScheduleUpsertInput) (*generated.ScheduleUpsertPayload, error) {
	payload := &generated.ScheduleUpsertPayload{ClientMutationID: input.ClientMutationID}
	s, err := m.Repo.Schedule(ctx, input.Name)
	if errors.Is(err, reconcile.ErrNotFound) {
		s, err = reconcile.Schedule{Name: input.Name, Enabled: true}, nil
	}
	if err != nil {
		return nil, err
	}
	if input.At != nil {
		s.At = *input.At
	}
	if input.Enabled != nil {
		s.Enabled = *input.Enabled
	}
	if payload.UserErrors = scheduleFaults(s); len(payload.UserErrors) > 0 {
		return payload, nil
	}
	s, err = m.Repo.SaveSchedule(ctx, s, m.Now())
	if err != nil {
		return nil, err
	}
	dates, err := m.Repo.ScheduleDates(ctx, s.Name, 1)
	payload.Schedule = &reconcile.ScheduleHistory{Schedule: s, Dates: dates}
	return payload, err
}

// ScheduleDelete resolves Mutation.scheduleDelete.
func (m mutation) ScheduleDelete(ctx context.Context, input generated.ScheduleDeleteInput) (*generated.ScheduleDeletePayload, error) {
	payload := &generated.ScheduleDeletePayload{ClientMutationID: input.ClientMutationID, UserErrors: []generated.UserError{}}
	switch err := m.Repo.DeleteSchedule(ctx, input.Name); {
	case errors.Is(err, reconcile.ErrNotFound):
		payload.UserErrors = append(payload.UserErrors, generated.UserError{
			Code: generated.UserErrorCodeNotFound, Message: "there is no schedule of that name", Path: []string{"input", "name"},
		})
	case err != nil:
		return nil, err
	default:
		payload.DeletedName = &input.Name
	}
	return payload, nil
}

// Since resolves Schedule.since.
func (s schedule) Since(_ context.Context, obj *reconcile.ScheduleHistory) (*time.Time, error) {
	if obj.Since.IsZero() {
		return nil, nil
	}
	return &obj.Since, nil
}

// scheduleFaults tells every fault of a schedule with its place in the input.
func scheduleFaults(s reconcile.Schedule) []generated.UserError {
	faults := []generated.UserError{}
	for _, check := range []struct {
		field string
		err   error
	}{{"name", s.CheckName()}, {"at", s.CheckTime()}} {
		if check.err != nil {
			faults = append(faults, generated.UserError{
				Code: generated.UserErrorCodeInputInvalid, Message: check.err.Error(), Path: []string{"input", check.field},
			})
		}
	}
	return faults
}

// NextDue resolves Schedule.nextDue.
func (s schedule) NextDue(ctx context.Context, obj *reconcile.ScheduleHistory) (*time.Time, error) {
	if !obj.Enabled {
		return nil, nil
	}
	settings, _, err := s.Repo.Settings(ctx)
	if err != nil {
		return nil, err
	}
	due, err := obj.NextDue(s.Now(), settings.Location())
	return &due, err
}

// LastDate resolves Schedule.lastDate.
func (s schedule) LastDate(_ context.Context, obj *reconcile.ScheduleHistory) (*reconcile.ScheduleDate, error) {
	if len(obj.Dates) == 0 {
		return nil, nil
	}
	return &obj.Dates[0], nil
}

// Run resolves ScheduleDate.run.
func (s scheduleDate) Run(ctx context.Context, obj *reconcile.ScheduleDate) (*reconcile.Run, error) {
	if obj.Run == 0 {
		return nil, nil
	}
	found, err := s.Repo.Run(ctx, obj.Run)
	return &found, err
}
