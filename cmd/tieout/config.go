package main

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/connectors/hubspot"
	"github.com/tieout/tieout/connectors/quickbooks"
	"github.com/tieout/tieout/reconcile"
)

// A config is the configuration of one call: flags over environment over a file.
type config struct {
	DB         string
	Workspace  reconcile.WorkspaceID
	HubSpot    hubspot.Config
	QuickBooks quickbooks.Config
	// SignIn says by which app, and where, each system is signed in to.
	SignIn map[reconcile.System]*signInConfig
	// PublicURL is by which vendors reach serve; Verifiers prove Intuit's events.
	PublicURL  string
	Verifiers  []connectors.Secret
	KeyFile    string
	Budget     int // QuickBooks reads a month; 0: not limited
	ReportsDir string
	Verbose    bool
	// Sync are settings given by environment or file; they are saved before
	// anything else is done.
	Sync map[string]string
}

// A configKey is one line of the configuration.
type configKey struct {
	key, usage, def string
	set             func(*config, string) error
}

func text(field func(*config) *string) func(*config, string) error {
	return func(c *config, v string) error { *field(c) = v; return nil }
}

var configKeys = []configKey{
	{"db", "where the data is kept: sqlite:PATH or postgres://…", "sqlite:tieout.db", text(func(c *config) *string { return &c.DB })},
	{"workspace", "the workspace to work on", string(reconcile.DefaultWorkspace), func(c *config, v string) error { c.Workspace = reconcile.WorkspaceID(v); return nil }},
	{"hubspot_url", "base URL of HubSpot's API", hubspot.DefaultBaseURL, text(func(c *config) *string { return &c.HubSpot.BaseURL })},
	{"hubspot_api", "version of HubSpot's API: 2026-03, 2026-09 or v3", hubspot.DefaultAPI, text(func(c *config) *string { return &c.HubSpot.API })},
	{"hubspot_token", "HubSpot service key or private-app token (better by environment or file than by flag)", "", func(c *config, v string) error { c.HubSpot.Token = connectors.Secret(v); return nil }},
	{"hubspot_client_id", "client id of the HubSpot app that tieout connect signs in with", "", signInText(reconcile.HubSpot, func(c *signInConfig) *string { return &c.ID })},
	{"hubspot_client_secret", "its client secret, which also proves HubSpot's events (better by environment or file than by flag)", "", signInSecret(reconcile.HubSpot)},
	{"hubspot_auth_url", "where HubSpot asks for the consent; empty: HubSpot's own, or the simulator's", "", signInText(reconcile.HubSpot, func(c *signInConfig) *string { return &c.AuthURL })},
	{"hubspot_rate", "HubSpot requests a second; 0: the vendor's limit, but none for an address on this machine", "0", rateOf(func(c *config) *float64 { return &c.HubSpot.Transport.Rate })},
	{"quickbooks_url", "base URL of QuickBooks' API", quickbooks.DefaultBaseURL, text(func(c *config) *string { return &c.QuickBooks.BaseURL })},
	{"quickbooks_token", "QuickBooks access token (better by environment or file than by flag)", "", func(c *config, v string) error { c.QuickBooks.Token = connectors.Secret(v); return nil }},
	{"quickbooks_realm", "realm id of the QuickBooks company", "", text(func(c *config) *string { return &c.QuickBooks.Realm })},
	{"quickbooks_client_id", "client id of the Intuit app that tieout connect signs in with", "", signInText(reconcile.QuickBooks, func(c *signInConfig) *string { return &c.ID })},
	{"quickbooks_client_secret", "its client secret (better by environment or file than by flag)", "", signInSecret(reconcile.QuickBooks)},
	{"quickbooks_auth_url", "where all of Intuit's sign-in is; empty: Intuit's own hosts, or the simulator's", "", signInText(reconcile.QuickBooks, func(c *signInConfig) *string { return &c.AuthURL })},
	{"quickbooks_rate", "QuickBooks requests a second; 0: the vendor's limit, but none for an address on this machine", "0", rateOf(func(c *config) *float64 { return &c.QuickBooks.Transport.Rate })},
	{"quickbooks_budget", "QuickBooks reads a month, after which nothing is read until the month is over (UTC); 0: no limit", "500000", budgetOf},
	{"quickbooks_webhook_verifier", "verifier token of the Intuit app's webhooks, or the new and the former one joined by a comma (better by environment or file than by flag)", "", verifiers},
	{"public_url", "https address by which vendors reach serve to post events, such as https://tieout.example.com", "", publicURL},
	{"key_file", "file of the keys that seal stored sign-ins; empty: the SQLite file's name with .key, or tieout.key", "", text(func(c *config) *string { return &c.KeyFile })},
	{"reports_dir", "where workbooks are kept for download", "reports", text(func(c *config) *string { return &c.ReportsDir })},
	{"verbose", "log what happens, a line a step", "false", func(c *config, v string) (err error) { c.Verbose, err = strconv.ParseBool(v); return err }},
}

func rateOf(field func(*config) *float64) func(*config, string) error {
	return func(c *config, v string) error {
		rate, err := strconv.ParseFloat(v, 64)
		if err != nil || rate < 0 || rate > 1000 {
			return errors.New("want a number from 0 to 1000")
		}
		*field(c) = rate
		return nil
	}
}

func budgetOf(c *config, v string) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return errors.New("want how many, or 0 for no limit")
	}
	c.Budget = n
	return nil
}

func flagName(key string) string { return strings.ReplaceAll(key, "_", "-") }

func envName(key string) string { return "TIEOUT_" + strings.ToUpper(key) }

// syncPrefix starts the environment form of the settings.
const syncPrefix = "sync_"

func configFlags() []cli.Flag {
	flags := []cli.Flag{&cli.StringFlag{Name: "config", Usage: "configuration file (YAML); TIEOUT_CONFIG, else tieout.yaml where there is one"}}
	for _, k := range configKeys {
		usage := fmt.Sprintf("%s (%s)", k.usage, envName(k.key))
		if k.key == "verbose" {
			flags = append(flags, &cli.BoolFlag{Name: flagName(k.key), Usage: usage})
			continue
		}
		flags = append(flags, &cli.StringFlag{Name: flagName(k.key), Usage: usage, DefaultText: k.def})
	}
	return flags
}

// config reads the configuration. All faults are told at once.
func (p *program) config(c *cli.Command) (*config, error) {
	values, faults := p.fileValues(c)
	for _, k := range configKeys {
		if v := p.env[envName(k.key)]; v != "" {
			values[k.key] = v
		}
		if name := flagName(k.key); c.IsSet(name) {
			values[k.key] = fmt.Sprint(c.Value(name))
		}
	}
	cfg := &config{Sync: map[string]string{}, SignIn: map[reconcile.System]*signInConfig{reconcile.HubSpot: {}, reconcile.QuickBooks: {}}}
	for _, key := range reconcile.SettingKeys() {
		key := string(key)
		if v, ok := values[syncPrefix+key]; ok {
			cfg.Sync[key] = v
			delete(values, syncPrefix+key)
		}
		if v := p.env[envName(syncPrefix+key)]; v != "" {
			cfg.Sync[key] = v
		}
	}
	for _, k := range configKeys {
		v, given := values[k.key]
		delete(values, k.key)
		if !given {
			v = k.def
		}
		if err := k.set(cfg, v); err != nil {
			faults = append(faults, fmt.Errorf("%s = %q: %w", k.key, v, err))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		faults = append(faults, fmt.Errorf("%s: no such key in the configuration file", key))
	}
	if _, err := reconcile.DefaultSettings().Set(cfg.Sync); err != nil {
		faults = append(faults, err)
	}
	p.warnUnknown()
	unpaceLocal(&cfg.HubSpot.Transport, cfg.HubSpot.BaseURL)
	unpaceLocal(&cfg.QuickBooks.Transport, cfg.QuickBooks.BaseURL)
	if len(faults) > 0 {
		return nil, fmt.Errorf("configuration:\n%w", errors.Join(faults...))
	}
	return cfg, nil
}

// warnUnknown tells of variables that look like ours and are none, such as
// misspelled ones.
func (p *program) warnUnknown() {
	known := map[string]bool{"TIEOUT_CONFIG": true}
	for _, k := range configKeys {
		known[envName(k.key)] = true
	}
	for _, key := range reconcile.SettingKeys() {
		known[envName(syncPrefix+string(key))] = true
	}
	for _, name := range slices.Sorted(maps.Keys(p.env)) {
		if strings.HasPrefix(name, "TIEOUT_") && !known[name] {
			fmt.Fprintf(p.stderr, "tieout: %s means nothing here and is ignored\n", name)
		}
	}
}

// unpaceLocal lifts the vendor's rate limit for a simulator on this machine.
func unpaceLocal(o *connectors.Options, base string) {
	if o.Rate != 0 {
		return
	}
	if local(base) {
		o.Rate = connectors.Unpaced
	}
}

// local reports whether an address is on this machine. One that cannot be read is
// not: the connector tells it.
func local(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
}

// fileValues reads the configuration file, flat: sync.direction is sync_direction.
func (p *program) fileValues(c *cli.Command) (map[string]string, []error) {
	path, named := c.String("config"), true
	if path == "" {
		path = p.env["TIEOUT_CONFIG"]
	}
	if path == "" {
		path, named = "tieout.yaml", false
	}
	values := map[string]string{}
	if _, err := os.Stat(path); err != nil {
		if !named && errors.Is(err, os.ErrNotExist) {
			return values, nil
		}
		return values, []error{fmt.Errorf("configuration file: %w", err)}
	}
	k := koanf.New(".")
	if err := k.Load(file.Provider(path), yaml.Parser()); err != nil {
		return values, []error{fmt.Errorf("configuration file %s: %w", path, err)}
	}
	for key, v := range k.All() {
		values[strings.ReplaceAll(key, ".", "_")] = fileText(v)
	}
	return values, nil
}

func fileText(v any) string {
	if list, ok := v.([]any); ok {
		words := make([]string, len(list))
		for n, w := range list {
			words[n] = fmt.Sprint(w)
		}
		return strings.Join(words, ",")
	}
	return fmt.Sprint(v)
}
