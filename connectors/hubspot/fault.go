package hubspot

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/tieout/tieout/connectors"
)

// A fault is HubSpot's error envelope ("Handling errors"; every field is
// optional), and an entry of a batch answer's errors. Some rate limit answers
// have errorType and policyName instead of a category ("API usage guidelines").
type fault struct {
	Message       value        `json:"message"`
	Category      value        `json:"category"`
	ErrorType     value        `json:"errorType"`
	SubCategory   value        `json:"subCategory"`
	PolicyName    value        `json:"policyName"`
	CorrelationID value        `json:"correlationId"`
	Context       faultContext `json:"context"`
}

// faultContext is the context of a fault: lists of texts by name, of which
// only ids matter here.
type faultContext struct {
	IDs []value `json:"ids"`
}

func (f *fault) code() string {
	if f.Category.IsBlank() {
		return f.ErrorType.Plain()
	}
	return f.Category.Plain()
}

// The waits that HubSpot's rate limit policies ask for ("API usage
// guidelines"; Retry-After is not documented for them).
const (
	secondlyWait    = time.Second
	tenSecondlyWait = 10 * time.Second
)

// limitOf reads the limit of the calling app from the headers of an answer.
// Searches carry none ("API usage guidelines").
func limitOf(h http.Header) (l connectors.Limit, told bool) {
	requests, err := strconv.Atoi(h.Get("X-HubSpot-RateLimit-Max"))
	if err != nil {
		return l, false
	}
	span, err := strconv.Atoi(h.Get("X-HubSpot-RateLimit-Interval-Milliseconds"))
	if err != nil {
		return l, false
	}
	return connectors.Limit{Requests: requests, Per: time.Duration(span) * time.Millisecond}, true
}

// refusal reads an answer that is no success. A body that is no JSON, such as
// a gateway's page, is told by its status alone.
func refusal(status int, header http.Header, body []byte) connectors.Refusal {
	var f fault
	if json.Valid(body) {
		_ = json.Unmarshal(body, &f) // a member of an odd type leaves the others to be read
	}
	r := connectors.Refusal{Code: f.code(), Message: f.Message.Plain(), RequestID: f.CorrelationID.Plain()}
	if r.RequestID == "" {
		r.RequestID = header.Get("X-HubSpot-Correlation-Id")
	}
	r.Expired = status == http.StatusUnauthorized // or not: introspection tells
	if status != http.StatusTooManyRequests {
		return r
	}
	switch policy := f.PolicyName.Plain(); policy {
	case "SECONDLY":
		r.Wait = secondlyWait
	case "DAILY":
		r.Final = true // until midnight in the portal's zone
	default:
		r.Wait = tenSecondlyWait
	}
	return r
}
