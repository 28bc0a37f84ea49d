package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/tieout/tieout/db/dbtest"
	"github.com/tieout/tieout/reconcile"
	"github.com/tieout/tieout/sandbox"
)

// A stocked product is one of a dataset, as the vendor's own API tells it.
type stocked struct {
	system, id, sku string
	active          bool
}

// catalogue reads the products of a dataset.
func catalogue(t *testing.T, dir string) []stocked {
	t.Helper()
	data, err := sandbox.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []stocked
	for raw, err := range data.HubSpot("products") {
		var p struct {
			ID         string
			Properties struct {
				SKU *string `json:"hs_sku"`
			}
		}
		if err == nil {
			err = json.Unmarshal(raw, &p)
		}
		if err != nil {
			t.Fatal(err)
		}
		one := stocked{system: "hubspot", id: p.ID, active: true}
		if p.Properties.SKU != nil {
			one.sku = *p.Properties.SKU
		}
		list = append(list, one)
	}
	for raw, err := range data.QuickBooks("Item") {
		var p struct {
			ID, Sku, Type string
			Active        bool
		}
		if err == nil {
			err = json.Unmarshal(raw, &p)
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Type != "Category" {
			list = append(list, stocked{"quickbooks", p.ID, p.Sku, p.Active})
		}
	}
	return list
}

// keyed groups products by SKU without blanks and case; those without one are
// counted apart.
func keyed(list []stocked) (groups map[string][]stocked, blank int) {
	groups = map[string][]stocked{}
	for _, p := range list {
		key := strings.ToLower(strings.Join(strings.FieldsFunc(p.sku, unicode.IsSpace), ""))
		if key == "" {
			blank++
			continue
		}
		groups[key] = append(groups[key], p)
	}
	return groups, blank
}

// wantKinds counts by hand what the matrix has to say of a catalogue.
func wantKinds(list []stocked) map[string]int {
	groups, blank := keyed(list)
	want := map[string]int{}
	if blank > 0 {
		want["BLANK"] = blank
	}
	for _, group := range groups {
		var sides [2][]string
		for n, system := range []string{"hubspot", "quickbooks"} {
			for _, activeOnly := range []bool{true, false} {
				for _, p := range group {
					if p.system == system && (p.active || !activeOnly) {
						sides[n] = append(sides[n], p.sku)
					}
				}
				if len(sides[n]) > 0 {
					break
				}
			}
			slices.Sort(sides[n])
		}
		hs, qb := sides[0], sides[1]
		switch {
		case len(hs) == 0:
			want["NONE_HS"]++
		case len(qb) == 0:
			want["NONE_QBO"]++
		case slices.Equal(hs, qb) && len(slices.Compact(slices.Clone(hs))) == len(hs):
			want["EXACT"]++
		case len(hs) > 1 || len(qb) > 1:
			want["AMBIGUOUS"]++
		case strings.EqualFold(hs[0], qb[0]):
			want["CASE"]++
		default:
			want["SPACE"]++
		}
	}
	return want
}

// A grid is the texts of one sheet by column header, without rows that follow the
// table.
type grid []map[string]string

// sheets reads the lists of a workbook.
func sheets(t *testing.T, path string) map[string]grid {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	book, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string, v any) {
		t.Helper()
		body, err := fs.ReadFile(book, name)
		if err == nil {
			err = xml.Unmarshal(body, v)
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	var index struct {
		Sheets []struct {
			Name string `xml:"name,attr"`
			ID   string `xml:"http://schemas.openxmlformats.org/officeDocument/2006/relationships id,attr"`
		} `xml:"sheets>sheet"`
	}
	var links struct {
		Relationship []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:",attr"`
		}
	}
	read("xl/workbook.xml", &index)
	read("xl/_rels/workbook.xml.rels", &links)
	all := map[string]grid{}
	for _, sheet := range index.Sheets {
		for _, l := range links.Relationship {
			if l.ID == sheet.ID {
				var body xmlSheet
				read("xl/"+strings.TrimPrefix(l.Target, "/xl/"), &body)
				all[sheet.Name] = body.grid()
			}
		}
	}
	return all
}

type xmlSheet struct {
	Rows []struct {
		Number int `xml:"r,attr"`
		Cells  []struct {
			At     string `xml:"r,attr"`
			Value  string `xml:"v"`
			Inline string `xml:"is>t"`
		} `xml:"c"`
	} `xml:"sheetData>row"`
}

// grid takes the header from row 4, as lists have it, and the rows up to the first
// one that is left out.
func (s *xmlSheet) grid() grid {
	headers := map[string]string{}
	var out grid
	for n, row := range s.Rows {
		if row.Number > 5 && row.Number != s.Rows[n-1].Number+1 {
			break
		}
		values := map[string]string{}
		for _, c := range row.Cells {
			column := strings.TrimRight(c.At, "0123456789")
			if row.Number == 4 {
				headers[column] = c.Inline
			}
			values[headers[column]] = c.Value + c.Inline
		}
		if row.Number > 4 {
			out = append(out, values)
		}
	}
	return out
}

// TestReportSKU audits a generated world: the matrix holds every product of the
// dataset once, its kinds are those counted by hand, and what the truth lists is on
// its sheet. A second audit shows what was changed in between.
func TestReportSKU(t *testing.T) {
	t.Parallel()
	truth, dir := world(t, sandbox.Options{Invoices: 800, Seed: 6, Defects: 0.2})
	store := dbtest.SQLite(t)
	c := simulated(t, dir, store)
	c.settings(truth)
	first := c.reconcile(2)
	path := filepath.Join(t.TempDir(), "sku.xlsx")
	if out := c.want(0, "report", "sku", "-o", path); out != path+"\n" {
		t.Errorf("prints %q", out)
	}
	book, products := sheets(t, path), catalogue(t, dir)

	kinds, ids := map[string]int{}, map[string]int{}
	for _, row := range book["SKU matrix"] {
		kinds[row["Match kind"]]++
		for system, header := range map[string]string{"hubspot": "HubSpot product id", "quickbooks": "QuickBooks item id"} {
			for id := range strings.SplitSeq(row[header], ", ") {
				if id != "" {
					ids[system+" "+id]++
				}
			}
		}
	}
	if want := wantKinds(products); !maps.Equal(kinds, want) {
		t.Errorf("match kinds %v, the dataset has %v", kinds, want)
	}
	for _, kind := range []string{"EXACT", "CASE", "SPACE", "AMBIGUOUS", "NONE_HS", "NONE_QBO", "BLANK"} {
		if kinds[kind] == 0 {
			t.Errorf("the world has no %s: nothing was tested of it", kind)
		}
	}
	for _, p := range products {
		if ids[p.system+" "+p.id] != 1 {
			t.Errorf("%s %s is in %d rows", p.system, p.id, ids[p.system+" "+p.id])
		}
	}
	if len(ids) != len(products) {
		t.Errorf("%d products in the matrix, %d in the dataset", len(ids), len(products))
	}
	truthOnSheets(t, truth, products, book)

	renamed := renameProduct(t, dir)
	c = simulated(t, dir, store)
	c.settings(truth)
	second := c.reconcile(2, "-full") // no change time tells of it
	again := filepath.Join(t.TempDir(), "again.xlsx")
	c.want(0, "report", "sku", "-o", again)
	changes := sheets(t, again)["Changes since last audit"]
	if len(changes) != 1 || changes[0]["Id"] != renamed || changes[0]["Change"] != "SKU renamed" || changes[0]["After"] != "RENAMED-1" {
		t.Errorf("changes from run %d to %d: %v, want that of product %s", first.ID, second.ID, changes, renamed)
	}

	c.want(0, "report", "sku", "-run", fmt.Sprint(first.ID), "-o", again)
	was, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if now, err := os.ReadFile(again); err != nil || !bytes.Equal(was, now) {
		t.Errorf("the first run's audit has other bytes after a second run, %v", err)
	}
}

// truthOnSheets wants the SKU findings of the truth whose record is a product.
func truthOnSheets(t *testing.T, truth *sandbox.Truth, products []stocked, book map[string]grid) {
	t.Helper()
	on := func(sheet, header, id string) bool {
		return slices.ContainsFunc(book[sheet], func(row map[string]string) bool { return row[header] == id })
	}
	seen := map[string]int{}
	for _, f := range truth.Findings {
		system := reconcile.System(f.System)
		if system == reconcile.Both {
			system = reconcile.HubSpot // the source of this world
		}
		at := slices.IndexFunc(products, func(p stocked) bool { return p.system == string(system) && p.id == f.Record })
		if at < 0 {
			continue // a SKU of a line that no product holds
		}
		var ok bool
		switch reconcile.Code(f.Code) {
		case reconcile.SKUCase, reconcile.SKUSpace:
			ok = on("Near matches", "HubSpot product id", f.Record)
		case reconcile.SKUNotFound:
			ok = on("Only in "+system.Title(), system.Title()+" id", f.Record)
		case reconcile.SKUMissing:
			ok = on("Missing or malformed", "Id", f.Record)
		case reconcile.SKUDuplicate:
			ok = slices.ContainsFunc(book["Duplicates"], func(row map[string]string) bool {
				return row["System"] == system.Title() && slices.Contains(strings.Split(row["Ids"], ", "), f.Record)
			})
		default:
			continue
		}
		seen[f.Code]++
		if !ok {
			t.Errorf("%s on %s %s (%q) is on no sheet", f.Code, f.System, f.Record, products[at].sku)
		}
	}
	if len(seen) != 5 {
		t.Errorf("the truth has only %v: not every sheet was tested", seen)
	}
}

// renameProduct gives the first HubSpot product of a dataset another SKU and
// returns its id.
func renameProduct(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, "hubspot", "products.jsonl")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line, rest, _ := bytes.Cut(body, []byte("\n"))
	var p map[string]any
	if err := json.Unmarshal(line, &p); err != nil {
		t.Fatal(err)
	}
	p["properties"].(map[string]any)["hs_sku"] = "RENAMED-1"
	if line, err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, slices.Concat(line, []byte("\n"), rest), 0o600); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(p["id"])
}
