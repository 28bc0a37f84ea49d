package hubspotsim

import (
	"fmt"
	"strings"
	"testing"
)

// batched posts a batch and sums the answer up: status, the records' ids with trace
// id and new, and the errors' categories with trace ids.
func (c *client) batched(base, verb, inputs string) string {
	c.t.Helper()
	status, got := c.send("POST", base+"/batch/"+verb, `{"inputs":[`+inputs+`]}`)
	if got == nil {
		return fmt.Sprint(status)
	}
	if got["status"] == "error" {
		return fmt.Sprint(status, " ", got["category"])
	}
	var list []string
	for _, r := range got["results"].([]any) {
		result := r.(map[string]any)
		text := fmt.Sprint(result["id"])
		if trace, traced := result["objectWriteTraceId"]; traced {
			text += fmt.Sprint("/", trace)
		}
		if made, told := result["new"]; told {
			text += fmt.Sprint("/", made)
		}
		list = append(list, text)
	}
	text := fmt.Sprint(status, " ", got["status"], " ", strings.Join(list, " "))
	problems, _ := got["errors"].([]any)
	if fmt.Sprint(got["numErrors"]) != fmt.Sprint(len(problems)) && len(problems) > 0 {
		c.t.Errorf("numErrors %v of %d", got["numErrors"], len(problems))
	}
	for _, e := range problems {
		problem := e.(map[string]any)
		text += fmt.Sprint(" !", problem["category"], problem["context"].(map[string]any)["objectWriteTraceId"])
	}
	return text
}

const (
	v3Base        = "/crm/v3/objects/"
	marchBase     = "/crm/objects/2026-03/"
	septemberBase = "/crm/objects/2026-09/"
)

// A batch create succeeds or fails whole, unless every input has a trace id of its
// own: then the others are made. Up to 2026-03 the answer is 207 then, later 201.
func TestBatchCreate(t *testing.T) {
	const one, two, bad = `{"objectWriteTraceId":"a","properties":{"email":"1@x.test"}}`, `{"objectWriteTraceId":"b","properties":{"email":"2@x.test"}}`,
		`{"objectWriteTraceId":"c","properties":{"nickname":"x"}}`
	const again = `{"objectWriteTraceId":"d","properties":{"email":"1@X.test"}}`
	for _, tt := range []struct{ name, base, inputs, want, made string }{
		{"none", v3Base, ``, "201 COMPLETE ", ""},
		{"two", v3Base, `{"properties":{}},{"properties":{"phone":5}}`, "201 COMPLETE 1 2", "1 2"},
		{"traced", v3Base, one + "," + two, "201 COMPLETE 1/a 2/b", "1 2"},
		{"one bad", v3Base, one + "," + bad + "," + two, "207 COMPLETE 1/a 2/b !VALIDATION_ERROR[c]", "1 2"},
		{"one bad, 2026-03", marchBase, one + "," + bad + "," + two, "207 COMPLETE 1/a 2/b !VALIDATION_ERROR[c]", "1 2"},
		{"one bad, 2026-09", septemberBase, one + "," + bad + "," + two, "201 COMPLETE 1/a 2/b !VALIDATION_ERROR[c]", "1 2"},
		{"all bad", v3Base, bad, "207 COMPLETE  !VALIDATION_ERROR[c]", ""},
		{"one bad, untraced", v3Base, one + `,{"properties":{"nickname":"x"}}`, "400 VALIDATION_ERROR", ""},
		{"one bad, one trace id twice", v3Base, one + "," + two + "," + strings.ReplaceAll(bad, `"c"`, `"a"`), "400 VALIDATION_ERROR", ""},
		{"one address twice", v3Base, one + "," + two + "," + again, "207 COMPLETE 1/a 2/b !CONFLICT[d]", "1 2"},
		{"one address twice, untraced", v3Base, one + `,{"properties":{"email":"1@X.test"}}`, "409 CONFLICT", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, nil, Options{})
			if got := c.batched(tt.base+"contacts", "create", tt.inputs); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if _, got := c.get(tt.base + "contacts"); ids(got) != tt.made {
				t.Errorf("made %s, want %s", ids(got), tt.made)
			}
			if got := len(c.portal.Control().Writes()); got != len(strings.Fields(tt.made)) {
				t.Errorf("%d in the log: %s", got, c.written())
			}
		})
	}
}

// An error of a batch tells what it is about beside the trace id.
func TestContextOfBatchErrors(t *testing.T) {
	c := serve(t, nil, Options{})
	_, got := c.send("POST", crm+"contacts/batch/create", `{"inputs":[{"objectWriteTraceId":"a","properties":{},"associations":[{"to":{"id":"7"},"types":[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":279}]}]}]}`)
	e := got["errors"].([]any)[0].(map[string]any)
	if text := fmt.Sprint(e["context"]); text != "map[INVALID_OBJECT_IDS:[COMPANY=7 is not valid] objectId:[7] objectType:[COMPANY] objectWriteTraceId:[a]]" || e["status"] != "error" {
		t.Errorf("got %v", e)
	}
}

func TestBatchUpdate(t *testing.T) {
	dataset := files{"products.jsonl": `{"id":"1","properties":{"name":"A","key":"K1"}}` + "\n" + `{"id":"2","properties":{"name":"B","key":"K2"}}` + "\n"}
	const bad = `{"id":"3","objectWriteTraceId":"c","properties":{"name":"x"}}`
	for _, tt := range []struct {
		name, base, inputs, want, names string
		writing                         Writing
	}{
		{"by id and by key", v3Base, `{"id":2,"properties":{"name":"b"}},{"id":"k1","idProperty":"key","properties":{"name":"a"}}`, "200 COMPLETE 1 2", "a b", Writing{}},
		{"none there", v3Base, `{"id":"1","properties":{"name":"a"}},{"id":"3","properties":{}}`, "404 OBJECT_NOT_FOUND", "A B", Writing{}},
		{"none there, traced", v3Base, `{"id":"1","objectWriteTraceId":"a","properties":{"name":"a"}},` + bad, "207 COMPLETE 1/a !OBJECT_NOT_FOUND[c]", "a B", Writing{}},
		{"none there, 2026-09", septemberBase, `{"id":"1","objectWriteTraceId":"a","properties":{"name":"a"}},` + bad, "200 COMPLETE 1/a !OBJECT_NOT_FOUND[c]", "a B", Writing{}},
		{"none there, traced for nothing", v3Base, `{"id":"1","objectWriteTraceId":"a","properties":{"name":"a"}},` + bad, "404 OBJECT_NOT_FOUND", "A B", Writing{TracedCreateOnly: true}},
		{"an id twice", v3Base, `{"id":"1","properties":{"name":"a"}},{"id":"1","properties":{"name":"aa"}}`, "400 VALIDATION_ERROR", "A B", Writing{}},
		{"an id twice, taken", v3Base, `{"id":"1","properties":{"name":"a"}},{"id":"1","properties":{"name":"aa"}}`, "200 COMPLETE 1 1", "aa B", Writing{TakeTwice: true}},
		{"a key that is taken", v3Base, `{"id":"2","properties":{"name":"b"}},{"id":"1","properties":{"key":"K2"}}`, "400 VALIDATION_ERROR", "A B", Writing{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, dataset, Options{Unique: map[string][]string{"products": {"key"}}, Writing: tt.writing})
			if got := c.batched(tt.base+"products", "update", tt.inputs); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if got := c.values("products", "1", "name") + " " + c.values("products", "2", "name"); got != tt.names {
				t.Errorf("names %s, want %s", got, tt.names)
			}
		})
	}
}

func TestBatchUpsert(t *testing.T) {
	dataset := files{
		"invoices.jsonl": `{"id":"1","properties":{"hs_currency":"EUR","tieout_key":"K1","hs_comments":"A"}}` + "\n",
		"contacts.jsonl": `{"id":"1","properties":{"email":"1@x.test","firstname":"Ann"}}` + "\n",
	}
	options := Options{Unique: map[string][]string{"invoices": {"tieout_key"}}}
	upsert := func(id, more string) string {
		return `{"id":"` + id + `","idProperty":"tieout_key","properties":{"hs_currency":"USD"}` + more + `}`
	}
	for _, tt := range []struct{ name, base, inputs, want, list string }{
		{"one of each", v3Base, upsert("K2", "") + "," + upsert("k1", ""), "200 COMPLETE 1/false 2/true", "1 2"},
		{"a bad one", v3Base, upsert("K2", "") + `,{"id":"K3","idProperty":"tieout_key","properties":{}}`, "400 VALIDATION_ERROR", "1"},
		{"a bad one, traced", marchBase, upsert("K2", `,"objectWriteTraceId":"a"`) + `,{"id":"K3","idProperty":"tieout_key","objectWriteTraceId":"b","properties":{}}`,
			"207 COMPLETE 2/a/true !VALIDATION_ERROR[b]", "1 2"},
		{"a bad one, 2026-09", septemberBase, upsert("K2", `,"objectWriteTraceId":"a"`) + `,{"id":"K3","idProperty":"tieout_key","objectWriteTraceId":"b","properties":{}}`,
			"200 COMPLETE 2/a/true !VALIDATION_ERROR[b]", "1 2"},
		{"the same key twice", v3Base, upsert("K2", "") + "," + upsert("K2", ""), "400 VALIDATION_ERROR", "1"},
		{"by record id", v3Base, `{"id":"1","properties":{"hs_comments":"B"}}`, "200 COMPLETE 1/false", "1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, dataset, options)
			if got := c.batched(tt.base+"invoices", "upsert", tt.inputs); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if _, got := c.get(tt.base + "invoices"); ids(got) != tt.list {
				t.Errorf("have %s, want %s", ids(got), tt.list)
			}
		})
	}
	c := serve(t, dataset, options)
	c.batched(v3Base+"invoices", "upsert", upsert("K7", ""))
	if got := c.values("invoices", "2", "tieout_key", "hs_currency", "hs_invoice_status"); got != "K7|USD|draft" {
		t.Errorf("made %s", got)
	}
}

// A batch upsert by e-mail has no partial success, or, in the other reading of the
// "Contacts" page, clears what it leaves out.
func TestUpsertByEmail(t *testing.T) {
	dataset := files{"contacts.jsonl": `{"id":"1","properties":{"email":"1@x.test","firstname":"Ann","phone":"5"}}` + "\n"}
	const inputs = `{"id":"1@X.test","idProperty":"email","objectWriteTraceId":"a","properties":{"firstname":"Eve"}},` +
		`{"id":"2@x.test","idProperty":"email","objectWriteTraceId":"b","properties":{"firstname":"Bob"}}`
	const bad = `,{"id":"none","idProperty":"email","objectWriteTraceId":"c","properties":{"firstname":"Eve"}}`
	for _, replaces := range []bool{false, true} {
		c := serve(t, dataset, Options{Writing: Writing{EmailUpsertReplaces: replaces}})
		if got := c.batched(v3Base+"contacts", "upsert", inputs+bad); got != "400 VALIDATION_ERROR" {
			t.Errorf("partly: %s", got)
		}
		if got := c.batched(v3Base+"contacts", "upsert", inputs); got != "200 COMPLETE 1/a/false 3/b/true" { // what was refused has used up an id
			t.Errorf("got %s", got)
		}
		want := map[bool]string{false: "1@x.test|Eve|5", true: "1@x.test|Eve|"}[replaces]
		if got := c.values("contacts", "1", "email", "firstname", "phone"); got != want {
			t.Errorf("replaces %v: %s", replaces, got)
		}
		if got := c.values("contacts", "3", "email", "firstname"); got != "2@x.test|Bob" {
			t.Errorf("made %s", got)
		}
	}
}

func TestBatchArchive(t *testing.T) {
	c := serve(t, files{"products.jsonl": numbered(3), "invoices.jsonl": `{"id":"1","properties":{"hs_invoice_status":"paid"}}` + "\n" + `{"id":"2","properties":{}}` + "\n"}, Options{})
	for range 2 {
		if got := c.batched(marchBase+"products", "archive", `{"id":"1"},{"id":3}`); got != "204" {
			t.Errorf("got %s", got)
		}
	}
	if got := c.written(); got != "archive products 1, archive products 3" {
		t.Errorf("log: %s", got)
	}
	if got := c.batched(marchBase+"invoices", "archive", `{"id":"2"},{"id":"1"}`); got != "400 VALIDATION_ERROR" {
		t.Errorf("got %s", got)
	}
	if _, got := c.get(crm + "invoices"); ids(got) != "1 2" {
		t.Errorf("left %s", ids(got))
	}
}

// A merge makes a new record of two, or keeps the primary one: with the values of
// both, all addresses and all associations.
func TestMerge(t *testing.T) {
	for _, keeps := range []bool{false, true} {
		c := serve(t, files{
			"contacts.jsonl": `{"id":"1","properties":{"email":"1@x.test","firstname":"Ann"},"createdAt":"2026-01-01T00:00:00Z"}` + "\n" +
				`{"id":"2","properties":{"email":"2@x.test","firstname":"Eve","phone":"5","hs_additional_emails":"3@x.test"},"associations":{"companies":["9"]}}` + "\n" + `{"id":"3","properties":{}}` + "\n",
			"companies.jsonl": `{"id":"9","properties":{"name":"N"}}` + "\n", "invoices.jsonl": `{"id":"4","properties":{},"associations":{"contacts":["1","2"]}}` + "\n",
		}, Options{Writing: Writing{KeepPrimaryID: keeps}})
		id := map[bool]string{false: "4", true: "1"}[keeps]
		status, got := c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"1","objectIdToMerge":2}`)
		if status != 200 || got["id"] != id {
			t.Fatalf("merged: %d %v", status, got)
		}
		if got := c.values("contacts", id, "email", "firstname", "phone", "hs_additional_emails", "hs_merged_object_ids"); got != "1@x.test|Ann|5|3@x.test;2@x.test|1;2" {
			t.Errorf("values %s", got)
		}
		if _, got := c.get(crm + "contacts"); ids(got) != map[bool]string{false: "3 4", true: "1 3"}[keeps] {
			t.Errorf("left %s", ids(got))
		}
		for _, one := range []string{"1@x.test", "2@x.test", "3@x.test"} {
			status, got := c.send("POST", crm+"contacts", `{"properties":{"email":"`+one+`"}}`)
			c.refused(status, got, 409, "CONFLICT", "Existing ID: "+id)
		}
		for _, of := range []string{"invoices/4", "companies/9"} {
			if _, got := c.get(crm + of + "?associations=contacts"); strings.Count(fmt.Sprint(got["associations"]), "id:") != 1 || !strings.Contains(fmt.Sprint(got["associations"]), "id:"+id+" ") {
				t.Errorf("%s: %v", of, got["associations"])
			}
		}
		status, got = c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"3","objectIdToMerge":"3"}`)
		c.refused(status, got, 400, "VALIDATION_ERROR", "itself")
		status, got = c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"3","objectIdToMerge":"2"}`)
		c.refused(status, got, 404, "OBJECT_NOT_FOUND", "not found")
		if got := c.written(); got != "merge contacts "+id {
			t.Errorf("log: %s", got)
		}
	}
}

func TestMergeOfTooManyAddresses(t *testing.T) {
	var further []string
	for n := range 250 {
		further = append(further, fmt.Sprint(n, "@x.test"))
	}
	contact := func(id int, more string) string {
		return fmt.Sprintf(`{"id":"%d","properties":{"email":"m%d@x.test"%s}}`+"\n", id, id, more)
	}
	c := serve(t, files{"contacts.jsonl": contact(1, `,"hs_additional_emails":"`+strings.Join(further[:248], ";")+`"`) + contact(2, "") + contact(3, "")}, Options{Writing: Writing{KeepPrimaryID: true}})
	if status, got := c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"1","objectIdToMerge":"2"}`); status != 200 {
		t.Errorf("250: %d %v", status, got)
	}
	status, got := c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"1","objectIdToMerge":"3"}`)
	c.refused(status, got, 414, "VALIDATION_ERROR", "Too Long")
}

func TestMergeOfCompanies(t *testing.T) {
	c := serve(t, files{"companies.jsonl": `{"id":"1","properties":{"name":"A","domain":"a.test"}}` + "\n" + `{"id":"2","properties":{"domain":"b.test"}}` + "\n"}, Options{})
	c.send("POST", crm+"companies/merge", `{"primaryObjectId":"2","objectIdToMerge":"1"}`)
	if got := c.values("companies", "3", "name", "domain", "hs_additional_domains", "hs_merged_object_ids"); got != "A|b.test|a.test|2;1" {
		t.Errorf("values %s", got)
	}
}

// What is erased is in no list, not among the archived ones either.
func TestErase(t *testing.T) {
	c := serve(t, files{"contacts.jsonl": `{"id":"1","properties":{"email":"a@x.test"}}` + "\n" + `{"id":"2","properties":{}}` + "\n", "invoices.jsonl": `{"id":"4","properties":{},"associations":{"contacts":["1"]}}` + "\n"}, Options{})
	if status, got := c.send("POST", crm+"contacts/gdpr-delete", `{"objectId":"A@x.test","idProperty":"email"}`); status != 204 {
		t.Fatalf("%d %v", status, got)
	}
	c.mustSet("contacts", "2", `"phone":"5"`)
	c.send("DELETE", crm+"contacts/2", "")
	if status, _ := c.send("POST", crm+"contacts/gdpr-delete", `{"objectId":2}`); status != 204 {
		t.Errorf("an archived one: %d", status)
	}
	for _, list := range []string{"contacts", "contacts?archived=true"} {
		if _, got := c.get(crm + list); ids(got) != "" {
			t.Errorf("%s: %s", list, ids(got))
		}
	}
	status, got := c.send("POST", crm+"contacts/gdpr-delete", `{"objectId":"1"}`)
	c.refused(status, got, 404, "OBJECT_NOT_FOUND", "not found")
	if _, got := c.get(crm + "invoices/4?associations=contacts"); got["associations"] != nil {
		t.Errorf("associated with %v", got["associations"])
	}
	if id := c.made("contacts", `{"properties":{"email":"a@x.test"}}`); id == "1" || id == "2" {
		t.Errorf("the id %s is given twice", id)
	}
	if past := c.portal.tables[contacts].past; len(past["1"]) > 0 || len(past["2"]) > 0 {
		t.Errorf("past %v", past)
	}
	if got := c.written(); !strings.HasPrefix(got, "delete contacts 1, update contacts 2, archive contacts 2, delete contacts 2, create contacts") {
		t.Errorf("log: %s", got)
	}
}
