package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/db"
)

func (p *program) migrateCommand() *cli.Command {
	return &cli.Command{
		Name:  "migrate",
		Usage: "bring the store's schema to this version",
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArgs(c); err != nil {
				return err
			}
			cfg, err := p.config(c)
			if err != nil {
				return err
			}
			d, err := db.Open(ctx, cfg.DB)
			if err != nil {
				return err
			}
			from, to, err := d.Migrate(ctx)
			if err = errors.Join(err, d.Close()); err != nil {
				return err
			}
			if from == to {
				fmt.Fprintf(p.stdout, "schema version %d: nothing to do\n", to)
			} else {
				fmt.Fprintf(p.stdout, "schema version %d, from %d\n", to, from)
			}
			return nil
		},
	}
}

func (p *program) versionCommand() *cli.Command {
	return &cli.Command{
		Name:  "version",
		Usage: "say which version this is",
		Action: func(context.Context, *cli.Command) error {
			fmt.Fprintln(p.stdout, "tieout", version())
			return nil
		},
	}
}

// version returns the software's version and commit as the build recorded them.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v, commit := info.Main.Version, ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = " " + s.Value
		}
	}
	return v + commit + " " + info.GoVersion
}
