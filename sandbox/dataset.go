// Package sandbox holds the dataset directories that the vendor simulators
// serve, and the generator that makes such directories from planted causes.
//
// A dataset is one company seen by two vendors. Its records are the vendors'
// own API objects, one a line, so that recorded or foreign data can be served
// as it is:
//
//	DIR/hubspot/account.json                    account-info details (optional)
//	DIR/hubspot/{contacts,companies,products,line_items,invoices,tax_rates,
//	             taxes,discounts,fees,commerce_payments}.jsonl
//	DIR/quickbooks/{CompanyInfo,Preferences}.json
//	DIR/quickbooks/{Customer,Item,Account,TaxCode,TaxRate,TaxAgency,Invoice,
//	                Payment,CreditMemo,Vendor,Employee,Estimate,SalesReceipt}.jsonl
//	DIR/truth.json                              what a right comparison must find (optional)
//
// The package imports nothing of Tieout's: what a dataset means is decided by
// the product's own words, not by the code that is tested with it.
package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"
)

// A Dataset is one dataset directory, opened for reading. Any of its files may
// be missing; a missing file is an empty list.
type Dataset struct{ dir string }

// Open opens the dataset directory dir. It refuses a path that is no
// directory, and one that holds neither a hubspot nor a quickbooks folder.
func Open(dir string) (*Dataset, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("open dataset: %w; %s", err, howTo(dir))
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("open dataset %s: not a directory; %s", dir, howTo(dir))
	}
	for _, system := range []string{"hubspot", "quickbooks"} {
		if info, err := os.Stat(filepath.Join(dir, system)); err == nil && info.IsDir() {
			return &Dataset{dir: dir}, nil
		}
	}
	return nil, fmt.Errorf("open dataset %s: no hubspot or quickbooks folder in it; %s", dir, howTo(dir))
}

// howTo says what a dataset is, and how to have one where there is none.
func howTo(dir string) string {
	return "a dataset is a folder with hubspot/invoices.jsonl, quickbooks/Invoice.jsonl and so on, one record a line; make one with: tieout sandbox -generate 100 -o " + dir
}

// Dir returns the directory's path.
func (d *Dataset) Dir() string { return d.dir }

// HubSpot iterates over the API objects of one HubSpot object type, by its
// plural API name ("line_items"), in file order.
func (d *Dataset) HubSpot(object string) iter.Seq2[json.RawMessage, error] {
	return lines(filepath.Join(d.dir, "hubspot", object+".jsonl"))
}

// HubSpotAccount returns hubspot/account.json, the body of HubSpot's
// account-info details, or nil when the dataset has none.
func (d *Dataset) HubSpotAccount() (json.RawMessage, error) {
	return single(filepath.Join(d.dir, "hubspot", "account.json"))
}

// QuickBooks iterates over the API entities of one kind, by its QuickBooks
// name ("Invoice"), in file order.
func (d *Dataset) QuickBooks(entity string) iter.Seq2[json.RawMessage, error] {
	return lines(filepath.Join(d.dir, "quickbooks", entity+".jsonl"))
}

// QuickBooksSingle returns a singleton (CompanyInfo, Preferences), or nil when
// the dataset has none.
func (d *Dataset) QuickBooksSingle(entity string) (json.RawMessage, error) {
	return single(filepath.Join(d.dir, "quickbooks", entity+".json"))
}

// Truth returns truth.json, or nil when the dataset has none.
func (d *Dataset) Truth() (*Truth, error) {
	raw, err := single(filepath.Join(d.dir, "truth.json"))
	if raw == nil || err != nil {
		return nil, err
	}
	var t Truth
	if err := json.Unmarshal(raw, &t); err != nil {
		return nil, fmt.Errorf("read %s: %w", filepath.Join(d.dir, "truth.json"), err)
	}
	return &t, nil
}

// Truth is what a right comparison of a dataset must find: all of it, and
// nothing else.
type Truth struct {
	// Direction is the sync direction that the expectation was made for.
	Direction string `json:"direction"`
	// AsOf is the instant at which a generated world is seen: what is younger
	// than the grace then is pending.
	AsOf time.Time `json:"as_of,omitzero"`
	// Settings are further settings, by key, that it was made for.
	Settings map[string]string `json:"settings,omitempty"`
	// Origin says what a generated dataset was made from; others have none.
	Origin *Origin `json:"origin,omitempty"`
	// Causes are the defects that were planted, in the order of planting.
	Causes []Cause `json:"causes"`
	// Findings are the expected findings, sorted.
	Findings []Expected `json:"findings"`
}

// Origin repeats the Options that a dataset was generated with.
type Origin struct {
	Invoices int      `json:"invoices"`
	Seed     uint64   `json:"seed"`
	Defects  float64  `json:"defects"`
	Lines    float64  `json:"lines"`
	Causes   []string `json:"causes,omitempty"`
}

// A Cause is one planted defect.
type Cause struct {
	// Name names the kind of defect, such as "price_changed".
	Name string `json:"name"`
	// Number is the invoice number, SKU, e-mail or rate name it was planted on.
	Number string `json:"number,omitempty"`
	// Note tells in words what was done.
	Note string `json:"note,omitempty"`
}

// Expected is one expected finding, in the words of `tieout findings -json`.
type Expected struct {
	Code   string `json:"code"`
	System string `json:"system"`
	Number string `json:"number"`
	Record string `json:"record"`
	Field  string `json:"field"`
}

// maxLine bounds one API object; an invoice of 1,000 lines is about 400 KiB.
const maxLine = 64 << 20

func lines(path string) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close() // opened for reading: nothing to lose
		scan := bufio.NewScanner(f)
		scan.Buffer(make([]byte, 64<<10), maxLine)
		for n := 1; scan.Scan(); n++ {
			line := scan.Bytes()
			if len(line) == 0 {
				continue
			}
			if !json.Valid(line) {
				yield(nil, fmt.Errorf("%s:%d: not a JSON object", path, n))
				return
			}
			if !yield(append(json.RawMessage(nil), line...), nil) {
				return
			}
		}
		if err := scan.Err(); err != nil {
			yield(nil, fmt.Errorf("read %s: %w", path, err))
		}
	}
}

func single(path string) (json.RawMessage, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // any file of a dataset may be missing
	}
	if err != nil {
		return nil, err
	}
	if !json.Valid(raw) {
		return nil, fmt.Errorf("%s: not a JSON object", path)
	}
	return raw, nil
}
