package sandbox

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A file that nobody would read is refused with the name that was meant.
func TestKnown(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "hubspot")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	ds, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"account.json", "contacts.jsonl", "invoices.jsonl", "line_items.jsonl"}
	put := func(name string) {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range append([]string{"README.md", ".keep"}, names...) {
		put(name)
	}
	if err := ds.Known("hubspot", names...); err != nil {
		t.Error(err)
	}
	if err := ds.Known("quickbooks", "Invoice.jsonl"); err != nil {
		t.Errorf("no folder: %v", err)
	}
	for file, meant := range map[string]string{
		"invoicez.jsonl": "invoices.jsonl", "Contacts.jsonl": "contacts.jsonl", "line-items.jsonl": "line_items.jsonl", "invoices.json": "invoices.jsonl", "account.jsonl": "account.json",
	} {
		put(file)
		err := ds.Known("hubspot", names...)
		if err == nil || !strings.Contains(err.Error(), filepath.Join(folder, file)) || !strings.HasSuffix(err.Error(), " "+meant) {
			t.Errorf("%s: %v", file, err)
		}
		if err := os.Remove(filepath.Join(folder, file)); err != nil {
			t.Fatal(err)
		}
	}
}
