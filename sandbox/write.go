package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// incoming is where a dataset is written before it takes its place.
const incoming = ".incoming"

// parts are what a dataset directory holds. The truth comes last: a directory
// that has one is complete.
var parts = []string{"hubspot", "quickbooks", "truth.json"}

// Generate writes a world of two systems with planted causes to the directory
// dir, and returns what a right comparison of it must find. It makes dir if
// need be, and replaces an earlier generated dataset; it refuses a directory
// that holds anything else. An earlier dataset stays as it is until the new one
// is complete.
func Generate(dir string, o Options) (*Truth, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if err := checkTarget(dir); err != nil {
		return nil, fmt.Errorf("generate dataset %s: %w", dir, err)
	}
	w, err := newWorld(o)
	if err != nil {
		return nil, err
	}
	w.makePlan()
	if err := w.checkMasters(); err != nil {
		return nil, fmt.Errorf("generate dataset: %w", err)
	}
	temp := filepath.Join(dir, incoming)
	if err := errors.Join(os.RemoveAll(temp), os.MkdirAll(temp, 0o755)); err != nil {
		return nil, fmt.Errorf("generate dataset: %w", err)
	}
	err = w.write(temp)
	if err == nil {
		err = install(dir, temp)
	}
	if err = errors.Join(err, os.RemoveAll(temp)); err != nil {
		return nil, fmt.Errorf("generate dataset: %w", err)
	}
	return w.truth, nil
}

// checkTarget refuses a directory whose contents are not ours to replace: only
// an absent or empty one, or one that holds a generated dataset and no more.
func checkTarget(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	var found []string
	for _, e := range entries {
		switch name := e.Name(); {
		case slices.Contains(parts, name):
			found = append(found, name)
		case name != incoming: // left behind by one that was interrupted
			return fmt.Errorf("the directory is not empty: it holds %s; give an empty one, or one that was generated before", name)
		}
	}
	if len(found) == 0 {
		return nil
	}
	truth, err := (&Dataset{dir: dir}).Truth()
	if err != nil {
		return err
	}
	if truth == nil || truth.Origin == nil {
		return errors.New("the directory holds a dataset that was not generated; give another directory, or empty it first")
	}
	return nil
}

// install puts the parts in place of those before. Should it be interrupted,
// the directory has no truth, or that of the new parts.
func install(dir, temp string) error {
	for _, part := range slices.Backward(parts) {
		if err := os.RemoveAll(filepath.Join(dir, part)); err != nil {
			return err
		}
	}
	for _, part := range parts {
		if err := os.Rename(filepath.Join(temp, part), filepath.Join(dir, part)); err != nil {
			return err
		}
	}
	return nil
}

// write writes the whole dataset. Invoices come first, for what is open of
// them is a sum that the QuickBooks customers carry.
func (w *world) write(dir string) error {
	out := &output{dir: dir, files: map[string]*bufio.Writer{}}
	err := w.writeAll(out)
	return errors.Join(err, out.close())
}

func (w *world) writeAll(out *output) error {
	for _, folder := range parts[:2] {
		if err := os.Mkdir(filepath.Join(out.dir, folder), 0o755); err != nil {
			return err
		}
	}
	check := newChecker(w)
	for slot := range w.opt.Invoices {
		d := w.document(slot)
		if err := check.document(d); err != nil {
			return err
		}
		for _, s := range append(d.sides[:], d.extra...) {
			switch {
			case s == nil:
			case s.system == hubspot:
				w.writeHubSpotInvoice(out, d, s)
			default:
				w.writeQuickBooksInvoice(out, d, s)
			}
		}
		if out.err != nil {
			return out.err
		}
	}
	w.writeHubSpotMasters(out)
	w.writeQuickBooksMasters(out)
	truth, err := json.MarshalIndent(w.finish(), "", "  ")
	if err != nil {
		return err
	}
	out.file("truth.json").Write(append(truth, '\n')) // the writer keeps its first error for Flush
	return out.err
}

// output holds the open files of a dataset and the first error of any.
type output struct {
	dir   string
	files map[string]*bufio.Writer
	open  []*os.File
	err   error
	object
}

// file returns the file of that name, made when it is first asked for.
func (out *output) file(name string) *bufio.Writer {
	if b, ok := out.files[name]; ok {
		return b
	}
	f, err := os.Create(filepath.Join(out.dir, name))
	if err != nil {
		out.err = errors.Join(out.err, err)
	} else {
		out.open = append(out.open, f)
	}
	b := bufio.NewWriterSize(f, 1<<18)
	out.files[name] = b
	return b
}

// put ends the object under construction and writes it to a file.
func (out *output) put(name string) {
	out.object.close()
	if _, err := out.file(name).Write(out.buf); err != nil && out.err == nil {
		out.err = err
	}
}

// close flushes and closes the files.
func (out *output) close() (err error) {
	if out.err != nil {
		err = out.err
	}
	for _, b := range out.files {
		err = errors.Join(err, b.Flush())
	}
	for _, f := range out.open {
		err = errors.Join(err, f.Close())
	}
	return err
}
