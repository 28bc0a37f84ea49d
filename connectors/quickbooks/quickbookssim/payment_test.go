package quickbookssim

import (
	"strings"
	"testing"
	"time"
)

// at makes a version of an entity.
func at(o *object, more string) string {
	return `{"Id":"` + o.text("Id") + `","SyncToken":"` + o.text("SyncToken") + `"` + more + `}`
}

// paying is a payment of customer 1.
func paying(total string, links ...string) string {
	var lines []string
	for _, l := range links {
		id, amount, _ := strings.Cut(l, "=")
		lines = append(lines, `{"Amount":`+amount+`,"LinkedTxn":[{"TxnId":"`+id+`","TxnType":"Invoice"}]}`)
	}
	return `"CustomerRef":{"value":"1"},"TotalAmt":` + total + `,"Line":[` + strings.Join(lines, ",") + `]`
}

// A payment moves the invoice's balance, links, SyncToken and stamp, at its
// creation, its change, its void and its deletion.
func TestPayments(t *testing.T) {
	s, now := clocked(t, shop, Options{})
	a := s.wrote(t, "invoice", sold("", "70", pump))
	b := s.wrote(t, "invoice", sold("", "30", pump))
	balances := func(step, wantA, wantB, owed string) {
		t.Helper()
		a, b = s.stands(t, "invoice/"+a.text("Id")), s.stands(t, "invoice/"+b.text("Id"))
		customer := s.stands(t, "customer/1")
		got := [4]string{a.text("Balance") + " v" + a.text("SyncToken"), b.text("Balance") + " v" + b.text("SyncToken"), customer.text("Balance"), customer.text("SyncToken")}
		if want := [4]string{wantA, wantB, owed, "0"}; got != want {
			t.Errorf("%s: got %v, want %v", step, got, want)
		}
		*now = now.Add(time.Minute)
	}
	balances("open", "70.00 v0", "30.00 v0", "100.00")
	p := s.wrote(t, "payment", "{"+paying("60", a.text("Id")+"=55", b.text("Id")+"=1")+"}")
	if m := p.lacks(`"CustomerRef":{"value":"1","name":"Ada"},"DepositToAccountRef":{"value":"4"},"TotalAmt":60.00,"UnappliedAmt":4.00,"ProcessPayment":false`,
		`"Line":[{"Amount":55.00,"LinkedTxn":[{"TxnId":"`+a.text("Id")+`","TxnType":"Invoice"}],"LineEx":`, `{"Name":"txnOpenBalance","Value":"70.00"}`); m != nil {
		t.Errorf("no %v in %s", m, p.bytes())
	}
	balances("paid", "15.00 v1", "29.00 v1", "40.00")
	if m := a.lacks(`"LinkedTxn":[{"TxnId":"`+p.text("Id")+`","TxnType":"Payment"}]`, `"CreateTime":"2026-07-01T12:00:00-07:00","LastUpdatedTime":"2026-07-01T12:01:00-07:00"`); m != nil {
		t.Errorf("no %v in %s", m, a.bytes())
	}
	p = s.wrote(t, "payment", at(p, `,"sparse":true,"PrivateNote":"x"`))
	balances("noted", "15.00 v1", "29.00 v1", "40.00")
	p = s.wrote(t, "payment", at(p, `,"sparse":true,`+paying("60", a.text("Id")+"=60")))
	balances("moved", "10.00 v2", "30.00 v2", "40.00")
	if len(b.list("LinkedTxn")) != 0 {
		t.Errorf("still linked: %s", b.bytes())
	}
	p = s.wrote(t, "payment?operation=update&include=void", at(p, `,"sparse":true`))
	if m := p.lacks(`"TotalAmt":0`, `"UnappliedAmt":0`, `"PrivateNote":"Voided - x"`, `"Line":[]`); m != nil {
		t.Errorf("no %v in %s", m, p.bytes())
	}
	balances("voided", "70.00 v3", "30.00 v2", "100.00")
	first := s.wrote(t, "payment", "{"+paying("1", a.text("Id")+"=1")+"}")
	second := s.wrote(t, "payment", "{"+paying("1", a.text("Id")+"=1")+"}")
	balances("paid twice", "68.00 v5", "30.00 v2", "98.00")
	first = s.wrote(t, "payment", at(first, `,"sparse":true,"TxnDate":"2026-06-01",`+paying("1", a.text("Id")+"=1")))
	balances("dated", "68.00 v5", "30.00 v2", "98.00") // nothing happened to the invoice
	s.wrote(t, "payment?operation=delete", at(first, ""))
	s.wrote(t, "payment?operation=delete", at(second, ""))
	balances("undone", "70.00 v7", "30.00 v2", "100.00")
	over := s.wrote(t, "payment", "{"+paying("100", b.text("Id")+"=100")+"}")
	if m := over.lacks(`"UnappliedAmt":70.00`, `"Line":[{"Amount":30.00`); m != nil { // the surplus stays
		t.Errorf("no %v in %s", m, over.bytes())
	}
	balances("overpaid", "70.00 v7", "0 v3", "0")
	s.wrote(t, "payment?operation=delete", at(over, ""))
	balances("deleted", "70.00 v7", "30.00 v4", "100.00")
	s.wrote(t, "invoice?operation=void", at(a, ""))
	s.wrote(t, "invoice?operation=delete", at(b, ""))
	if got := s.stands(t, "customer/1").text("Balance"); got != "0" {
		t.Errorf("owes %s", got)
	}
}

// What stands in the way of links, by the switches that there are.
func TestLinks(t *testing.T) {
	for _, faults := range []bool{false, true} {
		o := testOptions()
		o.UnfitLinkFaults, o.SettledFault = faults, faults
		s := serve(t, shop, o)
		theirs := s.wrote(t, "invoice", strings.Replace(sold("", "5", pump), `"1"`, `"2"`, 1))
		a := s.post(t, "payment", "{"+paying("5", theirs.text("Id")+"=5")+"}")
		if faults {
			if code, _ := a.faultOf(t); code != "620" {
				t.Errorf("got %s", a.body)
			}
		} else if m := entityIn(t, a.body).lacks(`"UnappliedAmt":5.00`, `"Line":[]`); m != nil {
			t.Errorf("no %v in %s", m, a.body)
		}
		jobs := s.wrote(t, "invoice", strings.Replace(sold("", "5", pump), `"1"`, `"3"`, 1)) // the parent pays for the job
		s.wrote(t, "payment", "{"+paying("5", jobs.text("Id")+"=5")+"}")
		jobs = s.stands(t, "invoice/"+jobs.text("Id"))
		if code, _ := s.post(t, "invoice", at(jobs, `,"sparse":true,"CustomerRef":{"value":"2"}`)).faultOf(t); code != "6000" {
			t.Errorf("another customer's of a paid invoice: %s", code)
		}
		jobs = s.wrote(t, "invoice", at(jobs, `,"sparse":true,"CustomerRef":{"value":"1"}`))
		for path, want := range map[string]string{"invoice?operation=void": map[bool]string{false: "6000", true: "6450"}[faults], "invoice?operation=delete": "6000"} {
			if code, _ := s.post(t, path, at(jobs, "")).faultOf(t); code != want {
				t.Errorf("%s of a paid invoice: %s", path, code)
			}
		}
		if code, _ := s.post(t, "payment", strings.Replace("{"+paying("5", theirs.text("Id")+"=-5")+"}", `"1"`, `"2"`, 1)).faultOf(t); code != "2290" {
			t.Errorf("less than nothing: %s", code)
		}
		for name, body := range map[string]string{
			"paid already": "{" + paying("5", jobs.text("Id")+"=5") + "}",
			"unknown type": `{"CustomerRef":{"value":"1"},"TotalAmt":5,"Line":[{"Amount":5,"LinkedTxn":[{"TxnId":"1","TxnType":"Odd"}]}]}`,
		} {
			if code, _ := s.post(t, "payment", body).faultOf(t); code != "620" {
				t.Errorf("%s: %s", name, code)
			}
		}
		if code, _ := s.post(t, "customer", at(s.stands(t, "customer/2"), `,"sparse":true,"Active":false`)).faultOf(t); code != "6220" {
			t.Errorf("a customer who owes: %s", code)
		}
	}
}

// What is on a deposit is not changed, voided or deleted.
func TestDeposited(t *testing.T) {
	s := serve(t, shop.with(files{"Payment.jsonl": `{"Id":"62","SyncToken":"0","CustomerRef":{"value":"1"},"TotalAmt":5,"TxnDate":"2026-01-01","LinkedTxn":[{"TxnId":"63","TxnType":"Deposit"}]}` + "\n"}), testOptions())
	for _, path := range []string{"payment", "payment?operation=delete", "payment?operation=update&include=void"} {
		if code, _ := s.post(t, path, `{"Id":"62","SyncToken":"0","sparse":true}`).faultOf(t); code != "6540" {
			t.Errorf("%s: %s", path, code)
		}
	}
}

// A deposit takes payments out of reach until it lets them go.
func TestBanked(t *testing.T) {
	s := serve(t, shop, testOptions())
	p := s.wrote(t, "payment", "{"+paying("5")+"}")
	line := func(id string) string {
		return `{"DepositToAccountRef":{"value":"4"},"Line":[{"Amount":5,"LinkedTxn":[{"TxnId":"` + id + `","TxnType":"Payment","TxnLineId":"0"}]}]}`
	}
	d := s.wrote(t, "deposit", line(p.text("Id")))
	p = s.stands(t, "payment/"+p.text("Id"))
	if m := p.lacks(`"LinkedTxn":[{"TxnId":"`+d.text("Id")+`","TxnType":"Deposit"}]`, `"SyncToken":"1"`); m != nil || d.text("TotalAmt") != "5.00" {
		t.Errorf("no %v in %s", m, p.bytes())
	}
	if code, _ := s.post(t, "payment?operation=delete", at(p, "")).faultOf(t); code != "6540" {
		t.Errorf("deleted from a deposit: %s", code)
	}
	if code, _ := s.post(t, "deposit", line("999")).faultOf(t); code != "620" {
		t.Errorf("a payment that is not there: %s", code)
	}
	s.wrote(t, "deposit?operation=delete", at(d, ""))
	s.wrote(t, "payment?operation=delete", at(s.stands(t, "payment/"+p.text("Id")), ""))
}

// A payment of nothing sets a credit off against an invoice.
func TestCreditApplied(t *testing.T) {
	s := serve(t, shop, testOptions())
	invoice, credit := s.wrote(t, "invoice", sold("", "70", pump)), s.wrote(t, "creditmemo", sold("", "20", pump))
	if got := s.stands(t, "customer/1").text("Balance"); got != "50.00" {
		t.Errorf("owes %s", got)
	}
	link := func(o *object, kind string) string {
		return `{"Amount":20,"LinkedTxn":[{"TxnId":"` + o.text("Id") + `","TxnType":"` + kind + `"}]}`
	}
	s.wrote(t, "payment", `{"CustomerRef":{"value":"1"},"TotalAmt":0,"Line":[`+link(invoice, "Invoice")+","+link(credit, "CreditMemo")+`]}`)
	invoice, credit = s.stands(t, "invoice/"+invoice.text("Id")), s.stands(t, "creditmemo/"+credit.text("Id"))
	credit = s.wrote(t, "creditmemo", at(credit, ",")[:len(at(credit, ","))-1]+strings.TrimPrefix(sold("", "20", pump), "{"))
	if len(credit.list("LinkedTxn")) != 1 || credit.text("SyncToken") != "2" {
		t.Errorf("a full update left %s", credit.bytes())
	}
	if invoice.text("Balance") != "50.00" || credit.text("Balance") != "0" || credit.text("RemainingCredit") != "0" {
		t.Errorf("%s\n%s", invoice.bytes(), credit.bytes())
	}
	if got := s.stands(t, "customer/1").text("Balance"); got != "50.00" {
		t.Errorf("owes %s", got)
	}
}

// AutoApplyPayments applies what no line speaks of: to the oldest invoices first,
// and to an invoice that comes later.
func TestAutoApply(t *testing.T) {
	s := serve(t, preferring(`"AllowDiscount":true`, `"AutoApplyPayments":true`), testOptions())
	young := s.wrote(t, "invoice", sold(`"TxnDate":"2026-02-01",`, "30", pump))
	old := s.wrote(t, "invoice", sold(`"TxnDate":"2026-01-01",`, "30", pump))
	s.wrote(t, "payment", "{"+paying("40")+"}")
	if a, b := s.stands(t, "invoice/"+old.text("Id")).text("Balance"), s.stands(t, "invoice/"+young.text("Id")).text("Balance"); a != "0" || b != "20.00" {
		t.Errorf("old %s, young %s", a, b)
	}
	p := s.wrote(t, "payment", "{"+paying("50")+"}")
	if p.text("UnappliedAmt") != "30.00" {
		t.Errorf("got %s", p.bytes())
	}
	next := s.wrote(t, "invoice", sold("", "100", pump))
	if m := next.lacks(`"TotalAmt":100.00`, `"Balance":70.00`, `"LinkedTxn":[{"TxnId":"`+p.text("Id")+`","TxnType":"Payment"}]`); m != nil {
		t.Errorf("no %v in %s", m, next.bytes())
	}
	if p = s.stands(t, "payment/"+p.text("Id")); p.text("UnappliedAmt") != "0" || p.text("SyncToken") != "1" {
		t.Errorf("got %s", p.bytes())
	}
}

// An invoice closes the estimate that it is made from, and opens it when it goes.
func TestEstimates(t *testing.T) {
	s := serve(t, shop, testOptions())
	e := s.wrote(t, "estimate", sold("", "30", pump))
	o := s.wrote(t, "invoice", sold(`"LinkedTxn":[{"TxnId":"`+e.text("Id")+`","TxnType":"Estimate"}],`, "30", pump))
	e = s.stands(t, "estimate/"+e.text("Id"))
	if m := e.lacks(`"TxnStatus":"Closed"`, `"LinkedTxn":[{"TxnId":"`+o.text("Id")+`","TxnType":"Invoice"}]`, `"SyncToken":"1"`); m != nil {
		t.Errorf("no %v in %s", m, e.bytes())
	}
	s.wrote(t, "invoice?operation=delete", at(o, ""))
	free := func(path string) {
		t.Helper()
		if o := s.stands(t, path); len(o.list("LinkedTxn")) != 0 {
			t.Errorf("still linked: %s", o.bytes())
		}
	}
	free("estimate/" + e.text("Id"))
	next := func() string {
		e = s.stands(t, "estimate/"+e.text("Id"))
		if e.text("TxnStatus") != "Accepted" {
			t.Errorf("got %s", e.bytes())
		}
		o = s.wrote(t, "invoice", sold(`"LinkedTxn":[{"TxnId":"`+e.text("Id")+`","TxnType":"Estimate"}],`, "30", pump))
		e = s.stands(t, "estimate/"+e.text("Id"))
		return "invoice/" + o.text("Id")
	}
	path := next()
	s.wrote(t, "invoice?operation=void", at(o, ""))
	free(path)
	path = next()
	s.wrote(t, "estimate?operation=delete", at(e, ""))
	free(path)
}

// A void leaves dates, numbers and references, and takes amounts, prices and taxes.
func TestVoid(t *testing.T) {
	s := serve(t, shop, testOptions())
	o := s.wrote(t, "invoice", sold(`"PrivateNote":"mine","TxnTaxDetail":{"TxnTaxCodeRef":{"value":"2"}},`, "30", `{"ItemRef":{"value":"2"},"Qty":2,"UnitPrice":15}`))
	v := s.wrote(t, "invoice?operation=void", at(o, ""))
	if m := v.lacks(`"PrivateNote":"Voided - mine"`, `"TotalAmt":0`, `"Balance":0`, `"Amount":0,"DetailType":"SalesItemLineDetail","SalesItemLineDetail":{"ItemRef":{"value":"2","name":"Pump"},"Qty":0,"TaxCodeRef":{"value":"TAX"}}`,
		`"TotalTax":0}`, `"SyncToken":"1"`, `"DocNumber":"`+o.text("DocNumber")+`"`); m != nil {
		t.Errorf("no %v in %s", m, v.bytes())
	}
	v = s.wrote(t, "invoice", at(v, `,"sparse":true,"Line":`+string(appendValue(nil, v.get("Line"))))) // as it is
	p := s.wrote(t, "payment", "{"+paying("5")+"}")
	p = s.wrote(t, "payment?operation=update&include=void", at(p, `,"sparse":true`))
	for path, body := range map[string]string{"invoice": at(v, `,"sparse":true,`+sold("", "30", pump)[1:len(sold("", "30", pump))-1]), "payment": at(p, `,"sparse":true,"TotalAmt":5`)} {
		if code, _ := s.post(t, path, body).faultOf(t); code != "6000" {
			t.Errorf("a void of %s is undone: %q", path, code)
		}
	}
}

// Ids are given once, whatever was deleted.
func TestIdsAreNotGivenAgain(t *testing.T) {
	s := serve(t, shop.with(files{"Invoice.jsonl": `{"Id":"41","SyncToken":"0","CustomerRef":{"value":"1"},"TxnDate":"2026-01-01","Balance":0}` + "\n"}), testOptions())
	s.wrote(t, "invoice?operation=delete", `{"Id":"41","SyncToken":"0"}`)
	if o := s.wrote(t, "payment", "{"+paying("5")+"}"); o.text("Id") != "42" {
		t.Errorf("got %s", o.text("Id"))
	}
	if o := s.wrote(t, "vendor", `{"DisplayName":"x"}`); o.text("Id") != "10" { // behind vendor 9, with the customers
		t.Errorf("got %s", o.text("Id"))
	}
	if o := s.wrote(t, "customer", `{"DisplayName":"y"}`); o.text("Id") != "11" {
		t.Errorf("got %s", o.text("Id"))
	}
}
