package graph

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/tieout/tieout/graph/generated"
	"github.com/tieout/tieout/graph/wire"
	"github.com/tieout/tieout/reconcile"
)

type (
	settings        struct{ Config }
	settingValue    struct{ Config }
	settingsVersion struct{ Config }
)

func (r root) Settings() generated.SettingsResolver               { return settings(r) }
func (r root) SettingValue() generated.SettingValueResolver       { return settingValue(r) }
func (r root) SettingsVersion() generated.SettingsVersionResolver { return settingsVersion(r) }

// maxChanges is how many settings one call changes.
const maxChanges = 100

// Settings resolves Query.settings.
func (q query) Settings(ctx context.Context, version *int) (*wire.Settings, error) {
	if version != nil {
		values, err := q.Repo.SettingValues(ctx, *version)
		if err != nil {
			return nil, err
		}
		return &wire.Settings{Version: *version, Values: values}, nil
	}
	return q.inForce(ctx)
}

func (c Config) inForce(ctx context.Context) (*wire.Settings, error) {
	_, version, err := c.Repo.Settings(ctx)
	if err != nil {
		return nil, err
	}
	values, err := c.Repo.SettingValues(ctx, version)
	if err != nil {
		return nil, err
	}
	return &wire.Settings{Version: version, Values: values}, nil
}

// SettingsUpdate resolves Mutation.settingsUpdate.
func (m mutation) SettingsUpdate(ctx context.Context, input generated.SettingsUpdateInput) (*generated.SettingsUpdatePayload, error) {
	payload := &generated.SettingsUpdatePayload{ClientMutationID: input.ClientMutationID}
	now, _, err := m.Repo.Settings(ctx)
	if err != nil {
		return nil, err
	}
	changes := map[string]string{}
	payload.UserErrors = checkChanges(now, input.Changes, changes)
	if len(payload.UserErrors) > 0 {
		return payload, nil
	}
	if _, _, err := m.Repo.SetSettings(ctx, changes); err != nil {
		return nil, err
	}
	payload.Settings, err = m.inForce(ctx)
	return payload, err
}

// checkChanges asks the domain about each change by itself, so that every fault
// names its place in the input, and collects them in changes.
func checkChanges(now reconcile.Settings, list []generated.SettingChangeInput, changes map[string]string) []generated.UserError {
	if len(list) == 0 || len(list) > maxChanges {
		return []generated.UserError{{
			Code: generated.UserErrorCodeInputInvalid, Message: "want 1 to " + strconv.Itoa(maxChanges) + " changes", Path: []string{"input", "changes"},
		}}
	}
	faults := []generated.UserError{}
	fault := func(n int, field string, code generated.UserErrorCode, message string) {
		path := []string{"input", "changes", strconv.Itoa(n), field}
		faults = append(faults, generated.UserError{Code: code, Message: message, Path: path})
	}
	for n, change := range list {
		_, twice := changes[change.Key]
		_, err := now.Set(map[string]string{change.Key: change.Value})
		switch {
		case twice:
			fault(n, "key", generated.UserErrorCodeInputInvalid, "setting "+change.Key+" is changed twice")
		case !slices.Contains(reconcile.SettingKeys(), reconcile.SettingKey(change.Key)):
			fault(n, "key", generated.UserErrorCodeSettingUnknown, err.Error())
		case err != nil:
			fault(n, "value", generated.UserErrorCodeSettingInvalid, err.Error())
		}
		changes[change.Key] = change.Value
	}
	return faults
}

// History resolves Settings.history.
func (s settings) History(ctx context.Context, _ *wire.Settings, first int, after *string) (*wire.SettingsVersionConnection, error) {
	page, err := wire.NewPage(first, after, "settingsHistory")
	if err != nil {
		return nil, err
	}
	history, err := s.Repo.SettingsHistory(ctx)
	if err != nil {
		return nil, err
	}
	return wire.Slice(page, history, func(v *reconcile.SettingsVersion) []string { return []string{strconv.Itoa(v.Version)} })
}

// ChangedBy resolves SettingValue.changedBy.
func (s settingValue) ChangedBy(_ context.Context, obj *reconcile.SettingValue) (*string, error) {
	return wire.TextOrNull(string(obj.ChangedBy)), nil
}

// Changes resolves SettingsVersion.changes.
func (s settingsVersion) Changes(_ context.Context, obj *reconcile.SettingsVersion) ([]generated.SettingChange, error) {
	changes := []generated.SettingChange{}
	for _, key := range slices.Sorted(maps.Keys(obj.Changes)) {
		changes = append(changes, generated.SettingChange{Key: key, Value: obj.Changes[key]})
	}
	return changes, nil
}
