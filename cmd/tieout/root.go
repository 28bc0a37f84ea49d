package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os/user"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
)

// A program is one call of the command line.
type program struct {
	env    map[string]string
	stdout io.Writer
	stderr io.Writer
}

func (p *program) root() *cli.Command {
	return &cli.Command{
		Name:                  "tieout",
		Usage:                 "compare HubSpot with QuickBooks Online: what differs, why, and how much money is at stake",
		EnableShellCompletion: true,
		Writer:                p.stdout,
		ErrWriter:             p.stderr,
		ExitErrHandler:        func(context.Context, *cli.Command, error) {}, // run tells errors
		OnUsageError: func(_ context.Context, _ *cli.Command, err error, _ bool) error {
			return fmt.Errorf("%w (see tieout help)", err)
		},
		Flags: configFlags(),
		Commands: []*cli.Command{
			p.demoCommand(), p.serveCommand(), p.reconcileCommand(), p.findingsCommand(), p.explainCommand(), p.reportCommand(),
			p.runsCommand(), p.settingsCommand(), p.scheduleCommand(), p.connectCommand(), p.connectionsCommand(), p.disconnectCommand(), p.keyCommand(), p.sandboxCommand(), p.migrateCommand(), p.versionCommand(),
		},
		CommandNotFound: func(_ context.Context, _ *cli.Command, name string) {
			fmt.Fprintf(p.stderr, "tieout: no command %q (see tieout help)\n", name)
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if c.Args().Present() {
				return fmt.Errorf("no command %q (see tieout help)", c.Args().First())
			}
			return cli.ShowAppHelp(c)
		},
	}
}

// actor is who gives commands here: the operating system's user.
func actor() reconcile.Actor {
	u, err := user.Current()
	if err != nil {
		return reconcile.LocalActor("")
	}
	return reconcile.LocalActor(u.Username)
}

// now is the clock of everything that the command line starts.
func now() time.Time { return time.Now().UTC() }

// logger writes to stderr. Only warnings are shown unless verbose is set, for
// progress tells the rest.
func (p *program) logger(c *config) *slog.Logger {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: level}))
}

// noArgs refuses arguments where a command takes none.
func noArgs(c *cli.Command) error {
	if c.Args().Present() {
		return fmt.Errorf("%s takes no argument %q", c.FullName(), c.Args().First())
	}
	return nil
}
