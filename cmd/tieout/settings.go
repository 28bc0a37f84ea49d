package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
)

func (p *program) settingsCommand() *cli.Command {
	asJSON := &cli.BoolFlag{Name: "json", Usage: "print JSON"}
	return &cli.Command{
		Name:  "settings",
		Usage: "the rules of the workspace, saved and versioned",
		Commands: []*cli.Command{
			{Name: "get", Usage: "print settings: all, or those named", ArgsUsage: "[KEY…]", Flags: []cli.Flag{asJSON}, Action: p.settingsGet},
			{Name: "set", Usage: "change settings", ArgsUsage: "KEY=VALUE…", Action: p.settingsSet},
			{Name: "history", Usage: "who changed what, newest first", Flags: []cli.Flag{asJSON}, Action: p.settingsHistory},
		},
	}
}

func (p *program) settingsGet(ctx context.Context, c *cli.Command) error {
	return p.withStore(ctx, c, func(s *store) error {
		_, version, err := s.Settings(ctx)
		if err != nil {
			return err
		}
		values, err := s.SettingValues(ctx, version)
		if err != nil {
			return err
		}
		if values, err = named(values, c.Args().Slice()); err != nil {
			return err
		}
		if c.Bool("json") {
			return json.NewEncoder(p.stdout).Encode(values)
		}
		out := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
		for _, v := range values {
			mark := ""
			if v.IsDefault {
				mark = "default"
			}
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", v.Key, v.Value, mark, v.Meaning)
		}
		return out.Flush()
	})
}

func named(values []reconcile.SettingValue, keys []string) ([]reconcile.SettingValue, error) {
	if len(keys) == 0 {
		return values, nil
	}
	var out []reconcile.SettingValue
	for _, key := range keys {
		at := slices.IndexFunc(values, func(v reconcile.SettingValue) bool { return string(v.Key) == key })
		if at < 0 {
			return nil, fmt.Errorf("settings get: no setting %q; tieout settings get lists them", key)
		}
		out = append(out, values[at])
	}
	return out, nil
}

func (p *program) settingsSet(ctx context.Context, c *cli.Command) error {
	changes := map[string]string{}
	for _, arg := range c.Args().Slice() {
		key, value, ok := strings.Cut(arg, "=")
		if !ok {
			return fmt.Errorf("settings set: %q: want KEY=VALUE", arg)
		}
		changes[key] = value
	}
	if len(changes) == 0 {
		return errors.New("settings set: want KEY=VALUE")
	}
	cfg, err := p.config(c)
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		if v, given := cfg.Sync[key]; given && v != changes[key] {
			return fmt.Errorf("settings set: %s is given as %q by the environment (%s) or the configuration file, which the next run would save again; take it out first", key, v, envName(syncPrefix+key))
		}
	}
	s, err := p.open(ctx, cfg)
	if err != nil {
		return err
	}
	_, version, err := s.SetSettings(ctx, changes)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "settings version %d\n", version)
	return nil
}

func (p *program) settingsHistory(ctx context.Context, c *cli.Command) error {
	return p.withStore(ctx, c, func(s *store) error {
		list, err := s.SettingsHistory(ctx)
		if err != nil {
			return err
		}
		if c.Bool("json") {
			return json.NewEncoder(p.stdout).Encode(list)
		}
		for _, v := range list {
			fmt.Fprintf(p.stdout, "%d  %s  %s\n", v.Version, v.At.UTC().Format(time.RFC3339), v.Actor)
			for _, key := range slices.Sorted(maps.Keys(v.Changes)) {
				fmt.Fprintf(p.stdout, "    %s=%s\n", key, v.Changes[key])
			}
		}
		return nil
	})
}
