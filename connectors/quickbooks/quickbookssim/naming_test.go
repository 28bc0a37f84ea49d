package quickbookssim

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Made inactive, an entry is marked in its names but for the one on cheques, frees
// them, and is still read; made active again, it is called as before.
func TestInactive(t *testing.T) {
	for _, keep := range []bool{false, true} {
		o := testOptions()
		o.KeepSuffix = keep
		s := serve(t, shop, o)
		job := s.wrote(t, "customer", `{"Id":"3","SyncToken":"0","sparse":true,"Active":false}`)
		if m := job.lacks(`"FullyQualifiedName":"Ada:Loft (deleted)"`, `"DisplayName":"Loft (deleted)"`, `"PrintOnCheckName":"Loft"`, `"Active":false`, `"SyncToken":"1"`); m != nil {
			t.Errorf("no %v in %s", m, job.bytes())
		}
		if again := s.wrote(t, "customer", `{"Id":"3","SyncToken":"1","sparse":true,"Active":false}`); again.text("SyncToken") != "1" {
			t.Errorf("got %s", again.bytes())
		}
		if n := len(s.Control().Writes()); n != 1 {
			t.Errorf("%d writes took effect", n)
		}
		if read := s.stands(t, "customer/3"); read.text("Active") != "false" {
			t.Errorf("got %s", read.bytes())
		}
		back := s.wrote(t, "customer", `{"Id":"3","SyncToken":"1","sparse":true,"Active":true}`)
		if want := map[bool]string{false: "Ada:Loft", true: "Ada:Loft (deleted)"}[keep]; back.text("FullyQualifiedName") != want {
			t.Errorf("got %s", back.bytes())
		}
		renamed := s.wrote(t, "customer", `{"Id":"3","SyncToken":"2","sparse":true,"DisplayName":"Barn","ParentRef":{"value":"2"}}`)
		if m := renamed.lacks(`"FullyQualifiedName":"Bo:Barn"`, `"ParentRef":{"value":"2"},"Level":1`, `"Job":true`); m != nil {
			t.Errorf("no %v in %s", m, renamed.bytes())
		}
		s.wrote(t, "customer", `{"Id":"2","SyncToken":"0","sparse":true,"DisplayName":"Boaz"}`)
		if below := s.stands(t, "customer/3"); below.text("FullyQualifiedName") != "Boaz:Barn" || below.text("SyncToken") != "3" {
			t.Errorf("got %s", below.bytes())
		}
		next := s.wrote(t, "customer", `{"DisplayName":"Gone"}`) // as an inactive one was
		if code, _ := s.post(t, "customer", `{"Id":"4","SyncToken":"0","sparse":true,"DisplayName":"Gone","Active":true}`).faultOf(t); code != "6240" {
			t.Errorf("two are called %s", next.text("DisplayName"))
		}
	}
}

// Names are unique among those below one parent (the recorded company has a Jack Doe
// at the top and another below Doe, Jack), five levels deep at most.
func TestLevels(t *testing.T) {
	s := serve(t, shop, testOptions())
	parent := s.wrote(t, "customer", `{"DisplayName":"Loft"}`)
	for level := 1; level <= 4; level++ {
		parent = s.wrote(t, "customer", `{"DisplayName":"Loft","Job":true,"ParentRef":{"value":"`+parent.text("Id")+`"}}`)
	}
	if m := parent.lacks(`"Level":4`, `"FullyQualifiedName":"Loft:Loft:Loft:Loft:Loft"`); m != nil {
		t.Errorf("no %v in %s", m, parent.bytes())
	}
	if code, _ := s.post(t, "customer", `{"DisplayName":"x","ParentRef":{"value":"`+parent.text("Id")+`"}}`).faultOf(t); code != "6180" {
		t.Errorf("a sixth level: %s", code)
	}
}

// TestDocumentedWrites sends the documentation's minimum bodies.
func TestDocumentedWrites(t *testing.T) {
	accounts := files{"Account.jsonl": shop["Account.jsonl"] + `{"Id":"80","Name":"Cost of Goods Sold","AccountType":"Cost of Goods Sold"}` + "\n" + `{"Id":"81","Name":"Inventory Asset","AccountType":"Other Current Asset"}` + "\n",
		"Customer.jsonl": `{"Id":"20","DisplayName":"Red Rock Diner","FullyQualifiedName":"Red Rock Diner","Active":true,"Balance":70.00}` + "\n",
		"Invoice.jsonl":  `{"Id":"69","SyncToken":"0","DocNumber":"1023","CustomerRef":{"value":"20"},"TxnDate":"2026-01-01","TotalAmt":70.00,"Balance":70.00,"LinkedTxn":[]}` + "\n"}
	s := serve(t, shop.with(accounts), testOptions())
	for _, tt := range []struct {
		name, path string
		want       []string
	}{
		{"item_create", "item", []string{`"Name":"Widget hourly","Sku":"WID-HR","Active":true,"FullyQualifiedName":"Widget hourly","Taxable":false,"UnitPrice":75,"Type":"Service","IncomeAccountRef":{"value":"79","name":"Sales"},"PurchaseCost":0,"TrackQtyOnHand":false,"domain":"QBO","sparse":false,"Id":"6","SyncToken":"0"`}},
		{"item_inventory_create", "item", []string{`"Type":"Inventory"`, `"UnitPrice":12.5`, `"TrackQtyOnHand":true,"QtyOnHand":10,"InvStartDate":"2015-01-01"`, `"AssetAccountRef":{"value":"81","name":"Inventory Asset"}`}},
		{"payment_create", "payment", nil},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", "docs", tt.name+".request.json"))
		if err != nil {
			t.Fatal(err)
		}
		o := s.wrote(t, tt.path, string(raw))
		if m := o.lacks(tt.want...); m != nil {
			t.Errorf("%s: no %v in %s", tt.name, m, o.bytes())
		}
		if tt.name == "payment_create" {
			sameAsRead(t, o)
		}
	}
	if o := s.stands(t, "invoice/69"); o.text("Balance") != "15.00" || o.text("SyncToken") != "1" {
		t.Errorf("got %s", o.bytes())
	}
}

// sameAsRead holds a payment against the read one of the samples, apart from its Id
// and when it was made.
func sameAsRead(t *testing.T, o *object) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "docs", "payment_read.json"))
	if err != nil {
		t.Fatal(err)
	}
	want := entityIn(t, compact(t, raw))
	for _, name := range []string{"Id", "MetaData"} {
		want.set(name, o.get(name))
	}
	if got := string(o.bytes()); got != string(want.bytes()) {
		t.Errorf("got\n%s\nwant\n%s", got, want.bytes())
	}
}

// The lists and documents without rules of their own, and the two singletons.
func TestOtherKinds(t *testing.T) {
	s := serve(t, shop, testOptions())
	for _, tt := range []struct{ path, body, want string }{
		{"vendor", `{"GivenName":"Tony","FamilyName":"Rondonuwu","TermRef":{"value":"3"}}`, `"Balance":0,"Vendor1099":false,"CurrencyRef":{"value":"USD","name":"United States Dollar"}`},
		{"employee", `{"GivenName":"Emily","FamilyName":"Platt"}`, `"DisplayName":"Emily Platt","PrintOnCheckName":"Emily Platt","Active":true`},
		{"account", `{"Name":"Fees","AccountType":"Income"}`, `"Name":"Fees","SubAccount":false,"FullyQualifiedName":"Fees","Active":true,"Classification":"Revenue","AccountType":"Income","CurrentBalance":0,"CurrentBalanceWithSubAccounts":0,`},
		{"class", `{"Name":"Retail"}`, `"FullyQualifiedName":"Retail"`},
		{"department", `{"Name":"North"}`, `"FullyQualifiedName":"North"`},
		{"paymentmethod", `{"Name":"Wire"}`, `"Name":"Wire","Active":true`},
		{"term", `{"Name":"Net 60","DueDays":60}`, `"DueDays":60`},
		{"taxagency", `{"DisplayName":"Nevada"}`, `"DisplayName":"Nevada"`},
		{"bill", `{"VendorRef":{"value":"9"},"Line":[{"Amount":12.5,"DetailType":"AccountBasedExpenseLineDetail","AccountBasedExpenseLineDetail":{"AccountRef":{"value":"79"}}}]}`, `"TotalAmt":12.50,"Balance":12.50`},
		{"purchase", `{"AccountRef":{"value":"4"},"PaymentType":"Cash","Line":[{"Amount":3,"DetailType":"AccountBasedExpenseLineDetail"}]}`, `"TotalAmt":3.00`},
		{"journalentry", `{"Line":[{"Amount":3,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Debit"}},{"Amount":3,"DetailType":"JournalEntryLineDetail","JournalEntryLineDetail":{"PostingType":"Credit"}}]}`, `"TotalAmt":3.00`},
		{"companyinfo", `{"SyncToken":"0","sparse":true,"LegalName":"Shop LLC","Country":"CA"}`, `"LegalName":"Shop LLC","FiscalYearStartMonth":"January","Country":"US"`},
		{"preferences", `{"SyncToken":"0","sparse":true,"AccountingInfoPrefs":{"BookCloseDate":"2026-06-30"}}`, `"AccountingInfoPrefs":{"BookCloseDate":"2026-06-30"}`},
	} {
		if o := s.wrote(t, tt.path, tt.body); o.lacks(tt.want) != nil {
			t.Errorf("%s: no %s in %s", tt.path, tt.want, o.bytes())
		}
	}
	if code, _ := s.post(t, "invoice", sold(`"TxnDate":"2026-06-30",`, "5", pump)).faultOf(t); code != "6200" {
		t.Errorf("in books that were closed just now: %s", code)
	}
	if code, _ := s.post(t, "bill", strings.Replace(`{"VendorRef":{"value":"9"},"Line":[]}`, "9", "10", 1)).faultOf(t); code != "2020" {
		t.Errorf("a bill without lines: %s", code)
	}
}
