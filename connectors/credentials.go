package connectors

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// A CredentialStore keeps the sealed credentials of one workspace and the right to
// refresh them, which one holder has at a time.
type CredentialStore interface {
	// Credential returns what is stored; reconcile.ErrNotFound when the system was
	// never connected.
	Credential(ctx context.Context, s reconcile.System) (reconcile.Credential, error)
	// BeginRefresh takes the right to refresh the credential, if it is still of
	// this generation, and notes in the same commit that a refresh was started. It
	// returns the credential as it stood before. reconcile.ErrMoved: it is of
	// another generation. ErrLeased: another holder has the right.
	// ErrNotConnected: there is nothing to refresh. A holder that has the right gets
	// it for longer.
	BeginRefresh(ctx context.Context, s reconcile.System, holder string, generation int, lasting time.Duration) (reconcile.Credential, reconcile.Lease, error)
	// EndRefresh gives the right back without a new pair. settled says that the
	// vendor has certainly given none out.
	EndRefresh(ctx context.Context, l reconcile.Lease, settled bool) error
	// SaveRefreshed stores the pair that was given out for c.Generation of c.Grant,
	// keeps the one before as the previous, and gives the right back, in one commit;
	// a pair that comes too late is kept as the previous one. It returns what is
	// stored then. reconcile.ErrMoved: the consent is over. ErrKeyRetired: the pair
	// has to be sealed anew. Saving the same sealed pair twice is saving it once.
	SaveRefreshed(ctx context.Context, l reconcile.Lease, c reconcile.Credential) (reconcile.Credential, error)
	// FlagReconnect writes down that the vendor accepts none of the tokens;
	// reconcile.ErrMoved when generation or right have gone on meanwhile.
	FlagReconnect(ctx context.Context, l reconcile.Lease, generation int, problem string) error
}

// A Sealer seals what a store shall not be able to read.
type Sealer interface {
	Seal(plain []byte, b reconcile.Binding) (reconcile.Sealed, error)
	Open(s reconcile.Sealed, b reconcile.Binding) ([]byte, error)
}

// A Spill keeps credentials that the store did not take, outside of it.
type Spill interface {
	Save(ws reconcile.WorkspaceID, c reconcile.Credential) error
	Load(ws reconcile.WorkspaceID, s reconcile.System) (c reconcile.Credential, found bool, err error)
	Remove(ws reconcile.WorkspaceID, s reconcile.System) error
}

// A pair is what is sealed: plain strings, for a Secret does not marshal.
type pair struct {
	Access  string `json:"access"`
	Refresh string `json:"refresh"`
}

func sealPair(s Sealer, ws reconcile.WorkspaceID, system reconcile.System, g granted) (reconcile.Sealed, error) {
	plain, err := json.Marshal(pair{g.access.Reveal(), g.refresh.Reveal()})
	if err != nil {
		return reconcile.Sealed{}, fmt.Errorf("seal tokens: %w", err)
	}
	return s.Seal(plain, reconcile.Binding{Workspace: ws, System: system, Purpose: reconcile.PurposeTokens})
}

func openPair(s Sealer, ws reconcile.WorkspaceID, system reconcile.System, sealed reconcile.Sealed) (access, refresh Secret, err error) {
	plain, err := s.Open(sealed, reconcile.Binding{Workspace: ws, System: system, Purpose: reconcile.PurposeTokens})
	if err != nil {
		return "", "", err
	}
	var p pair
	if err := json.Unmarshal(plain, &p); err != nil {
		return "", "", fmt.Errorf("sealed tokens of %s: they cannot be read", system.Title()) // the cause would quote them
	}
	return Secret(p.Access), Secret(p.Refresh), nil
}

// credentialOf is the credential that a vendor's answer makes of the one before.
func credentialOf(before reconcile.Credential, g granted, sealed reconcile.Sealed, now time.Time) reconcile.Credential {
	c := before
	c.Current, c.LastRefresh = sealed, now.Round(0)
	c.AccessExpires = c.LastRefresh.Add(g.accessIn)
	if g.refreshIn > 0 {
		c.RefreshExpires = c.LastRefresh.Add(g.refreshIn)
	}
	if g.hardIn > 0 {
		c.HardExpires = c.LastRefresh.Add(g.hardIn)
	}
	return c
}
