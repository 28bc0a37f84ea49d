package hubspotsim

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

const oneRate = `{"id":"15970230","name":"state-sales-tax","label":"State sales tax","percentageRate":6.25,` +
	`"active":true,"createdAt":"2026-02-25T21:57:20.703Z","updatedAt":"2026-02-25T21:57:20.703Z"}`

func TestTaxRates(t *testing.T) {
	c := serve(t, files{"tax_rates.jsonl": oneRate + "\n" +
		`{"id":15970231,"label":"Old tax","percentageRate":"7.0","active":false,"region":"WA"}` + "\n" +
		`{"id":"15970232","properties":{"name":"none","percentageRate":0,"active":"false"},"archived":false}`}, Options{})
	const second = `{"id":"15970231","name":"Old tax","label":"Old tax","percentageRate":7.0,"active":false,"region":"WA",` +
		`"createdAt":"2020-01-01T00:00:00.000Z","updatedAt":"2020-01-01T00:00:00.000Z"}`
	const third = `{"id":"15970232","name":"none","label":"none","percentageRate":0,"active":false,` +
		`"createdAt":"2020-01-01T00:00:00.000Z","updatedAt":"2020-01-01T00:00:00.000Z"}`
	for _, version := range []string{"v1", "2026-03", "2026-09"} {
		base := "/tax-rates/" + version + "/tax-rates"
		for _, tt := range []struct{ path, want string }{
			{"", `{"results":[` + oneRate + `,` + second + `,` + third + `]}`},
			{"?active=true", `{"results":[` + oneRate + `]}`},
			{"?active=false", `{"results":[` + second + `,` + third + `]}`},
			{"?limit=1", `{"results":[` + oneRate + `],"paging":{"next":{"after":"MTU5NzAyMzA%3D","link":"https://api.hubapi.com` + base + `?after=MTU5NzAyMzA%3D&limit=1"}}}`},
			{"?limit=2&after=MTU5NzAyMzA%3D", `{"results":[` + second + `,` + third + `]}`},
			{"/15970230", oneRate},
		} {
			status, got := c.get(base + tt.path)
			c.want(status, got, 200, tt.want)
		}
		status, got := c.get(base + "/1")
		c.refused(status, got, 404, "OBJECT_NOT_FOUND", "resource not found")
		status, got = c.do("POST", base, "{}", "application/json")
		c.refused(status, got, 405, "METHOD_NOT_ALLOWED", "Method Not Allowed")
		for query, part := range map[string]string{"?active=1": "active", "?limit=101": "100", "?after=%21": "after"} {
			status, got = c.get(base + query)
			c.refused(status, got, 400, "VALIDATION_ERROR", part)
		}
	}
}

// The cursor of tax rates is already encoded. It works decoded and encoded
// again, and as it is; encoded twice it is refused.
func TestTaxRateCursor(t *testing.T) {
	var rates strings.Builder
	for i := range 25 {
		fmt.Fprintf(&rates, "{\"id\":\"%d\",\"percentageRate\":%d}\n", 10+i, i)
	}
	c := serve(t, files{"tax_rates.jsonl": rates.String()}, Options{})
	seen, cursor, pages := 0, "", 0
	for {
		_, got := c.get("/tax-rates/2026-03/tax-rates?after=" + cursor)
		seen, pages = seen+len(got["results"].([]any)), pages+1
		if cursor = after(got); cursor == "" {
			break
		}
		if !strings.HasSuffix(cursor, "%3D") {
			t.Errorf("the cursor %q is not percent-encoded", cursor)
		}
		status, refused := c.get("/tax-rates/2026-03/tax-rates?after=" + url.QueryEscape(cursor))
		c.refused(status, refused, 400, "VALIDATION_ERROR", "not a cursor")
	}
	if seen != 25 || pages != 3 {
		t.Errorf("got %d rates in %d pages, want 25 in 3", seen, pages)
	}
}

func TestProperties(t *testing.T) {
	c := serve(t, files{"invoices.jsonl": `{"id":"1","properties":{"acme_key":"x","acme_count":3,"acme_flag":true,"acme_empty":null}}`},
		Options{Unique: map[string][]string{"invoices": {"acme_key"}}})
	for _, base := range []string{"/crm/v3/properties/", "/crm/properties/2026-03/", "/crm/properties/2026-09/"} {
		_, all := c.get(base + "0-53")
		listed := map[string]map[string]any{}
		last := ""
		for _, r := range all["results"].([]any) {
			name := r.(map[string]any)["name"].(string)
			if name <= last {
				t.Errorf("%s is listed after %s", name, last)
			}
			last, listed[name] = name, r.(map[string]any)
		}
		for _, tt := range []struct {
			name, kind, field                  string
			readOnly, unique, hubspot, present bool
		}{
			{"hs_currency", "enumeration", "select", false, false, true, true},
			{"hs_balance_due", "number", "number", true, false, true, true},
			{"hs_object_id", "number", "number", true, false, true, true},
			{"hs_lastmodifieddate", "datetime", "date", true, false, true, true},
			{"acme_key", "string", "text", false, true, false, true},
			{"acme_count", "number", "number", false, false, false, true},
			{"acme_flag", "bool", "booleancheckbox", false, false, false, true},
			{"acme_empty", "string", "text", false, false, false, true},
			{"hs_total_amount", "", "", false, false, false, false},
			{"lastmodifieddate", "", "", false, false, false, false},
		} {
			p := listed[tt.name]
			status, single := c.get(base + "invoices/" + tt.name)
			if !tt.present {
				if p != nil {
					t.Errorf("%s is listed", tt.name)
				}
				c.refused(status, single, 404, "OBJECT_NOT_FOUND", "resource not found")
				continue
			}
			metadata, _ := p["modificationMetadata"].(map[string]any)
			if p["type"] != tt.kind || p["fieldType"] != tt.field || metadata["readOnlyValue"] != tt.readOnly ||
				p["hasUniqueValue"] != tt.unique || p["hubspotDefined"] != tt.hubspot || p["groupName"] != "invoiceinformation" {
				t.Errorf("%s: got %v", tt.name, p)
			}
			if fmt.Sprint(single) != fmt.Sprint(p) || status != 200 {
				t.Errorf("%s alone: got %d %v", tt.name, status, single)
			}
		}
	}
	status, got := c.get("/crm/v3/properties/tax/hs_type")
	c.want(status, map[string]any{"label": got["label"], "options": got["options"]}, 200, `{"label":"Type","options":[`+
		`{"label":"PERCENT","value":"PERCENT","displayOrder":0,"hidden":false},{"label":"FIXED","value":"FIXED","displayOrder":1,"hidden":false}]}`)
	status, got = c.get("/crm/v3/properties/widgets")
	c.refused(status, got, 400, "VALIDATION_ERROR", "widgets")
}

func TestAccount(t *testing.T) {
	summer := func() time.Time { return time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) }
	for _, tt := range []struct {
		name  string
		files files
		want  string
	}{
		{"by default", nil, `{"portalId":62515,"accountType":"STANDARD","timeZone":"UTC","companyCurrency":"USD","additionalCurrencies":[],` +
			`"utcOffset":"+00:00","utcOffsetMilliseconds":0,"uiDomain":"app.hubspot.com","dataHostingLocation":"na1"}`},
		{"of the dataset", files{"account.json": `{"portalId":7,"timeZone":"America/New_York","companyCurrency":"EUR","plan":"pro"}`},
			`{"portalId":7,"accountType":"STANDARD","timeZone":"America/New_York","companyCurrency":"EUR","additionalCurrencies":[],"plan":"pro",` +
				`"utcOffset":"-04:00","utcOffsetMilliseconds":-14400000,"uiDomain":"app.hubspot.com","dataHostingLocation":"na1"}`},
		{"with its own offset", files{"account.json": `{"utcOffset":"+01:00","utcOffsetMilliseconds":3600000}`},
			`{"portalId":62515,"accountType":"STANDARD","timeZone":"UTC","companyCurrency":"USD","additionalCurrencies":[],` +
				`"utcOffset":"+01:00","utcOffsetMilliseconds":3600000,"uiDomain":"app.hubspot.com","dataHostingLocation":"na1"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, tt.files, Options{Now: summer})
			for _, version := range []string{"2026-03", "v3"} {
				status, got := c.get("/account-info/" + version + "/details")
				c.want(status, got, 200, tt.want)
			}
		})
	}
}
