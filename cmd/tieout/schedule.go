package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
)

func (p *program) scheduleCommand() *cli.Command {
	return &cli.Command{
		Name:  "schedule",
		Usage: "when serve runs by itself, once a business date",
		Description: "Times are by the clock on the wall of the workspace's time_zone. After downtime one run catches up;\n" +
			"the other dates are findings, SCHEDULE_MISSED.",
		Commands: []*cli.Command{
			{Name: "list", Usage: "print the schedules", Flags: []cli.Flag{&cli.BoolFlag{Name: "json", Usage: "print JSON"}}, Action: p.scheduleList},
			{Name: "set", Usage: "make a schedule, or change its time", ArgsUsage: "NAME HH:MM", Action: p.scheduleSet},
			{Name: "enable", Usage: "keep a schedule again, from now on", ArgsUsage: "NAME", Action: p.scheduleSwitch(true)},
			{Name: "disable", Usage: "keep a schedule no more", ArgsUsage: "NAME", Action: p.scheduleSwitch(false)},
			{Name: "delete", Usage: "remove a schedule; what became of its dates stays", ArgsUsage: "NAME", Action: p.scheduleDelete},
		},
	}
}

// A scheduleLine is a schedule as -json prints it. The members are stable.
type scheduleLine struct {
	reconcile.Schedule
	NextDue  time.Time               `json:"nextDue,omitzero"`
	LastDate *reconcile.ScheduleDate `json:"lastDate,omitempty"`
}

func (p *program) scheduleList(ctx context.Context, c *cli.Command) error {
	if err := noArgs(c); err != nil {
		return err
	}
	return p.withStore(ctx, c, func(s *store) error {
		settings, _, err := s.Settings(ctx)
		if err != nil {
			return err
		}
		histories, err := s.ScheduleHistories(ctx, 1)
		if err != nil {
			return err
		}
		zone := settings.Location()
		lines := make([]scheduleLine, len(histories))
		for n, h := range histories {
			if lines[n], err = scheduleLineOf(h, zone); err != nil {
				return err
			}
		}
		if c.Bool("json") {
			return json.NewEncoder(p.stdout).Encode(lines)
		}
		return p.scheduleTable(lines, zone)
	})
}

func scheduleLineOf(h reconcile.ScheduleHistory, zone *time.Location) (scheduleLine, error) {
	l := scheduleLine{Schedule: h.Schedule}
	if len(h.Dates) > 0 {
		l.LastDate = &h.Dates[0]
	}
	var err error
	if h.Enabled {
		l.NextDue, err = h.NextDue(now(), zone)
	}
	return l, err
}

func (p *program) scheduleTable(lines []scheduleLine, zone *time.Location) error {
	out := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(out, "NAME\tAT\tNEXT DUE\tLAST DATE")
	for _, l := range lines {
		next, last := "disabled", "none yet"
		if l.Enabled {
			next = l.NextDue.In(zone).Format("2006-01-02 15:04 MST")
		}
		if d := l.LastDate; d != nil && d.State == reconcile.DateMissed {
			last = d.Date.String() + " missed"
		} else if d != nil {
			last = fmt.Sprintf("%s run %d %s", d.Date, d.Run, d.RunState)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", l.Name, l.At, next, last)
	}
	return out.Flush()
}

func (p *program) scheduleSet(ctx context.Context, c *cli.Command) error {
	if c.Args().Len() != 2 {
		return errors.New("schedule set: want NAME HH:MM")
	}
	return p.onStore(ctx, c, func(s *store) error {
		saved, err := s.Schedule(ctx, c.Args().First())
		if errors.Is(err, reconcile.ErrNotFound) {
			saved, err = reconcile.Schedule{Name: c.Args().First(), Enabled: true}, nil
		}
		if err != nil {
			return err
		}
		saved.At = c.Args().Get(1)
		return p.saveSchedule(ctx, s, saved)
	})
}

// scheduleSwitch returns the action that enables or disables a schedule.
func (p *program) scheduleSwitch(on bool) cli.ActionFunc {
	return func(ctx context.Context, c *cli.Command) error {
		if c.Args().Len() != 1 {
			return fmt.Errorf("schedule %s: want NAME", c.Name)
		}
		return p.onStore(ctx, c, func(s *store) error {
			saved, err := s.Schedule(ctx, c.Args().First())
			if err != nil {
				return noSchedule(c, err)
			}
			saved.Enabled = on
			return p.saveSchedule(ctx, s, saved)
		})
	}
}

func (p *program) scheduleDelete(ctx context.Context, c *cli.Command) error {
	if c.Args().Len() != 1 {
		return errors.New("schedule delete: want NAME")
	}
	return p.onStore(ctx, c, func(s *store) error {
		if err := s.DeleteSchedule(ctx, c.Args().First()); err != nil {
			return noSchedule(c, err)
		}
		fmt.Fprintf(p.stdout, "schedule %s deleted\n", c.Args().First())
		return nil
	})
}

// noSchedule says where to look when there is no schedule of that name.
func noSchedule(c *cli.Command, err error) error {
	if errors.Is(err, reconcile.ErrNotFound) {
		return fmt.Errorf("schedule %s: no schedule %q; tieout schedule list lists them", c.Name, c.Args().First())
	}
	return err
}

func (p *program) saveSchedule(ctx context.Context, s *store, want reconcile.Schedule) error {
	saved, err := s.SaveSchedule(ctx, want, now())
	if err != nil {
		return err
	}
	state := "disabled"
	if saved.Enabled {
		state = "enabled"
	}
	fmt.Fprintf(p.stdout, "schedule %s at %s, %s\n", saved.Name, saved.At, state)
	return nil
}
