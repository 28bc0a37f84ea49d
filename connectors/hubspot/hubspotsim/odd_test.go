package hubspotsim

import (
	"encoding/json"
	"fmt"
	"testing"
)

// TestOddValues: a property value that cannot be what the property is loads
// and is served as it is, by every way to a record; a search by its type
// passes it over.
func TestOddValues(t *testing.T) {
	for _, tt := range []struct{ name, object, property, value, filter string }{
		{"amount with a comma", "invoices", "hs_amount_billed", "12,50", `"GTE","value":"-999999"`},
		{"amount with a currency", "invoices", "hs_balance_due", "$ 5", `"LT","value":"999999"`},
		{"amount with an exponent", "line_items", "price", "1e99999", `"GTE","value":"-999999"`},
		{"word for a date", "invoices", "hs_invoice_date", "yesterday", `"GTE","value":"0"`},
		{"date in another order", "invoices", "hs_due_date", "02/01/2026", `"GTE","value":"0"`},
		{"day that is none", "line_items", "hs_recurring_billing_start_date", "2026-02-30", `"GTE","value":"0"`},
		{"word for the time it was made", "invoices", "hs_createdate", "soon", `"GTE","value":"0"`},
		{"word for the time it was made, of a contact", "contacts", "createdate", "soon", `"GTE","value":"0"`},
		{"word for the last change", "invoices", "hs_lastmodifieddate", "just now", `"GTE","value":"0"`},
		{"word for a bool", "invoices", "hs_invoice_billable", "perhaps", `"EQ","value":"true"`},
		{"status that is none", "invoices", "hs_invoice_status", "Öffen \\ \"7\"", `"EQ","value":"open"`},
		{"blanks", "invoices", "hs_amount_billed", " 5 ", `"EQ","value":"5"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			literal, err := json.Marshal(tt.value)
			if err != nil {
				t.Fatal(err)
			}
			c := serve(t, files{tt.object + ".jsonl": fmt.Sprintf(`{"id":"1","properties":{%q:%s}}`, tt.property, literal)}, Options{})
			record := fmt.Sprintf(`{"id":"1","properties":{%q:%s},"createdAt":%q,"updatedAt":%[3]q,"archived":false}`, tt.property, literal, longAgo)
			path := "/crm/objects/2026-03/" + tt.object
			status, got := c.get(path + "/1?properties=" + tt.property)
			c.want(status, got, 200, record)
			status, got = c.get(path + "?properties=" + tt.property)
			c.want(status, got, 200, `{"results":[`+record+`]}`)
			status, got = c.post(path+"/search", fmt.Sprintf(`{"properties":[%q],"sorts":[%[1]q]}`, tt.property))
			c.want(status, got, 200, `{"total":1,"results":[`+record+`]}`)
			status, got = c.post(path+"/search", fmt.Sprintf(`{"filters":[{"propertyName":%q,"operator":%s}]}`, tt.property, tt.filter))
			c.want(status, got, 200, `{"total":0,"results":[]}`)
		})
	}
}
