package quickbookssim

import (
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// The documented request to the tax service makes a code and a rate that sales are
// taxed by.
func TestTaxService(t *testing.T) {
	s := serve(t, shop, testOptions())
	a := s.post(t, "taxservice/taxcode", `{"TaxCode":"Rate Spec","TaxRateDetails":[{"TaxRateName":"Rate Spec","RateValue":"3.5","TaxAgencyId":"2","TaxApplicableOn":"Sales"}]}`)
	if want := `{"TaxCode":"Rate Spec","TaxCodeId":"4","TaxRateDetails":[{"TaxRateName":"Rate Spec","TaxRateId":"4","RateValue":3.5,"TaxAgencyId":"2","TaxApplicableOn":"Sales"}]}`; a.body != want {
		t.Errorf("got %s", a.body)
	}
	o := s.wrote(t, "invoice", sold(`"TxnTaxDetail":{"TxnTaxCodeRef":{"value":"4"}},`, "100", pump))
	if m := o.lacks(`"TotalTax":3.50`); m != nil {
		t.Errorf("no %v in %s", m, o.bytes())
	}
	a = s.post(t, "taxservice/taxcode", `{"TaxCode":"Both","TaxRateDetails":[{"TaxRateId":"4","TaxApplicableOn":"Sales"},{"TaxRateId":"3","TaxApplicableOn":"Sales"}]}`)
	if !strings.Contains(a.body, `"TaxCodeId":"5"`) {
		t.Errorf("got %s", a.body)
	}
	if code := s.stands(t, "taxcode/5"); code.lacks(`"TaxRateRef":{"value":"3","name":"California"},"TaxTypeApplicable":"TaxOnAmount","TaxOrder":1`) != nil {
		t.Errorf("got %s", code.bytes())
	}
	if a := s.post(t, "taxservice/taxcode", `{"TaxCode":"both","TaxRateDetails":[{"TaxRateId":"4","TaxApplicableOn":"Sales"}]}`); a.status != http.StatusBadRequest {
		t.Errorf("got %s", a.body)
	}
	dup := s.post(t, "taxservice/taxcode", `{"TaxCode":"Other","TaxRateDetails":[{"TaxRateName":"Rate Spec","RateValue":"3.5","TaxAgencyId":"2","TaxApplicableOn":"Sales"}]}`)
	raw, err := os.ReadFile(filepath.Join("testdata", "docs", "fault_400_6240_tax_rate_dup.json"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := decode(t, []byte(dup.body))["Fault"], decode(t, raw)["Fault"]; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
