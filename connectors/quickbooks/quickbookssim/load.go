package quickbookssim

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/tieout/tieout/sandbox"
)

// longAgo is when a record was made that does not say so itself, the instant
// that HubSpot's simulator has for its own: not now, or a record without
// MetaData would be new at every start.
const longAgo = "2019-12-31T16:00:00-08:00"

// knownFiles refuses a file of a dataset that no kind has.
func knownFiles(ds *sandbox.Dataset) error {
	files := make([]string, len(kinds))
	for i, k := range kinds {
		files[i] = k.name + ".jsonl"
		if k.class == singleton {
			files[i] = k.name + ".json"
		}
	}
	return ds.Known("quickbooks", files...)
}

// load fills a table from the dataset.
func (c *Company) load(ds *sandbox.Dataset, t *table) error {
	if t.kind.class == singleton {
		return c.loadSingleton(ds, t)
	}
	n := 0
	for raw, err := range ds.QuickBooks(t.kind.name) {
		if err != nil {
			return err // names file and line itself
		}
		n++
		if err := t.add(raw); err != nil {
			return fmt.Errorf("%s: %w", place(ds, t.kind.name, n), err)
		}
	}
	t.sortByID()
	return nil
}

func (c *Company) loadSingleton(ds *sandbox.Dataset, t *table) error {
	raw, err := ds.QuickBooksSingle(t.kind.name)
	if err != nil {
		return err
	}
	if raw == nil {
		raw = []byte(defaults[t.kind.name])
	}
	if err := t.add(raw); err != nil {
		return fmt.Errorf("%s:1: %w", filepath.Join(ds.Dir(), "quickbooks", t.kind.name+".json"), err)
	}
	return nil
}

// place names file and line of the n-th record of an entity. Datasets may
// hold empty lines, which are no records, so the line is looked up.
func place(ds *sandbox.Dataset, entity string, n int) string {
	path := filepath.Join(ds.Dir(), "quickbooks", entity+".jsonl")
	line, err := lineOf(path, n)
	if err != nil {
		return fmt.Sprintf("%s: record %d", path, n)
	}
	return fmt.Sprintf("%s:%d", path, line)
}

func lineOf(path string, n int) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close() // opened for reading: nothing to lose
	in := bufio.NewReader(f)
	for line := 1; ; line++ {
		s, err := in.ReadString('\n')
		if s != "" && s != "\n" && s != "\r\n" {
			if n--; n == 0 {
				return line, nil
			}
		}
		if errors.Is(err, io.EOF) {
			return 0, io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, err
		}
	}
}
