package hubspotsim

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tieout/tieout/sandbox/control"
)

// pastOf is the past of a property in an answer's record, newest first.
func pastOf(record any, name string) string {
	all, _ := record.(map[string]any)["propertiesWithHistory"].(map[string]any)
	versions, told := all[name].([]any)
	if !told {
		return "not told"
	}
	var list []string
	for _, v := range versions {
		one := v.(map[string]any)
		list = append(list, strings.TrimSpace(fmt.Sprintf("%v %v %v %v", one["value"], one["timestamp"].(string)[11:23], one["sourceType"], one["sourceId"])))
	}
	return strings.Join(list, ", ")
}

// The past of a property is every value that it has had, newest first, with who set
// it: in a list, of one record and in a batch.
func TestHistory(t *testing.T) {
	w := newWatch()
	c := serve(t, files{"products.jsonl": `{"id":"1","properties":{"name":"A","hs_sku":"S","hs_object_source":"IMPORT","hs_object_source_id":"7"},"createdAt":"2026-01-01T01:00:00Z"}` + "\n"}, Options{Now: w.Now})
	c.mustSet("products", "1", `"name":"B"`)
	w.pass(time.Second)
	must(t, c.portal.Update("products", "1", map[string]string{"name": "", "hs_sku": "S"}))
	w.pass(time.Second)
	must(t, c.portal.Update("products", "1", map[string]string{"name": "C"}, Author{Source: "AUTOMATION_PLATFORM", ID: "wf-3", Label: "Flow", User: 0}))
	const name = "C 08:00:02.000 AUTOMATION_PLATFORM wf-3,  08:00:01.000 CRM_UI userId:864745280, B 08:00:00.000 INTEGRATION 54321, A 01:00:00.000 IMPORT 7"
	const asked = "propertiesWithHistory=name,hs_sku&propertiesWithHistory=description&propertiesWithHistory=nothing"
	_, list := c.get(crm + "products?" + asked)
	_, one := c.get(crm + "products/1?" + asked)
	_, batch := c.post(crm+"products/batch/read", `{"inputs":[{"id":"1"}],"properties":["name"],"propertiesWithHistory":["name","hs_sku","description","nothing"]}`)
	for what, record := range map[string]any{"list": list["results"].([]any)[0], "get": one, "batch": batch["results"].([]any)[0]} {
		if got := strings.ReplaceAll(pastOf(record, "name"), "  ", " "); got != strings.ReplaceAll(name, "  ", " ") {
			t.Errorf("%s: name %s", what, got)
		}
		if got := pastOf(record, "hs_sku"); got != "S 01:00:00.000 IMPORT 7" {
			t.Errorf("%s: hs_sku %s", what, got)
		}
		if a, b := pastOf(record, "description"), pastOf(record, "nothing"); a != "" || b != "not told" {
			t.Errorf("%s: description %s, nothing %s", what, a, b)
		}
	}
	versions := one["propertiesWithHistory"].(map[string]any)["name"].([]any)
	if got := fmt.Sprint(versions[0], versions[1], versions[2]); got != "map[sourceId:wf-3 sourceLabel:Flow sourceType:AUTOMATION_PLATFORM timestamp:2026-11-22T08:00:02.000Z value:C] "+
		"map[sourceId:userId:864745280 sourceType:CRM_UI timestamp:2026-11-22T08:00:01.000Z updatedByUserId:864745280 value:] "+
		"map[sourceId:54321 sourceLabel:Private app sourceType:INTEGRATION timestamp:2026-11-22T08:00:00.000Z value:B]" {
		t.Errorf("versions %s", got)
	}
	if _, got := c.get(crm + "products/1"); got["propertiesWithHistory"] != nil {
		t.Errorf("not asked for: %v", got)
	}
}

// Who makes a record in Go is in its source properties, somebody at the screen
// unless it is said.
func TestRecordSource(t *testing.T) {
	c := serve(t, nil, Options{})
	const names = "hs_object_source hs_object_source_id hs_object_source_label hs_object_source_detail_1 hs_object_source_user_id"
	for _, tt := range []struct {
		by         []Author
		properties map[string]string
		want       string
	}{
		{nil, nil, "CRM_UI|userId:864745280|CRM_UI||864745280"},
		{[]Author{{Source: "IMPORT", ID: "5", Label: "list.csv"}}, nil, "IMPORT|5|IMPORT|list.csv|"},
		{nil, map[string]string{"hs_object_source": "INTEGRATION"}, "INTEGRATION|userId:864745280|CRM_UI||864745280"},
	} {
		id, err := c.portal.Create("companies", tt.properties, tt.by...)
		must(t, err)
		if got := c.values("companies", id, strings.Fields(names)...); got != tt.want {
			t.Errorf("by %+v: %s, want %s", tt.by, got, tt.want)
		}
	}
	if got := c.written(); got != "" {
		t.Errorf("the log is of the API alone: %s", got)
	}
}

// A list with the past of properties is shorter.
// The past of the last change tells every change and who made it.
func TestHistoryOfTheLastChange(t *testing.T) {
	w := newWatch()
	c := serve(t, files{"products.jsonl": `{"id":"1","properties":{"name":"A"},"createdAt":"2026-01-01T01:00:00Z","updatedAt":"2026-01-02T02:00:00.000Z"}` + "\n"}, Options{Now: w.Now})
	c.mustSet("products", "1", `"name":"B"`)
	w.pass(time.Second)
	must(t, c.portal.Update("products", "1", nil))
	_, got := c.get(crm + "products/1?propertiesWithHistory=hs_lastmodifieddate")
	const want = "2026-11-22T08:00:01.000Z 08:00:01.000 CRM_UI userId:864745280, 2026-11-22T08:00:00.000Z 08:00:00.000 INTEGRATION 54321, " +
		"2026-01-02T02:00:00.000Z 02:00:00.000 CRM_UI userId:864745280"
	if text := pastOf(got, "hs_lastmodifieddate"); text != want {
		t.Errorf("past %s", text)
	}
}

// A value that is written as it is, escaped in another way, has not changed.
func TestSameTextIsNoChange(t *testing.T) {
	c := serve(t, files{"products.jsonl": `{"id":"1","properties":{"name":"Caf\u00e9","description":"A \u0026 B"},"createdAt":"2026-01-01T01:00:00Z"}` + "\n"}, Options{})
	c.mustSet("products", "1", `"name":"Café","description":"A & B"`)
	_, got := c.get(crm + "products/1?propertiesWithHistory=name,description")
	if text := pastOf(got, "name") + "; " + pastOf(got, "description"); text != "Café 01:00:00.000 CRM_UI userId:864745280; A & B 01:00:00.000 CRM_UI userId:864745280" {
		t.Errorf("past %s", text)
	}
}

func TestHistoryLimit(t *testing.T) {
	c := serve(t, files{"products.jsonl": numbered(60)}, Options{})
	if status, got := c.get(crm + "products?limit=50&propertiesWithHistory=name"); status != 200 || len(strings.Fields(ids(got))) != 50 {
		t.Errorf("%d %s", status, ids(got))
	}
	status, got := c.get(crm + "products?limit=51&propertiesWithHistory=name")
	c.refused(status, got, 400, "VALIDATION_ERROR", "between 1 and 50")
}

// A stale read shows every record as it was before its last change: the value, its
// past, that it was there and that it was not.
func TestStaleReads(t *testing.T) {
	w := newWatch()
	c := serve(t, files{"contacts.jsonl": `{"id":"1","properties":{"email":"a@x.test","firstname":"A"}}` + "\n" + `{"id":"2","properties":{"email":"b@x.test"}}` + "\n" + `{"id":"3","properties":{"firstname":"same"}}` + "\n"}, Options{Now: w.Now})
	c.mustSet("contacts", "1", `"firstname":"B"`)
	w.pass(time.Second)
	c.mustSet("contacts", "1", `"firstname":"C","email":"c@x.test"`)
	c.send("DELETE", crm+"contacts/2", "")
	made := c.made("contacts", `{"properties":{"email":"new@x.test"}}`)
	const asked = "?properties=firstname,email&propertiesWithHistory=firstname"
	names := func(answer map[string]any) string {
		var list []string
		for _, r := range answer["results"].([]any) {
			record := r.(map[string]any)
			list = append(list, fmt.Sprint(record["id"], " ", record["properties"].(map[string]any)["firstname"]))
		}
		return strings.Join(list, ", ")
	}
	check := func(stale bool) {
		t.Helper()
		want := map[bool][6]string{
			false: {"1 C, 3 same, " + made + " <nil>", "200 C C 08:00:01.000 B 08:00:00.000 A 00:00:00.000", "404", "404", "1 C", "2"},
			true:  {"1 B, 2 <nil>, 3 same", "200 B B 08:00:00.000 A 00:00:00.000", "200 <nil>", "200 B B 08:00:00.000 A 00:00:00.000", "1 B, 2 <nil>", ""},
		}[stale]
		show := func(path string) string {
			status, got := c.get(crm + path)
			if status != 200 {
				return fmt.Sprint(status)
			}
			past := strings.NewReplacer(" CRM_UI userId:864745280", "", " INTEGRATION 54321", "", ",", "").Replace(pastOf(got, "firstname"))
			return strings.TrimSpace(fmt.Sprint(status, " ", got["properties"].(map[string]any)["firstname"], " ", past))
		}
		_, list := c.get(crm + "contacts" + asked)
		_, batch := c.post(crm+"contacts/batch/read", `{"inputs":[{"id":"1"},{"id":"2"},{"id":"`+made+`"}],"properties":["firstname"]}`)
		_, archived := c.get(crm + "contacts?archived=true")
		got := [6]string{names(list), show("contacts/1" + asked), show("contacts/2" + asked), show("contacts/a@x.test" + asked + "&idProperty=email"), names(batch), ids(archived)}
		if !stale {
			got[4] = strings.TrimSuffix(got[4], ", "+made+" <nil>")
		}
		if got != want {
			t.Errorf("stale %v:\ngot  %q\nwant %q", stale, got, want)
		}
	}
	check(false)
	_, err := c.portal.Control().Strike(control.Rule{Effect: control.Stale})
	must(t, err)
	check(true)
	c.portal.Control().Clear()
	check(false)
}
