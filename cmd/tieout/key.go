package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/tieout/tieout/connectors/vault"
	"github.com/tieout/tieout/reconcile"
)

func (p *program) keyCommand() *cli.Command {
	return &cli.Command{
		Name:  "key",
		Usage: "the keys that seal stored sign-ins",
		Commands: []*cli.Command{{
			Name:        "rotate",
			Usage:       "seal everything with a new key, and drop the old ones",
			Description: "It may be given while others work on the store, and again when it was interrupted.",
			Action: func(ctx context.Context, c *cli.Command) error {
				if err := noArgs(c); err != nil {
					return err
				}
				cfg, err := p.config(c)
				if err != nil {
					return err
				}
				return p.withStore(ctx, c, func(s *store) error { return p.rotateKey(ctx, cfg, s) })
			},
		}},
	}
}

func (p *program) rotateKey(ctx context.Context, cfg *config, s *store) error {
	keys, err := s.vault(ctx, cfg)
	if err != nil {
		return err
	}
	values, dropped, err := rotate(ctx, s, keys)
	if err != nil {
		return fmt.Errorf("rotate key: %w", err)
	}
	fmt.Fprintf(p.stdout, "%d values sealed anew; dropped: %s\n", values, orNone(dropped))
	return nil
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// rotate adds a key, seals everything with it, and drops the keys that nothing is
// sealed with any more. Interrupted anywhere it leaves a keyset that opens everything.
func rotate(ctx context.Context, s *store, keys *vault.Vault) (values int, dropped []string, err error) {
	values, err = s.db.Reseal(ctx, keys.AddKey, func(sealed reconcile.Sealed, b reconcile.Binding) (reconcile.Sealed, error) {
		plain, err := keys.Open(sealed, b)
		if err != nil {
			return reconcile.Sealed{}, err
		}
		return keys.Seal(plain, b)
	})
	if err != nil {
		return 0, nil, err
	}
	err = s.db.WithKeysInUse(ctx, func(inUse []string) error {
		spilled, err := keys.Spill().Keys()
		if err != nil {
			return errors.Join(err, errors.New("no key is dropped before that is settled"))
		}
		dropped, err = keys.DropKeys(append(inUse, spilled...))
		return err
	})
	return values, dropped, err
}
