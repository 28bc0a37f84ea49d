package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/reconcile"
)

func (p *program) disconnectCommand() *cli.Command {
	return &cli.Command{
		Name:      "disconnect",
		Usage:     "revoke a sign-in at the vendor and forget its tokens; history is kept",
		ArgsUsage: "hubspot|quickbooks",
		Action: func(ctx context.Context, c *cli.Command) error {
			system, err := systemArg("disconnect", c.Args().Slice())
			if err != nil {
				return err
			}
			cfg, err := p.config(c)
			if err != nil {
				return err
			}
			return p.withStore(ctx, c, func(s *store) error { return p.disconnect(ctx, cfg, s, system) })
		},
	}
}

func (p *program) disconnect(ctx context.Context, cfg *config, s *store, system reconcile.System) error {
	unrevoked, err := s.disconnect(ctx, cfg, system)
	if errors.Is(err, reconcile.ErrNotFound) {
		return fmt.Errorf("disconnect: %s was never connected", system.Title())
	}
	if err != nil {
		return err
	}
	if unrevoked != nil {
		fmt.Fprintf(p.stderr, "tieout: the sign-in could not be revoked at %s (%v): remove the app there; its tokens are forgotten here\n", system.Title(), unrevoked)
	}
	fmt.Fprintf(p.stdout, "disconnected: %s\n", system.Title())
	return nil
}

// disconnect ends a sign-in and forgets its tokens wherever they are kept; unrevoked says
// why the vendor did not hear of it.
func (s *store) disconnect(ctx context.Context, cfg *config, system reconcile.System) (unrevoked, err error) {
	sealer, sealErr := s.vault(ctx, cfg)
	if sealErr != nil { // the tokens cannot be opened: they are forgotten all the same
		return cfg.signIn(noKeys{sealErr}, s.Repo).Disconnect(ctx, system)
	}
	unrevoked, err = cfg.signIn(sealer, s.Repo).Disconnect(ctx, system)
	if err != nil {
		return nil, err
	}
	return unrevoked, sealer.Spill().Remove(cfg.Workspace, system)
}

// noKeys is a sealer without its keys.
type noKeys struct{ why error }

func (n noKeys) Seal([]byte, reconcile.Binding) (reconcile.Sealed, error) {
	return reconcile.Sealed{}, n.why
}

func (n noKeys) Open(reconcile.Sealed, reconcile.Binding) ([]byte, error) { return nil, n.why }
