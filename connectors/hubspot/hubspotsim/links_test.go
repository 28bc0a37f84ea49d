package hubspotsim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is associated, labelled and taken apart: each association stands in both
// directions, no label without one, and a contact has one primary company at most.
func TestLinksStandBothWays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newLinks()
		d := direction{contacts, companies}
		own := associationType{userDefined, 37}
		l.named[d] = map[associationType]string{own: "Billing"}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			way, types := d, []associationType{d.typeOf(), primaries[d], own}
			a, b := rapid.SampledFrom([]string{"1", "2", "10"}).Draw(t, "contact"), rapid.SampledFrom([]string{"3", "11"}).Draw(t, "company")
			if rapid.Bool().Draw(t, "reversed") {
				way, types, a, b = d.reverse(), []associationType{d.reverse().typeOf(), primaries[d.reverse()]}, b, a
			}
			some := rapid.SliceOfN(rapid.SampledFrom(types), 0, 2).Draw(t, "types")
			switch rapid.SampledFrom([]string{"relate", "unrelate", "unlabel", "drop"}).Draw(t, "step") {
			case "relate":
				l.relate(way, a, b, some)
			case "unrelate":
				l.unrelate(way, a, b)
			case "unlabel":
				l.unlabel(way, a, b, some)
			case "drop":
				if rapid.IntRange(0, 9).Draw(t, "rarely") == 0 {
					l.drop(way.from, a)
				}
			}
			checkLinks(t, l, d)
		}
	})
}

func checkLinks(t *rapid.T, l links, d direction) {
	for _, way := range []direction{d, d.reverse()} {
		for id, list := range l.neighbours[way] {
			if !slices.IsSortedFunc(list, compareIDs) {
				t.Fatalf("%s %s: %v is not in order", way.name(), id, list)
			}
			for _, neighbour := range list {
				if !l.has(way.reverse(), neighbour, id) {
					t.Fatalf("%s %s to %s stands one way", way.name(), id, neighbour)
				}
			}
		}
		for between, types := range l.labels[way] {
			if !l.has(way, between.id, between.neighbour) || len(types) == 0 {
				t.Fatalf("%s %v: labels %v without an association", way.name(), between, types)
			}
			back := l.labels[way.reverse()][pair{between.neighbour, between.id}]
			if slices.Contains(types, primaries[way]) != slices.Contains(back, primaries[way.reverse()]) {
				t.Fatalf("%s %v is primary one way", way.name(), between)
			}
		}
	}
	primary := map[string]int{}
	for between, types := range l.labels[d] {
		if slices.Contains(types, primaries[d]) {
			primary[between.id]++
		}
	}
	for contact, n := range primary {
		if n > 1 {
			t.Fatalf("contact %s has %d primary companies", contact, n)
		}
	}
}

// No body makes associations and properties panic or answer 500.
func FuzzDefinitions(f *testing.F) {
	paths := []string{
		"PUT /crm/v4/objects/contacts/1/associations/companies/11", "POST /crm/v4/associations/contacts/companies/batch/create",
		"POST /crm/associations/2026-09/contacts/companies/batch/labels/archive", "POST /crm/v4/associations/contacts/companies/batch/archive",
		"POST /crm/associations/2026-03/contacts/companies/batch/read", "POST /crm/properties/2026-03/invoices", "PATCH /crm/properties/2026-03/invoices/made",
		"POST /crm/properties/2026-09/invoices/batch/create", "POST /crm/properties/2026-03/invoices/batch/archive", "POST /crm/v3/properties/invoices/groups",
		"PATCH /crm/properties/2026-03/invoices/groups/invoiceinformation", "POST /crm/objects/2026-03/invoices/search",
	}
	for n, body := range []string{
		`[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}]`, `{"inputs":[{"from":{"id":1},"to":{"id":"11"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":"279"}]}]}`,
		`{"inputs":[{"from":{"id":"1"},"to":[{"id":"11"},{}],"types":[]}]}`, `{"inputs":[{"to":[]}]}`, `{"inputs":[{"id":"1","after":"x"}]}`, key, `{"options":null,"type":"bool"}`,
		`{"inputs":[` + key + `,null,{}]}`, `{"inputs":[{"name":"made"}]}`, `{"name":"g","label":"G"}`, `{"label":""}`,
		`{"filterGroups":[{"filters":[{"propertyName":"associations.contacts","operator":"EQ","value":"1"}]}],"sorts":["-hs_number"],"after":"1"}`, `null`, `[]`,
	} {
		f.Add(n, body)
	}
	ds := dataset(f, people())
	f.Fuzz(func(t *testing.T, n int, body string) {
		p, err := New(ds, Options{Open: true})
		must(t, err)
		ask := func(call, body string) *httptest.ResponseRecorder {
			method, path, _ := strings.Cut(call, " ")
			r := httptest.NewRequest(method, path, strings.NewReader(body))
			r.Header.Set("Authorization", "Bearer x")
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			p.ServeHTTP(w, r)
			return w
		}
		ask("POST /crm/properties/2026-03/invoices", strings.Replace(key, "acme_external_id", "made", 1))
		call := paths[uint(n)%uint(len(paths))]
		if w := ask(call, body); w.Code >= http.StatusInternalServerError {
			t.Errorf("%s %s: %d %s", call, body, w.Code, w.Body)
		}
		for _, call := range []string{"GET /crm/properties/2026-03/invoices", "GET /crm/v4/objects/contacts/1/associations/companies", "GET /crm/objects/2026-03/invoices?properties=made"} {
			if w := ask(call, ""); w.Code != 200 {
				t.Errorf("after %s: %s: %s", body, call, fmt.Sprint(w.Code, w.Body))
			}
		}
	})
}
