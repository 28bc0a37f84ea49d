package hubspotsim

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// A bad value is refused in the shape that the "CRM objects" page shows, all bad
// ones at once.
func TestBadValues(t *testing.T) {
	c := serve(t, nil, Options{})
	status, got := c.send("POST", crm+"contacts", `{"properties":{"nickname":"A","email":"none","hs_object_id":"7"}}`)
	c.refused(status, got, 400, "VALIDATION_ERROR", `Property values were not valid: [{"isValid":false,"message":"Email address none is invalid","error":"INVALID_EMAIL","name":"email",`)
	if got := codes(got); got != "INVALID_EMAIL[email] READ_ONLY_VALUE[hs_object_id] PROPERTY_DOESNT_EXIST[nickname]" {
		t.Errorf("codes %s", got)
	}
	if message := got["message"].(string); !strings.Contains(message, `{"isValid":false,"message":"Property \"nickname\" does not exist","error":"PROPERTY_DOESNT_EXIST","name":"nickname","localizedErrorMessage":"Property \"nickname\" does not exist","portalId":62515}]`) {
		t.Errorf("message %s", message)
	}
}

func TestValuesAsTheyAreKept(t *testing.T) {
	c := serve(t, files{"tax_rates.jsonl": `{"id":"5","percentageRate":7}` + "\n"}, Options{})
	for _, tt := range []struct{ object, property, value, want string }{
		{"contacts", "email", `"  Ann@Example.TEST "`, "ann@example.test"},
		{"contacts", "email", `"a b@x.test"`, "INVALID_EMAIL[email]"},
		{"contacts", "email", `"\"a\"@x.test"`, "INVALID_EMAIL[email]"},
		{"contacts", "email", `"a@x"`, "INVALID_EMAIL[email]"},
		{"contacts", "email", `"a@x.t1"`, "INVALID_EMAIL[email]"},
		{"contacts", "email", `"a@x.test,b@x.test"`, "INVALID_EMAIL[email]"},
		{"contacts", "firstname", `5`, "5"},
		{"contacts", "firstname", `false`, "false"},
		{"contacts", "firstname", `null`, ""},
		{"contacts", "lifecyclestage", `"lead"`, "lead"},
		{"contacts", "lifecyclestage", `"Lead"`, "INVALID_OPTION[lifecyclestage]"},
		{"line_items", "price", `10`, "10"},
		{"line_items", "price", `"1.50"`, "1.50"},
		{"line_items", "price", `1.5e1`, "15"},
		{"line_items", "price", `-1`, "INVALID_NUMBER[price]"},
		{"line_items", "quantity", `"-2.5"`, "-2.5"},
		{"line_items", "quantity", `"two"`, "INVALID_NUMBER[quantity]"},
		{"line_items", "quantity", `"--2"`, "INVALID_NUMBER[quantity]"},
		{"line_items", "quantity", `"."`, "INVALID_NUMBER[quantity]"},
		{"line_items", "quantity", `1e99`, "INVALID_NUMBER[quantity]"},
		{"line_items", "amount", `"2"`, "READ_ONLY_VALUE[amount]"},
		{"line_items", "hs_tax_rate_group_id", `5`, "5"},
		{"line_items", "hs_tax_rate_group_id", `6`, "INVALID_OPTION[hs_tax_rate_group_id]"},
		{"line_items", "hs_product_id", `6`, "INVALID_OPTION[hs_product_id]"},
		{"line_items", "hs_recurring_billing_start_date", `"2026-02-28"`, "2026-02-28"},
		{"line_items", "hs_recurring_billing_start_date", `1772236800000`, "2026-02-28"},
		{"line_items", "hs_recurring_billing_start_date", `1772236800001`, "INVALID_DATE[hs_recurring_billing_start_date]"},
		{"line_items", "hs_recurring_billing_start_date", `"2026-02-28T00:00:00.000Z"`, "2026-02-28"},
		{"line_items", "hs_recurring_billing_start_date", `"2026-02-30"`, "INVALID_DATE[hs_recurring_billing_start_date]"},
		{"invoices", "hs_due_date", `"2026-02-28T10:00:00+02:00"`, "2026-02-28T08:00:00.000Z"},
		{"invoices", "hs_due_date", `"1729859279"`, "1970-01-21T00:30:59.279Z"}, // seconds: 1970
		{"invoices", "hs_due_date", `1729859279000`, "2024-10-25T12:27:59.000Z"},
		{"invoices", "hs_due_date", `"2026-02-28"`, "2026-02-28T00:00:00.000Z"},
		{"invoices", "hs_due_date", `"soon"`, "INVALID_LONG[hs_due_date]"},
		{"invoices", "hs_due_date", `9223372036854775807`, "INVALID_LONG[hs_due_date]"},
		{"invoices", "hs_currency", `"usd"`, "INVALID_OPTION[hs_currency]"},
		{"invoices", "hs_allow_partial_payments", `true`, "true"},
		{"invoices", "hs_allow_partial_payments", `"yes"`, "INVALID_OPTION[hs_allow_partial_payments]"},
		{"invoices", "hs_balance_due", `1`, "READ_ONLY_VALUE[hs_balance_due]"},
		{"invoices", "hs_amount_billed", `1`, "READ_ONLY_VALUE[hs_amount_billed]"},
		{"invoices", "hs_invoice_status", `"overdue"`, "INVALID_OPTION[hs_invoice_status]"},
		{"invoices", "hs_collect_address_types", `"billing_address;shipping_address"`, "billing_address;shipping_address"},
		{"invoices", "hs_collect_address_types", `"billing_address;home"`, "INVALID_OPTION[hs_collect_address_types]"},
	} {
		properties := map[string]json.RawMessage{tt.property: json.RawMessage(tt.value)}
		if tt.object == "invoices" && tt.property != "hs_currency" {
			properties["hs_currency"] = json.RawMessage(`"EUR"`)
		}
		body, err := json.Marshal(map[string]any{"properties": properties})
		must(t, err)
		status, got := c.send("POST", crm+tt.object, string(body))
		is := codes(got)
		if status == 201 {
			is = c.values(tt.object, got["id"].(string), tt.property)
			c.send("DELETE", crm+tt.object+"/"+got["id"].(string), "")
		}
		if is != tt.want {
			t.Errorf("%s.%s %s: %d %s, want %s", tt.object, tt.property, tt.value, status, is, tt.want)
		}
	}
}

// A leading semicolon adds to a list, a stage of life goes forward only, and a
// cleared value is gone.
func TestValuesThatDependOnThoseBefore(t *testing.T) {
	c := serve(t, nil, Options{})
	contact, invoice := c.made("contacts", `{"properties":{"lifecyclestage":"customer"}}`), c.made("invoices", `{"properties":{"hs_currency":"EUR"}}`)
	for _, tt := range []struct{ object, id, property, value, want string }{
		{"invoices", invoice, "hs_collect_address_types", ";billing_address", "billing_address"},
		{"invoices", invoice, "hs_collect_address_types", ";shipping_address;billing_address", "billing_address;shipping_address"},
		{"invoices", invoice, "hs_collect_address_types", "shipping_address", "shipping_address"},
		{"contacts", contact, "lifecyclestage", "lead", "customer"},
		{"contacts", contact, "lifecyclestage", "", ""},
		{"contacts", contact, "lifecyclestage", "lead", "lead"},
		{"contacts", contact, "lifecyclestage", "evangelist", "evangelist"},
	} {
		c.mustSet(tt.object, tt.id, fmt.Sprintf("%q:%q", tt.property, tt.value))
		if got := c.values(tt.object, tt.id, tt.property); got != tt.want {
			t.Errorf("%s after %q is %q, want %q", tt.property, tt.value, got, tt.want)
		}
	}
}

// An address that another contact has is told with that contact's id, in one of
// two shapes; another unique value in the words of bad values.
func TestConflicts(t *testing.T) {
	for _, form := range []ConflictForm{ConflictShort, ConflictLong} {
		c := serve(t, files{"contacts.jsonl": `{"id":"7","properties":{"email":"a@x.test","hs_additional_emails":"b@x.test;c@x.test","key":"K1"}}` + "\n" +
			`{"id":"8","properties":{"email":"d@x.test"}}` + "\n"}, Options{Unique: map[string][]string{"contacts": {"key"}}, Writing: Writing{Conflict: form}})
		for _, address := range []string{"a@x.test", "A@X.test", "c@x.test"} {
			for _, request := range [][2]string{{"POST", crm + "contacts"}, {"PATCH", crm + "contacts/8"}} {
				status, got := c.send(request[0], request[1], `{"properties":{"email":"`+address+`"}}`)
				category := map[ConflictForm]string{ConflictShort: "CONFLICT", ConflictLong: "OBJECT_ALREADY_EXISTS"}[form]
				c.refused(status, got, 409, category, "Contact already exists. Existing ID: 7")
				if long := got["error"] == "CONTACT_EXISTS" && fmt.Sprint(got["identityProfile"]) == "map[identity:[] vid:7]" &&
					strings.Contains(fmt.Sprint(got["errors"]), "in:email message:A contact with email "+strings.ToLower(address)+" already exists. Existing ID: 7"); long != (form == ConflictLong) {
					t.Errorf("long %v: %v", long, got)
				}
			}
		}
		status, got := c.send("PATCH", crm+"contacts/8", `{"properties":{"key":"k1"}}`)
		c.refused(status, got, 400, "VALIDATION_ERROR", `"error":"CONFLICTING_UNIQUE_VALUE","name":"key"`)
		if codes(got) != "CONFLICTING_UNIQUE_VALUE[key]" {
			t.Errorf("codes %s", codes(got))
		}
		c.mustSet("contacts", "7", `"key":"K2","email":"z@x.test"`)
		c.mustSet("contacts", "8", `"key":"K1","email":"a@x.test"`)
		if _, got := c.get(crm + "contacts/K1?idProperty=key"); got["id"] != "8" {
			t.Errorf("by key: %v", got)
		}
	}
	c := serve(t, nil, Options{Writing: Writing{KeepEmailCase: true}})
	if got := c.values("contacts", c.made("contacts", `{"properties":{"email":"Ann@X.test"}}`), "email"); got != "Ann@X.test" {
		t.Errorf("kept as %s", got)
	}
}
