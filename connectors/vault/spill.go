package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tieout/tieout/reconcile"
)

// A Spill keeps refreshed credentials that the store did not take, sealed, in files
// beside the key file, until the store has them.
type Spill struct {
	path string // what their names begin with
}

// Spill returns the spill of this vault.
func (v *Vault) Spill() Spill { return Spill{v.path + ".spill-"} }

// A spilled credential is the content of a file.
type spilled struct {
	Workspace  reconcile.WorkspaceID `json:"workspace"`
	Credential reconcile.Credential  `json:"credential"`
}

// file is named after a hash of the workspace, whose name may hold anything.
func (s Spill) file(ws reconcile.WorkspaceID, system reconcile.System) string {
	sum := sha256.Sum256([]byte(ws))
	return s.path + hex.EncodeToString(sum[:6]) + "-" + string(system)
}

// Save keeps a credential, on the disk when it returns.
func (s Spill) Save(ws reconcile.WorkspaceID, c reconcile.Credential) error {
	content, err := json.Marshal(spilled{ws, c})
	if err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	path := s.file(ws, c.System)
	temp, err := writeBeside(path, content)
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err == nil {
		err = syncDir(path)
	}
	if err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	return nil
}

// Load returns what is kept; found is false when nothing is.
func (s Spill) Load(ws reconcile.WorkspaceID, system reconcile.System) (c reconcile.Credential, found bool, err error) {
	kept, err := load(s.file(ws, system))
	if errors.Is(err, os.ErrNotExist) {
		return c, false, nil
	}
	if err == nil && (kept.Workspace != ws || kept.Credential.System != system) {
		err = errors.New("it belongs to something else")
	}
	if err != nil {
		return c, false, fmt.Errorf("spill file %s: %w", s.file(ws, system), err)
	}
	return kept.Credential, true, nil
}

func load(path string) (kept spilled, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return kept, err
	}
	return kept, json.Unmarshal(raw, &kept)
}

// Remove forgets what is kept.
func (s Spill) Remove(ws reconcile.WorkspaceID, system reconcile.System) error {
	path := s.file(ws, system)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("spill: %w", err)
	}
	return nil
}

// Keys returns the keys that kept credentials are sealed with.
func (s Spill) Keys() ([]string, error) {
	dir, prefix := filepath.Split(s.path)
	files, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return nil, fmt.Errorf("spill: %w", err)
	}
	var keys []string
	for _, file := range files {
		if !strings.HasPrefix(file.Name(), prefix) || strings.Contains(file.Name(), unnamed) {
			continue
		}
		kept, err := load(dir + file.Name())
		if err != nil {
			return nil, fmt.Errorf("spill file %s: %w", file.Name(), err)
		}
		keys = append(keys, kept.Credential.Current.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}
