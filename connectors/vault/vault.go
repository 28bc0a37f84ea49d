// Package vault seals what must not be read from the database: XChaCha20-Poly1305
// by tink, with a keyset in a file of its own beside the database.
//
// A sealed value is bound to what it belongs to, so that it opens nowhere else, and
// names its key, so that keys can be changed: a rotation adds a key, the store seals
// everything anew, and a key that nothing is sealed with any more is dropped. Other
// processes notice a changed file by themselves.
package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/tieout/tieout/reconcile"
)

// A Vault seals and opens with the keyset of a file. It is safe for concurrent use.
type Vault struct {
	path string

	mu   sync.Mutex
	file os.FileInfo // as it was read
	keys *keyset.Handle
	aead tink.AEAD
}

// Open opens the keyset at path. Where there is none it is made, unless something is
// sealed already, which no new key could open.
func Open(path string, sealed bool) (*Vault, error) {
	v := &Vault{path: path}
	err := v.load()
	if errors.Is(err, os.ErrNotExist) {
		if sealed {
			return nil, fmt.Errorf("the key file %s is missing, and stored sign-ins are sealed with its keys: put it back from a backup, or name it with TIEOUT_KEY_FILE; "+
				"without it run tieout disconnect, then tieout connect, for each system", path)
		}
		if err = v.make(); err == nil {
			err = v.load()
		}
	}
	if err != nil {
		return nil, err
	}
	return v, nil
}

// make writes a new keyset, unless somebody else has been faster. The file appears
// whole or not at all.
func (v *Vault) make() error {
	m := keyset.NewManager()
	if err := addPrimary(m); err != nil {
		return v.fault(err)
	}
	temp, err := v.write(m)
	if err != nil {
		return v.fault(err)
	}
	defer os.Remove(temp)
	if err := os.Link(temp, v.path); err != nil && !errors.Is(err, os.ErrExist) {
		return v.fault(err)
	}
	return syncDir(v.path)
}

func addPrimary(m *keyset.Manager) error {
	id, err := m.Add(aead.XChaCha20Poly1305KeyTemplate())
	if err != nil {
		return err
	}
	return m.SetPrimary(id)
}

// write writes a keyset to a new file beside the key file.
func (v *Vault) write(m *keyset.Manager) (temp string, err error) {
	handle, err := m.Handle()
	if err != nil {
		return "", err
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&text)); err != nil {
		return "", err
	}
	return writeBeside(v.path, text.Bytes())
}

// unnamed is in the names of files that were not renamed yet, and, where a process
// was killed before it could, never will be.
const unnamed = ".new-"

// writeBeside writes a file of mode 0600 to the disk, to be renamed to path.
func writeBeside(path string, content []byte) (temp string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+unnamed+"*") // 0600
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// syncDir makes a name that was given or taken last. Windows has no such call.
func syncDir(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func (v *Vault) fault(err error) error { return fmt.Errorf("key file %s: %w", v.path, err) }

// load reads the file. The caller holds mu, or is alone.
func (v *Vault) load() error {
	info, err := os.Stat(v.path)
	if err != nil {
		return v.fault(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("key file %s: others on this machine may read or write it (mode %04o); run: chmod 600 %s", v.path, info.Mode().Perm(), v.path)
	}
	raw, err := os.ReadFile(v.path)
	if err != nil {
		return v.fault(err)
	}
	// The text of these errors could hold a part of the file.
	keys, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(raw)))
	if err != nil {
		return v.fault(errors.New("it holds no keyset; put it back from a backup"))
	}
	opener, err := aead.New(keys)
	if err != nil {
		return v.fault(errors.New("its keyset cannot be used; put it back from a backup"))
	}
	v.file, v.keys, v.aead = info, keys, opener
	return nil
}

// fresh loads the file anew if it was replaced. A file that is gone is a fault: what
// would be sealed now could not be opened after the next start.
func (v *Vault) fresh() error {
	info, err := os.Stat(v.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("the key file %s is gone: put it back from a backup", v.path)
	case err != nil:
		return v.fault(err)
	case os.SameFile(info, v.file) && info.ModTime().Equal(v.file.ModTime()) && info.Mode() == v.file.Mode():
		return nil
	}
	return v.load()
}

// Seal seals a value for what it belongs to.
func (v *Vault) Seal(plain []byte, b reconcile.Binding) (reconcile.Sealed, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.fresh(); err != nil {
		return reconcile.Sealed{}, err
	}
	body, err := v.aead.Encrypt(plain, associated(b))
	if err != nil {
		return reconcile.Sealed{}, v.fault(err)
	}
	return reconcile.Sealed{Key: v.primary(), Body: body}, nil
}

// Open opens what was sealed for the same.
func (v *Vault) Open(s reconcile.Sealed, b reconcile.Binding) ([]byte, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.fresh(); err != nil {
		return nil, err
	}
	plain, err := v.aead.Decrypt(s.Body, associated(b))
	if err == nil {
		return plain, nil
	}
	what := fmt.Sprintf("the stored %s of %s in workspace %s", b.Purpose, b.System.Title(), b.Workspace)
	if !slices.Contains(v.ids(), s.Key) {
		return nil, fmt.Errorf("key file %s: it does not have key %s, which %s are sealed with: put the right file back, or run tieout disconnect %s and connect again", v.path, s.Key, what, b.System)
	}
	return nil, fmt.Errorf("key file %s: key %s does not open %s: they were changed or moved; run tieout disconnect %s and connect again", v.path, s.Key, what, b.System)
}

// associated is what a sealed value is bound to, each part with its length before it
// so that no two bindings are the same bytes.
func associated(b reconcile.Binding) []byte {
	var out []byte
	for _, part := range []string{"tieout/sealed/v1", string(b.Workspace), string(b.System), string(b.Purpose)} {
		out = binary.BigEndian.AppendUint32(out, uint32(len(part)))
		out = append(out, part...)
	}
	return out
}

func keyID(id uint32) string { return fmt.Sprintf("%08x", id) }

func (v *Vault) primary() string { return keyID(v.keys.KeysetInfo().GetPrimaryKeyId()) }

func (v *Vault) ids() []string {
	var list []string
	for _, k := range v.keys.KeysetInfo().GetKeyInfo() {
		list = append(list, keyID(k.GetKeyId()))
	}
	return list
}

// AddKey makes a new key the one that is sealed with, and returns the ids of the
// others. One process at a time may change the keyset: the store sees to that.
func (v *Vault) AddKey() (others []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.load(); err != nil {
		return nil, err
	}
	others = v.ids()
	return others, v.replace(addPrimary)
}

// DropKeys drops the keys that are not in use, except the one that is sealed with,
// and returns their ids. As for AddKey.
func (v *Vault) DropKeys(inUse []string) (dropped []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.load(); err != nil {
		return nil, err
	}
	primary := v.keys.KeysetInfo().GetPrimaryKeyId()
	err = v.replace(func(m *keyset.Manager) error {
		for _, k := range v.keys.KeysetInfo().GetKeyInfo() {
			if k.GetKeyId() == primary || slices.Contains(inUse, keyID(k.GetKeyId())) {
				continue
			}
			if err := m.Delete(k.GetKeyId()); err != nil {
				return err
			}
			dropped = append(dropped, keyID(k.GetKeyId()))
		}
		return nil
	})
	return dropped, err
}

// replace changes the keyset and puts the changed file in the place of the old one
// at once.
func (v *Vault) replace(change func(*keyset.Manager) error) error {
	m := keyset.NewManagerFromHandle(v.keys)
	if err := change(m); err != nil {
		return v.fault(err)
	}
	temp, err := v.write(m)
	if err != nil {
		return v.fault(err)
	}
	if err := os.Rename(temp, v.path); err != nil {
		os.Remove(temp)
		return v.fault(err)
	}
	return errors.Join(syncDir(v.path), v.load())
}
