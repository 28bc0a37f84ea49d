package vault

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tieout/tieout/reconcile"
)

var bound = reconcile.Binding{Workspace: "default", System: reconcile.HubSpot, Purpose: reconcile.PurposeTokens}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newVault(t *testing.T) *Vault {
	t.Helper()
	v, err := Open(filepath.Join(t.TempDir(), "a.key"), false)
	check(t, err)
	return v
}

func TestSealedOpensOnlyWhereItBelongs(t *testing.T) {
	v := newVault(t)
	sealed, err := v.Seal([]byte("secret"), bound)
	check(t, err)
	if plain, err := v.Open(sealed, bound); err != nil || string(plain) != "secret" {
		t.Errorf("opened %q, %v", plain, err)
	}
	if bytes.Contains(sealed.Body, []byte("secret")) || sealed.Key == "" {
		t.Errorf("sealed %+v", sealed)
	}
	for _, other := range []reconcile.Binding{
		{Workspace: "defaul", System: "thubspot", Purpose: bound.Purpose}, // the same letters
		{Workspace: "other", System: bound.System, Purpose: bound.Purpose},
		{Workspace: bound.Workspace, System: reconcile.QuickBooks, Purpose: bound.Purpose},
		{Workspace: bound.Workspace, System: bound.System, Purpose: reconcile.PurposeVerifier},
	} {
		if _, err := v.Open(sealed, other); err == nil || !strings.Contains(err.Error(), sealed.Key) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	for n := range sealed.Body {
		changed := reconcile.Sealed{Key: sealed.Key, Body: bytes.Clone(sealed.Body)}
		changed.Body[n] ^= 1
		if _, err := v.Open(changed, bound); err == nil {
			t.Errorf("byte %d changed, and it opens", n)
		}
	}
}

// F-113: a file that is missing, that others may read, that is broken, or that has
// other keys.
func TestKeyFileIsRefused(t *testing.T) {
	v := newVault(t)
	sealed, err := v.Seal([]byte("secret"), bound)
	check(t, err)
	if info, err := os.Stat(v.path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	t.Run("another keyset", func(t *testing.T) {
		other := newVault(t)
		if _, err := other.Open(sealed, bound); err == nil || !strings.Contains(err.Error(), "does not have key "+sealed.Key) || !strings.Contains(err.Error(), other.path) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("missing", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "b.key")
		if _, err := Open(path, true); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "TIEOUT_KEY_FILE") {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("a new one was made, which opens nothing")
		}
	})
	t.Run("readable by others", func(t *testing.T) {
		check(t, os.Chmod(v.path, 0o640))
		t.Cleanup(func() { check(t, os.Chmod(v.path, 0o600)) })
		if _, err := Open(v.path, true); err == nil || !strings.Contains(err.Error(), "chmod 600 "+v.path) {
			t.Errorf("at the start: %v", err)
		}
		if _, err := v.Seal([]byte("x"), bound); err == nil {
			t.Error("while running: it seals")
		}
	})
	t.Run("broken", func(t *testing.T) {
		raw, err := os.ReadFile(v.path)
		check(t, err)
		path := filepath.Join(t.TempDir(), "c.key")
		for _, content := range [][]byte{nil, raw[:len(raw)/2], []byte("{}"), []byte("no JSON")} {
			check(t, os.WriteFile(path, content, 0o600))
			if _, err := Open(path, true); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("%d bytes: %v", len(content), err)
			}
		}
	})
	t.Run("gone", func(t *testing.T) {
		check(t, os.Remove(v.path))
		if _, err := v.Seal([]byte("x"), bound); err == nil || !strings.Contains(err.Error(), v.path) {
			t.Errorf("got %v", err)
		}
	})
}

// Processes that start at the same time have one keyset.
func TestKeysetIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.key")
	vaults := make([]*Vault, 8)
	var starting sync.WaitGroup
	for n := range vaults {
		starting.Go(func() { vaults[n], _ = Open(path, false) })
	}
	starting.Wait()
	sealed, err := vaults[0].Seal([]byte("secret"), bound)
	check(t, err)
	for n, v := range vaults {
		if _, err := v.Open(sealed, bound); err != nil {
			t.Errorf("vault %d: %v", n, err)
		}
	}
	files, err := os.ReadDir(filepath.Dir(path))
	check(t, err)
	if len(files) != 1 {
		t.Errorf("files left over: %v", files)
	}
}

// A rotation that stops anywhere leaves a keyset that opens everything, and another
// process that has the keyset loaded goes on with the new one.
func TestRotation(t *testing.T) {
	v := newVault(t)
	other, err := Open(v.path, true)
	check(t, err)
	first, err := v.Seal([]byte("first"), bound)
	check(t, err)
	retired, err := v.AddKey()
	check(t, err)
	second, err := other.Seal([]byte("second"), bound)
	check(t, err)
	if len(retired) != 1 || retired[0] != first.Key || second.Key == first.Key {
		t.Errorf("retired %v; sealed with %s, then %s", retired, first.Key, second.Key)
	}
	if dropped, err := v.DropKeys([]string{first.Key}); err != nil || len(dropped) != 0 {
		t.Errorf("dropped %v, %v", dropped, err)
	}
	for _, s := range []reconcile.Sealed{first, second} {
		_, err := other.Open(s, bound)
		check(t, err)
	}
	if dropped, err := v.DropKeys(nil); err != nil || len(dropped) != 1 || dropped[0] != first.Key {
		t.Errorf("dropped %v, %v", dropped, err)
	}
	if _, err := other.Open(first, bound); err == nil {
		t.Error("a dropped key still opens")
	}
	_, err = other.Open(second, bound)
	check(t, err)
}

func TestSpill(t *testing.T) {
	v := newVault(t)
	s := v.Spill()
	sealed, err := v.Seal([]byte("secret"), bound)
	check(t, err)
	want := reconcile.Credential{Connection: reconcile.Connection{System: reconcile.HubSpot, Generation: 7, LastRefresh: time.Unix(1, 0).UTC()}, Grant: 2, Current: sealed}
	check(t, s.Save("default", want))
	check(t, os.WriteFile(s.path+"x-hubspot"+unnamed+"1", []byte("{"), 0o600)) // of a process that was killed
	got, found, err := s.Load("default", reconcile.HubSpot)
	if err != nil || !found || got.Generation != 7 || got.Grant != 2 || got.Current.Key != sealed.Key || !bytes.Equal(got.Current.Body, sealed.Body) {
		t.Errorf("loaded %+v, %t, %v", got, found, err)
	}
	if info, err := os.Stat(s.file("default", reconcile.HubSpot)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info, err)
	}
	if keys, err := s.Keys(); err != nil || len(keys) != 1 || keys[0] != sealed.Key {
		t.Errorf("keys %v, %v", keys, err)
	}
	for _, ws := range []reconcile.WorkspaceID{"other", "../default"} {
		if _, found, err := s.Load(ws, reconcile.HubSpot); found || err != nil {
			t.Errorf("workspace %s: %t, %v", ws, found, err)
		}
	}
	check(t, s.Remove("default", reconcile.HubSpot))
	check(t, s.Remove("default", reconcile.HubSpot)) // twice is once
	if _, found, _ := s.Load("default", reconcile.HubSpot); found {
		t.Error("removed, and found")
	}
}
