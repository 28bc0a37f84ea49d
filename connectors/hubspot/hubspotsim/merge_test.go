package hubspotsim

import "testing"

// A merge is a change, whatever the dataset says of when its records changed.
func TestMergeIsFoundByItsTime(t *testing.T) {
	const changed = `"lastmodifieddate":"2026-01-01T00:00:00Z"`
	for _, keeps := range []bool{false, true} {
		c := serve(t, files{"contacts.jsonl": `{"id":"1","properties":{` + changed + `,"hs_object_id":"1"}}` + "\n" + `{"id":"2","properties":{"phone":"5",` + changed + `,"hs_object_id":"2"}}` + "\n"},
			Options{Writing: Writing{KeepPrimaryID: keeps}})
		c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"1","objectIdToMerge":"2"}`)
		id := map[bool]string{false: "3", true: "1"}[keeps]
		_, got := c.post(crm+"contacts/search", `{"filters":[{"propertyName":"lastmodifieddate","operator":"GTE","value":"2026-11-22"}]}`)
		if ids(got) != id {
			t.Errorf("found %s, want %s", ids(got), id)
		}
		if got := c.values("contacts", id, "lastmodifieddate", "hs_object_id", "phone"); got != "2026-11-22T08:00:00.005Z|"+id+"|5" {
			t.Errorf("values %s", got)
		}
	}
}

// A property that is archived keeps nothing from being written.
func TestWritesBesideAnArchivedProperty(t *testing.T) {
	c := serve(t, files{"contacts.jsonl": `{"id":"1","properties":{"email":"1@x.test","own":"x"}}` + "\n" + `{"id":"2","properties":{"own":"y","phone":"5"}}` + "\n"},
		Options{Writing: Writing{EmailUpsertReplaces: true}})
	c.send("DELETE", "/crm/properties/2026-03/contacts/own", "")
	if got := c.batched(marchBase+"contacts", "upsert", `{"id":"1@x.test","idProperty":"email","properties":{"firstname":"Ann"}}`); got != "200 COMPLETE 1/false" {
		t.Errorf("upsert: %s", got)
	}
	if status, got := c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"1","objectIdToMerge":"2"}`); status != 200 || got["id"] != "3" {
		t.Fatalf("merge: %d %v", status, got)
	}
	c.send("POST", "/crm/properties/2026-03/contacts", `{"name":"own","label":"Own","groupName":"contactinformation","type":"string","fieldType":"text"}`)
	if got := c.values("contacts", "3", "email", "firstname", "phone", "own"); got != "1@x.test|Ann|5|x" {
		t.Errorf("values %s", got)
	}
}

// The primary record's primary company stays that, and labels of either direction
// come along.
func TestMergeKeepsLabels(t *testing.T) {
	const billing = `"associationTypes":[{"category":"USER_DEFINED","typeId":37,"label":"Billing"}]`
	for _, keeps := range []bool{false, true} {
		c := serve(t, files{
			"contacts.jsonl": numbered(2),
			"companies.jsonl": `{"id":"11","properties":{}}` + "\n" + `{"id":"12","properties":{},"associations":{"contacts":[{"toObjectId":2,` + billing + `}]}}` + "\n" +
				`{"id":"13","properties":{}}` + "\n",
		}, Options{Writing: Writing{KeepPrimaryID: keeps}})
		for _, pair := range [][2]string{{"1", "11"}, {"2", "12"}} {
			c.sent("PUT", "/crm/v4/objects/contacts/"+pair[0]+"/associations/companies/"+pair[1], `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}]`, 201)
		}
		c.relate("contacts", "2", "companies", "13")
		_, merged := c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"1","objectIdToMerge":"2"}`)
		id, _ := merged["id"].(string)
		if got := c.between("contacts", id, "companies"); got != "11:279:1=Primary 12:279 13:279" {
			t.Errorf("keeps %v: %s", keeps, got)
		}
		if got, want := c.between("companies", "12", "contacts"), id+":280:37=Billing"; got != want {
			t.Errorf("keeps %v: %s, want %s", keeps, got, want)
		}
	}
	c := serve(t, files{"contacts.jsonl": numbered(2), "companies.jsonl": `{"id":"11"}` + "\n"}, Options{})
	c.sent("PUT", "/crm/v4/objects/contacts/2/associations/companies/11", `[{"associationCategory":"HUBSPOT_DEFINED","associationTypeId":1}]`, 201)
	c.send("POST", crm+"contacts/merge", `{"primaryObjectId":"1","objectIdToMerge":"2"}`)
	if got := c.between("contacts", "3", "companies"); got != "11:279:1=Primary" {
		t.Errorf("a primary company of the other's alone: %s", got)
	}
}

// What names the merged record is not told beside it again.
func TestMergeTakesOverTheName(t *testing.T) {
	c := serve(t, files{"companies.jsonl": `{"id":"1","properties":{"name":"A"}}` + "\n" + `{"id":"2","properties":{"domain":"b.test"}}` + "\n"}, Options{})
	c.send("POST", crm+"companies/merge", `{"primaryObjectId":"1","objectIdToMerge":"2"}`)
	if got := c.values("companies", "3", "name", "domain", "hs_additional_domains"); got != "A|b.test|" {
		t.Errorf("values %s", got)
	}
}
