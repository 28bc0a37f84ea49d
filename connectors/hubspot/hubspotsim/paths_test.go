package hubspotsim

import (
	"strings"
	"testing"
)

// Every object answers in every version under its plural and singular name and its
// type id, and all of them say the same.
func TestPaths(t *testing.T) {
	f := files{}
	for _, o := range objects {
		f[o.name+".jsonl"] = `{"id":"7","properties":{}}`
	}
	c := serve(t, f, Options{})
	for _, o := range objects {
		want := ""
		for _, base := range []string{"/crm/v3/objects/", "/crm/objects/2026-03/", "/crm/objects/2026-09/"} {
			for _, name := range []string{o.name, o.singular, o.typeID} {
				path := base + name
				got := strings.Join([]string{
					c.sent("GET", path+"/7", "", 200, `"id":"7"`),
					c.sent("GET", path, "", 200, `"id":"7"`),
					c.sent("POST", path+"/batch/read", `{"inputs":[{"id":"7"}]}`, 200, `"id":"7"`),
					c.sent("POST", path+"/search", `{}`, 200, `"total":1`, `"id":"7"`),
				}, "\n")
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("%s: got %s, want %s", path, got, want)
				}
			}
		}
		want = ""
		for _, base := range propertyBases {
			for _, name := range []string{o.name, o.singular, o.typeID} {
				got := c.sent("GET", base+"/"+name+"/hs_object_id", "", 200, `"name":"hs_object_id"`) + c.sent("GET", base+"/"+name, "", 200) + c.sent("GET", base+"/"+name+"/groups", "", 200)
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("%s/%s: got %s, want %s", base, name, got, want)
				}
			}
		}
	}
	for _, path := range []string{
		"/crm/v4/objects/invoices", "/crm/objects/2027-03/invoices", "/crm/v3/associations/invoices/contacts/batch/read", "/crm/objects/2026-09/invoices/7/associations/contacts",
		"/oauth/2026-03/token", "/tax-rates/v3/tax-rates", "/crm/properties/v4/invoices",
	} {
		c.sent("GET", path, "", 404, `"category":"OBJECT_NOT_FOUND"`)
	}
	c.sent("GET", "/crm/objects/2026-03/Invoices", "", 400, "Unable to infer object type from: Invoices")
}

// Associations answer in all of their versions between all names of two objects.
func TestAssociationPaths(t *testing.T) {
	c := serve(t, files{"invoices.jsonl": `{"id":"1","associations":{"line_items":["2"]}}`, "line_items.jsonl": `{"id":"2"}`}, Options{ToObjectID: IDString})
	want := ""
	for _, base := range batchBases {
		for _, from := range []string{"invoices", "invoice", "0-53"} {
			for _, to := range []string{"line_items", "line_item", "0-8"} {
				got := c.sent("POST", base+"/"+from+"/"+to+"/batch/read", `{"inputs":[{"id":"1"}]}`, 200, `"toObjectId":"2"`, `"typeId":409`)
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("%s/%s/%s: got %s, want %s", base, from, to, got, want)
				}
			}
		}
	}
}

// Tax rates and the account's details have versions of their own.
func TestOtherPaths(t *testing.T) {
	c := serve(t, files{"tax_rates.jsonl": `{"id":"3","name":"n","label":"l","percentageRate":6.25,"active":true}`}, Options{})
	for _, version := range []string{v1, march, september} {
		c.sent("GET", "/tax-rates/"+version+"/tax-rates", "", 200, `"percentageRate":6.25`)
		c.sent("GET", "/tax-rates/"+version+"/tax-rates/3", "", 200, `"id":"3"`)
		c.sent("POST", "/tax-rates/"+version+"/tax-rates", "{}", 405)
		c.sent("DELETE", "/tax-rates/"+version+"/tax-rates/3", "", 405)
	}
	for _, version := range []string{v3, march, september} {
		c.sent("GET", "/account-info/"+version+"/details", "", 200, `"portalId":62515`)
	}
}
