package quickbookssim

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inXML asks without saying that it wants JSON.
func (s testServer) inXML(t *testing.T, method, path, body, accept string) answer {
	t.Helper()
	r := s.request(t, method, path, body)
	r.Header.Del("Accept")
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	r.Header.Set("Content-Type", "application/json")
	return s.do(t, r)
}

const xmlStart = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n" +
	`<IntuitResponse xmlns="http://schema.intuit.com/finance/v3" time="` + testTime + `">`

func TestXML(t *testing.T) {
	s := serve(t, books, testOptions())
	const invoice = `<Invoice domain="QBO" sparse="false"><TotalAmt>100.00</TotalAmt><Balance>0</Balance><Id>100</Id><SyncToken>3</SyncToken>` +
		`<DocNumber>INV-9</DocNumber><TxnDate>2026-02-01</TxnDate><DueDate>2026-03-01</DueDate><CustomerRef name="Ada">1</CustomerRef>` +
		`<Line><Id>1</Id><Amount>100.00</Amount></Line>` +
		`<MetaData><CreateTime>2026-02-01T08:00:00-08:00</CreateTime><LastUpdatedTime>2026-02-10T08:00:00-08:00</LastUpdatedTime></MetaData></Invoice>`
	for _, tt := range []struct{ name, path, want string }{
		{"entity", "invoice/100", invoice},
		{"page", "query?query=SELECT+*+FROM+Invoice+WHERE+Id='100'", `<QueryResponse startPosition="1" maxResults="1">` + invoice + `</QueryResponse>`},
		{"count", "query?query=SELECT+count(*)+FROM+Invoice", `<QueryResponse totalCount="3"></QueryResponse>`},
		{"nothing", "query?query=SELECT+*+FROM+Bill", `<QueryResponse></QueryResponse>`},
		{"marks", "customer/11", `<Customer domain="QBO" sparse="false"><Id>11</Id><DisplayName>O&#39;Brien \ Söhne &amp; Co</DisplayName><FullyQualifiedName>O&#39;Brien \ Söhne &amp; Co</FullyQualifiedName>` +
			`<Active>true</Active><Balance>100.00</Balance><MetaData><CreateTime>2026-01-01T00:00:00-08:00</CreateTime><LastUpdatedTime>2026-03-05T12:00:00-08:00</LastUpdatedTime></MetaData><SyncToken>0</SyncToken></Customer>`},
		{"changes", "cdc?entities=Bill&changedSince=2026-07-01", `<CDCResponse><QueryResponse></QueryResponse></CDCResponse>`},
		{"fault", "invoice/7", `<Fault type="ValidationFault"><Error code="610"><Message>Object Not Found</Message><Detail>` +
			`Object Not Found : Something you&#39;re trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.</Detail></Error></Fault>`},
	} {
		for _, accept := range []string{"", "application/xml", "*/*"} {
			a := s.inXML(t, http.MethodGet, tt.path, "", accept)
			if diff := cmp.Diff(xmlStart+tt.want+"</IntuitResponse>", a.body); diff != "" {
				t.Errorf("%s, Accept %q: %s", tt.name, accept, diff)
			}
			if media := a.header.Get("Content-Type"); !strings.HasPrefix(media, "application/xml") {
				t.Errorf("%s: Content-Type %q", tt.name, media)
			}
			if err := xml.Unmarshal([]byte(a.body), new(struct{})); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		}
	}
	for _, accept := range []string{"application/json", "application/json, */*", "application/pdf"} {
		if a := s.inXML(t, http.MethodGet, "invoice/7", "", accept); !strings.HasPrefix(a.body, `{"Fault":`) {
			t.Errorf("Accept %s: %s", accept, a.body)
		}
	}
}

func TestBatchInXML(t *testing.T) {
	s := serve(t, books, testOptions())
	a := s.inXML(t, http.MethodPost, "batch", `{"BatchItemRequest":[{"bId":"1","Query":"SELECT * FROM Bill"},{"bId":"2","Query":""}]}`, "")
	for _, part := range []string{`<BatchItemResponse bId="1"><QueryResponse></QueryResponse></BatchItemResponse>`, `<BatchItemResponse bId="2"><Fault type="ValidationFault"><Error code="4000">`} {
		if !strings.Contains(a.body, part) {
			t.Errorf("%s is not in %s", part, a.body)
		}
	}
}

func TestGatewayInXML(t *testing.T) {
	o := testOptions()
	o.Open, o.Token, o.Realm, o.Elsewhere = false, "other", "1", []string{"7"}
	s := serve(t, nil, o)
	a := s.inXML(t, http.MethodGet, "invoice/7", "", "")
	want := `<Fault type="AUTHENTICATION"><Error code="3200"><Message>message=AuthenticationFailed; errorCode=003200; statusCode=401</Message><Detail>Token expired: token</Detail></Error></Fault>`
	if a.status != http.StatusUnauthorized || !strings.Contains(a.body, want) {
		t.Errorf("%d %s", a.status, a.body)
	}
	// What is null is not there.
	o.Token = "token"
	a = serve(t, nil, o).inXML(t, http.MethodGet, "/v3/company/2/preferences", "", "")
	if want := `<Error code="3100"><Message>message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403</Message></Error>`; a.status != http.StatusForbidden || !strings.Contains(a.body, want) {
		t.Errorf("%d %s", a.status, a.body)
	}
	// A realm of the other host is answered in XML whatever is asked for.
	a = s.get(t, "/v3/company/7/preferences")
	if a.status != http.StatusUnauthorized || a.header.Get("Content-Type") != "application/xml" || !strings.Contains(a.body, `<Error code="130"><Message>Accessing Wrong Cluster</Message>`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}
