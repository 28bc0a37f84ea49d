package quickbooks

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/tieout/tieout/connectors"
	"github.com/tieout/tieout/reconcile"
)

const throttledXML = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IntuitResponse time="2016-11-01T00:00:00.000-07:00" xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message><Detail>The request limit was reached.  Try again later</Detail></Error></Fault></IntuitResponse>`

// The five forms in which QuickBooks says no.
func TestFaults(t *testing.T) {
	once := connectors.Options{Rate: connectors.Unpaced, Attempts: 1}
	for _, tt := range []struct {
		name        string
		status      int
		contentType string
		body        string
		kind        error
		want        string
	}{
		{"query", 400, "application/json", string(recorded(t, "fault_400_query_entity")), connectors.ErrBroken, "400 4001 answer not understood: Invalid query: QueryValidationError: invalid context declaration: Custmoer (request 1-5f732f5f-25dc)"},
		{"id", 400, "application/json", string(recorded(t, "fault_400_2030_invalid_id")), connectors.ErrBroken, "400 2030"},
		{"path", 400, "application/json", string(recorded(t, "fault_400_500_unsupported_operation")), connectors.ErrBroken, "400 500"},
		{"property", 400, "application/json", string(recorded(t, "fault_400_2010_unsupported_property")), connectors.ErrBroken, "400 2010"},
		{"not found", 400, "application/json", `{"Fault":{"Error":[{"Message":"Object Not Found","code":"610","element":""}],"type":"ValidationFault"}}`, connectors.ErrNotFound, "400 610 not found: Object Not Found"},
		{"gateway", 401, "application/json", string(recorded(t, "fault_401_token_expired")), connectors.ErrDenied, "401 3200 access denied: check the access token (TIEOUT_QUICKBOOKS_TOKEN) and its rights: message=AuthenticationFailed"},
		{"rights", 403, "application/json", `{"fault":{"error":[{"message":"message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403","detail":null,"code":"3100"}],"type":"SERVICE"},"time":1601391072830}`, connectors.ErrDenied, "403 3100"},
		{"throttled, in XML", 429, "application/xml", throttledXML, connectors.ErrThrottled, "429 3001 rate limit exceeded: message=ThrottleExceeded"},
		{"throttled, as before 2016", 403, "application/xml", throttledXML, connectors.ErrThrottled, "403 3001"},
		{"HTML", 502, "text/html", "<html><body>Bad Gateway</body></html>", connectors.ErrBroken, "502 answer not understood: a page that is no answer of QuickBooks"},
		{"nothing", 503, "", "", connectors.ErrBroken, "503 answer not understood (request"},
		{"cut off", 500, "application/json", `{"Fault":{"Error":[{"Mess`, connectors.ErrBroken, "a fault that cannot be read"},
		{"odd types", 400, "application/json", `{"Fault":{"Error":[{"code":["x"],"Message":7}],"type":{}}}`, connectors.ErrBroken, "400 answer not understood: 7"},
		{"odd shape", 400, "application/json", `{"Fault":"no"}`, connectors.ErrBroken, "a fault that cannot be read"},
		{"broken XML", 429, "application/xml", `<?xml version="1.0"?><Other/>`, connectors.ErrThrottled, "XML that tells no fault"},
		{"no such host", 404, "text/html", "<html>", connectors.ErrNotFound, "404 not found"},
	} {
		_, err := pull(t, newClient(t, answering(tt.status, tt.contentType, tt.body), once), reconcile.ObjectCustomers)
		if !errors.Is(err, tt.kind) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v\nwant %s", tt.name, err, tt.want)
		}
		var detail *connectors.APIError
		if !errors.As(err, &detail) || detail.RequestID != "1-5f732f5f-25dc" || detail.Status != tt.status || detail.System != reconcile.QuickBooks {
			t.Errorf("%s: got %+v", tt.name, detail)
		}
	}
}

// The detail of an authentication fault begins with the token.
func TestTokenOfAFaultIsNotShown(t *testing.T) {
	const body = `{"fault":{"error":[{"message":"m","detail":"Token expired: eyJhbGciOi","code":"3200"}],"type":"AUTHENTICATION"}}`
	if r := refusal(401, http.Header{}, []byte(body)); strings.Contains(r.Message, "eyJ") {
		t.Errorf("got %+v", r)
	}
}

func TestThrottlingWaitsAMinute(t *testing.T) {
	if r := refusal(429, http.Header{}, []byte(throttledXML)); r.Wait != throttleWait {
		t.Errorf("got %+v", r)
	}
}
