package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/connectors/hubspot/hubspotsim"
	"github.com/tieout/tieout/connectors/quickbooks/quickbookssim"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/signin"
)

func (p *program) sandboxCommand() *cli.Command {
	return &cli.Command{
		Name:  "sandbox",
		Usage: "serve simulators of both vendors, or make a dataset for them",
		Description: "tieout sandbox -data DIR [-hubspot ADDR] [-quickbooks ADDR] [-open] [-consent] [-quota] [-latency D] [-webhooks URL] [-switch NAME[=VALUE]]   serves a dataset\n" +
			"tieout sandbox -generate N -o DIR [-seed S] [-defects RATE]                     makes one, with truth.json",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "data", Usage: "dataset `DIR` to serve"},
			&cli.StringFlag{Name: "hubspot", Usage: "`ADDR` of the HubSpot simulator", Value: "127.0.0.1:9101"},
			&cli.StringFlag{Name: "quickbooks", Usage: "`ADDR` of the QuickBooks simulator", Value: "127.0.0.1:9102"},
			&cli.BoolFlag{Name: "open", Usage: "accept any bearer and any realm"},
			&cli.BoolFlag{Name: "consent", Usage: "give the consent to a sign-in at once, without a page: for scripts"},
			&cli.BoolFlag{Name: "quota", Usage: "answer 429 beyond the vendors' quotas: 190 in 10 s, and 500 a minute and 10 a second"},
			&cli.DurationFlag{Name: "latency", Usage: "let every answer take at least `D`, such as 200ms"},
			&cli.StringFlag{Name: "webhooks", Usage: "post what changes to the Tieout server at `URL` every second, such as http://127.0.0.1:8080"},
			&cli.StringSliceFlag{Name: "switch", Usage: "set a switch of docs/simulators.md, `NAME[=VALUE]`, such as hubspot.Writing.Void; repeatable"},
			&cli.IntFlag{Name: "generate", Usage: "make a world of `N` invoices on each side"},
			&cli.Uint64Flag{Name: "seed", Usage: "the world's seed", Value: 1},
			&cli.FloatFlag{Name: "defects", Usage: "share of invoices with a planted cause; every kind is planted at least once, as far as a fifth of the invoices goes, so that a small world has more than the share; 0: none", Value: 0.014},
			&cli.FloatFlag{Name: "lines", Usage: "average number of lines", Value: 3},
			&cli.StringFlag{Name: "causes", Usage: "plant only these causes, joined by commas"},
			&cli.StringFlag{Name: "direction", Usage: "hubspot_to_quickbooks or quickbooks_to_hubspot", Value: sandbox.HubSpotToQuickBooks},
			&cli.StringFlag{Name: "o", Usage: "`DIR` to write the dataset to"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArgs(c); err != nil {
				return err
			}
			switch serve, generate := c.String("data") != "", c.IsSet("generate"); {
			case serve == generate:
				return errors.New("sandbox: want either -data DIR or -generate N -o DIR")
			case generate:
				return p.generate(c)
			}
			return p.sandbox(ctx, c)
		},
	}
}

func (p *program) generate(c *cli.Command) error {
	dir := c.String("o")
	if dir == "" {
		return errors.New("sandbox: -generate needs -o DIR")
	}
	o := sandbox.Options{Invoices: c.Int("generate"), Seed: c.Uint64("seed"), Defects: c.Float("defects"), Lines: c.Float("lines"), Direction: c.String("direction")}
	if o.Defects == 0 {
		o.Defects = sandbox.NoDefects
	}
	if v := c.String("causes"); v != "" {
		o.Causes = strings.Split(v, ",")
	}
	truth, err := sandbox.Generate(dir, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s: %d planted causes, %d expected findings (truth.json), which hold under\n", dir, len(truth.Causes), len(truth.Findings))
	for _, line := range exports(truth) {
		fmt.Fprintln(p.stdout, line)
	}
	return nil
}

// exports are the shell lines that set what a truth was made for, as far as it is
// not the default.
func exports(truth *sandbox.Truth) []string {
	lines := []string{"export TIEOUT_SYNC_DIRECTION=" + truth.Direction}
	defaults := reconcile.DefaultSettings()
	for _, key := range reconcile.SettingKeys() {
		v, ok := truth.Settings[string(key)]
		if def, err := defaults.Get(key); err == nil && ok && v != def {
			lines = append(lines, "export "+envName(syncPrefix+string(key))+"="+v)
		}
	}
	return lines
}

// The quotas of a private app in a Professional or Enterprise portal, and of a
// company.
const (
	sandboxHubSpotQuota = 190 // in 10 s
	sandboxPerMinute    = 500
	sandboxPerSecond    = 10
)

// simulators loads a dataset into both simulators.
func simulators(dir string, open, quota bool) (hs, qb http.Handler, err error) {
	return behaving(dir, behaviour{open: open, quota: quota})
}

// A behaviour is how the simulators answer.
type behaviour struct {
	open, quota bool
	consent     signin.Consent
	latency     time.Duration
	webhooks    string // the server that events are posted to
	switches    []string
}

// behaving loads a dataset into simulators of a behaviour.
func behaving(dir string, b behaviour) (hs, qb http.Handler, err error) {
	ds, err := sandbox.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	app := signin.Options{ClientID: sandboxToken, ClientSecret: sandboxToken, Consent: b.consent}
	portalOptions := hubspotsim.Options{Open: b.open, Token: sandboxToken, Latency: b.latency, OAuth: &hubspotsim.OAuth{Options: app}}
	companyOptions := quickbookssim.Options{Open: b.open, Token: sandboxToken, Realm: sandboxRealm, Latency: b.latency, OAuth: &quickbookssim.OAuth{Options: app}}
	if b.quota {
		portalOptions.Quota = sandboxHubSpotQuota
		companyOptions.PerMinute, companyOptions.PerSecond = sandboxPerMinute, sandboxPerSecond
	}
	notify(b.webhooks, &portalOptions, &companyOptions)
	if err := turn(b.switches, &portalOptions, &companyOptions); err != nil {
		return nil, nil, err
	}
	portal, err := hubspotsim.New(ds, portalOptions)
	if err != nil {
		return nil, nil, err
	}
	company, err := quickbookssim.New(ds, companyOptions)
	if err != nil {
		return nil, nil, err
	}
	return portal, company, nil
}

// What the simulators accept when they are not open; the token is also the client id
// and secret of the app that signs in.
const (
	sandboxToken = "sandbox"
	sandboxRealm = "9130350000000000"
)

func (p *program) sandbox(ctx context.Context, c *cli.Command) error {
	b := behaviour{open: c.Bool("open"), quota: c.Bool("quota"), latency: c.Duration("latency"), webhooks: c.String("webhooks"), switches: c.StringSlice("switch")}
	if err := hooksAddress(b.webhooks); err != nil {
		return err
	}
	if c.Bool("consent") {
		b.consent = signin.ConsentAuto
	}
	hs, qb, err := behaving(c.String("data"), b)
	if err != nil {
		return err
	}
	hsAddr, err := serve(ctx, c.String("hubspot"), hs)
	if err != nil {
		return fmt.Errorf("HubSpot simulator: %w", err)
	}
	qbAddr, err := serve(ctx, c.String("quickbooks"), qb)
	if err != nil {
		return fmt.Errorf("QuickBooks simulator: %w", err)
	}
	token, realm := "any", "any"
	if !c.Bool("open") {
		token, realm = sandboxToken, sandboxRealm
	}
	fmt.Fprintf(p.stdout, "HubSpot     http://%s   bearer: %s\n", hsAddr, token)
	fmt.Fprintf(p.stdout, "QuickBooks  http://%s   bearer: %s, realm: %s\n", qbAddr, token, realm)
	fmt.Fprintf(p.stdout, "sign-in     client id and secret: %s\n", sandboxToken)
	if b.webhooks != "" {
		fmt.Fprintln(p.stdout, hooksHint(b.webhooks))
		go p.post(ctx, hs, qb)
	}
	fmt.Fprintln(p.stdout, "control     /_sandbox/ of both: faults, writes, requests (docs/simulators.md)")
	fmt.Fprintln(p.stdout, "serving until interrupted")
	<-ctx.Done()
	return nil
}

// serve serves a handler until ctx ends, and returns the address in use.
func serve(ctx context.Context, addr string, h http.Handler) (net.Addr, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	go func() { _ = server.Serve(l) }() // ends with Shutdown below
	context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(end) // what is still open then is cut off
	})
	return l.Addr(), nil
}
