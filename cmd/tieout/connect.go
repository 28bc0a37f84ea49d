package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/server"
)

func (p *program) connectCommand() *cli.Command {
	return &cli.Command{
		Name:      "connect",
		Usage:     "sign in to a system in the browser, and store the sign-in",
		ArgsUsage: "hubspot|quickbooks",
		Description: "It prints the address to give the consent at, and waits for the answer. The app that\n" +
			"TIEOUT_HUBSPOT_CLIENT_ID or TIEOUT_QUICKBOOKS_CLIENT_ID names has to have the redirect address\n" +
			"http://localhost:8766/oauth/callback (or the one that -listen makes).",
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "listen", Usage: "`ADDR` that the browser comes back to; this machine's own only", Value: "localhost:8766"},
		},
		Action: func(ctx context.Context, c *cli.Command) error {
			system, err := systemArg("connect", c.Args().Slice())
			if err != nil {
				return err
			}
			cfg, err := p.config(c)
			if err != nil {
				return err
			}
			if err := cfg.app(system).Check(); err != nil {
				return err
			}
			l, err := server.Listen(ctx, c.String("listen"))
			if err != nil {
				return err
			}
			s, err := p.open(ctx, cfg)
			if err != nil {
				return errors.Join(err, l.Close())
			}
			return errors.Join(p.connect(ctx, cfg, s, system, l, callbackAddress(c.String("listen"), l)), s.Close())
		},
	}
}

// callbackAddress is the redirect address of a listener, with the host as it was
// named: vendors compare it by letter.
func callbackAddress(listen string, l net.Listener) string {
	host, _, err := net.SplitHostPort(listen)
	at, ok := l.Addr().(*net.TCPAddr)
	if err != nil || !ok {
		return "http://" + l.Addr().String() + server.CallbackPath
	}
	return fmt.Sprintf("http://%s%s", net.JoinHostPort(host, fmt.Sprint(at.Port)), server.CallbackPath)
}

// connect carries one sign-in out on a listener, which it closes.
func (p *program) connect(ctx context.Context, cfg *config, s *store, system reconcile.System, l net.Listener, redirect string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, connectors.AuthorizationLife, fmt.Errorf("nobody gave the consent within %s", connectors.AuthorizationLife))
	defer cancel()
	sealer, err := s.vault(ctx, cfg)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	in := cfg.signIn(sealer, s.Repo)
	address, state, err := in.Begin(ctx, actor(), system, redirect)
	if err != nil {
		return errors.Join(err, l.Close())
	}
	fmt.Fprintf(p.stdout, "Give the consent here:\n\n  %s\n\n", address)
	if f, ok := p.stdout.(*os.File); ok && isTerminal(f) {
		openBrowser(ctx, address)
	}
	conn, err := p.await(ctx, in, state, l)
	if err != nil {
		return fmt.Errorf("connect %s: %w", system, err)
	}
	fmt.Fprintf(p.stdout, "connected: %s\n", told(conn))
	return nil
}

// await serves the callback until it came with the right state.
func (p *program) await(ctx context.Context, in *connectors.SignIn, state string, l net.Listener) (reconcile.Connection, error) {
	type result struct {
		conn reconcile.Connection
		err  error
	}
	ended := make(chan result, 1)
	finish := func(ctx context.Context, back url.Values) (reconcile.Connection, error) {
		if subtle.ConstantTimeCompare([]byte(back.Get("state")), []byte(state)) == 0 {
			return reconcile.Connection{}, fmt.Errorf("%w: the answer does not belong to this sign-in", connectors.ErrRefusedSignIn)
		}
		conn, err := in.Finish(ctx, back)
		select {
		case ended <- result{conn, err}:
		default: // only the first counts
		}
		return conn, err
	}
	web := &http.Server{Handler: server.Callback(finish), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = web.Serve(l) }() // ends with Shutdown below
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = web.Shutdown(end) // the page has been sent, or nobody waits for it
	}()
	select {
	case <-ctx.Done():
		return reconcile.Connection{}, context.Cause(ctx)
	case r := <-ended:
		return r.conn, r.err
	}
}

// openBrowser opens an address. Where it cannot, the printed one has to do.
func openBrowser(ctx context.Context, address string) {
	command := map[string][]string{"darwin": {"open"}, "windows": {"rundll32", "url.dll,FileProtocolHandler"}}[runtime.GOOS]
	if command == nil {
		command = []string{"xdg-open"}
	}
	command = append(command, address)
	if path, err := exec.LookPath(command[0]); err == nil {
		browser := exec.CommandContext(context.WithoutCancel(ctx), path, command[1:]...) //nolint:gosec // the address is the vendor's, made here
		if browser.Start() == nil {
			go func() { _ = browser.Wait() }() // what becomes of it is seen by the person
		}
	}
}
