package db

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/tieout/tieout/reconcile"
	"github.com/uptrace/bun"
)

type settingsVersionRow struct {
	bun.BaseModel `bun:"table:settings_versions,alias:v"`

	Workspace int64 `bun:"workspace,pk"`
	Version   int   `bun:"version,pk"`
	Actor     text
	At        int64
}

type settingsChangeRow struct {
	bun.BaseModel `bun:"table:settings_changes,alias:ch"`

	Workspace int64 `bun:"workspace,pk"`
	Version   int   `bun:"version,pk"`
	Key       text  `bun:"key,pk"`
	Value     text
}

// Settings returns the settings in force and their version; the defaults and 0
// before the first change.
func (r *Repo) Settings(ctx context.Context) (reconcile.Settings, int, error) {
	settings, history, err := r.settings(ctx, r.db.read)
	if err != nil {
		return settings, 0, fmt.Errorf("read settings: %w", err)
	}
	return settings, latest(history), nil
}

// SetSettings changes settings and returns the new ones with their version. All
// faults are told at once, and then nothing is changed; neither is it where every
// setting has its value already.
func (r *Repo) SetSettings(ctx context.Context, changes map[string]string) (reconcile.Settings, int, error) {
	var settings reconcile.Settings
	var version int
	err := r.change(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := r.lock(ctx, tx); err != nil {
			return err
		}
		before, history, err := r.settings(ctx, tx)
		if err != nil {
			return err
		}
		version = latest(history)
		if settings, err = before.Set(changes); err != nil {
			return err
		}
		rows, err := r.changed(before, settings, changes, version+1)
		if err != nil || len(rows) == 0 {
			return err
		}
		version++
		head := settingsVersionRow{Workspace: r.ws, Version: version, Actor: text(r.actor), At: micros(time.Now())}
		if _, err := tx.NewInsert().Model(&head).Returning("NULL").Exec(ctx); err != nil {
			return err
		}
		_, err = tx.NewInsert().Model(&rows).Returning("NULL").Exec(ctx)
		return err
	})
	if err != nil {
		return reconcile.Settings{}, 0, fmt.Errorf("set settings: %w", err)
	}
	return settings, version, nil
}

// changed returns the rows of those settings whose value differs.
func (r *Repo) changed(before, after reconcile.Settings, changes map[string]string, version int) ([]settingsChangeRow, error) {
	var rows []settingsChangeRow
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		was, err := before.Get(reconcile.SettingKey(name))
		if err != nil {
			return nil, err
		}
		is, err := after.Get(reconcile.SettingKey(name))
		if err != nil {
			return nil, err
		}
		if was != is {
			rows = append(rows, settingsChangeRow{Workspace: r.ws, Version: version, Key: text(name), Value: text(is)})
		}
	}
	return rows, nil
}

// SettingsHistory returns the saved changes of the settings, newest first.
func (r *Repo) SettingsHistory(ctx context.Context) ([]reconcile.SettingsVersion, error) {
	history, err := r.history(ctx, r.db.read)
	if err != nil {
		return nil, fmt.Errorf("settings history: %w", err)
	}
	slices.Reverse(history)
	return history, nil
}

// SettingsAt returns the settings of a version; those of 0 are the defaults. A
// version that is not there yet is reconcile.ErrNotFound.
func (r *Repo) SettingsAt(ctx context.Context, version int) (reconcile.Settings, error) {
	history, err := r.historyTo(ctx, version)
	if err == nil {
		var settings reconcile.Settings
		if settings, err = fold(history); err == nil {
			return settings, nil
		}
	}
	return reconcile.Settings{}, fmt.Errorf("settings %d: %w", version, err)
}

// SettingValues returns the settings of a version in words, each with who changed
// it last and when.
func (r *Repo) SettingValues(ctx context.Context, version int) ([]reconcile.SettingValue, error) {
	history, err := r.historyTo(ctx, version)
	if err != nil {
		return nil, fmt.Errorf("settings %d: %w", version, err)
	}
	settings, err := fold(history)
	if err != nil {
		return nil, fmt.Errorf("settings %d: %w", version, err)
	}
	values := settings.Values()
	for n := range values {
		for _, v := range history {
			if _, here := v.Changes[string(values[n].Key)]; here {
				values[n].ChangedBy, values[n].ChangedAt = v.Actor, v.At
			}
		}
	}
	return values, nil
}

func (r *Repo) settings(ctx context.Context, db bun.IDB) (reconcile.Settings, []reconcile.SettingsVersion, error) {
	history, err := r.history(ctx, db)
	if err != nil {
		return reconcile.Settings{}, nil, err
	}
	settings, err := fold(history)
	return settings, history, err
}

// history returns the versions, oldest first.
func (r *Repo) history(ctx context.Context, db bun.IDB) ([]reconcile.SettingsVersion, error) {
	var heads []settingsVersionRow
	if err := db.NewSelect().Model(&heads).Where("workspace = ?", r.ws).Order("version").Scan(ctx); err != nil {
		return nil, err
	}
	var changes []settingsChangeRow
	if err := db.NewSelect().Model(&changes).Where("workspace = ?", r.ws).Order("version", "key").Scan(ctx); err != nil {
		return nil, err
	}
	history := convert(heads, func(row settingsVersionRow) reconcile.SettingsVersion {
		return reconcile.SettingsVersion{Version: row.Version, Actor: reconcile.Actor(row.Actor), At: instant(row.At), Changes: map[string]string{}}
	})
	for _, c := range changes {
		if c.Version <= len(history) { // a version may have been saved between the two questions
			history[c.Version-1].Changes[string(c.Key)] = string(c.Value)
		}
	}
	return history, nil
}

func (r *Repo) historyTo(ctx context.Context, version int) ([]reconcile.SettingsVersion, error) {
	history, err := r.history(ctx, r.db.read)
	if err != nil {
		return nil, err
	}
	if version < 0 || version > len(history) {
		return nil, reconcile.ErrNotFound
	}
	return history[:version], nil
}

func latest(history []reconcile.SettingsVersion) int { return len(history) }

// fold applies all changes to the defaults at once. Values were valid when they
// were saved.
func fold(history []reconcile.SettingsVersion) (reconcile.Settings, error) {
	values := map[string]string{}
	for _, v := range history {
		maps.Copy(values, v.Changes)
	}
	return reconcile.DefaultSettings().Set(values)
}
