package quickbooks

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tieout/tieout/connectors"
)

// A fault is what QuickBooks says no with. It comes in four forms: JSON, JSON
// of the gateway in lower case, XML also when JSON was asked for, and not at
// all, as a page of HTML. The first may come with status 200.
type fault struct {
	Type   value        `json:"type"`
	Errors []faultError `json:"Error"` // "error" from the gateway: encoding/json takes both
}

type faultError struct {
	Message value `json:"Message"`
	Detail  value `json:"Detail"`
	Code    value `json:"code"`
}

// xmlFault is the XML form, recorded for throttling and old authentication
// errors.
type xmlFault struct {
	XMLName xml.Name `xml:"IntuitResponse"`
	Fault   struct {
		Errors []struct {
			Code    string `xml:"code,attr"`
			Message string `xml:"Message"`
			Detail  string `xml:"Detail"`
		} `xml:"Error"`
	} `xml:"Fault"`
}

// throttleWait is how long Intuit wants to be left alone after 429
// (learn/rest-api-features; a Retry-After is not documented).
const throttleWait = time.Minute

// The codes that decide the kind of an error (develop/troubleshooting/
// error-codes). Messages are in the company's language and decide nothing.
var kindByCode = map[string]error{
	"100": connectors.ErrDenied, "110": connectors.ErrDenied, "120": connectors.ErrDenied, "130": connectors.ErrDenied,
	"3100": connectors.ErrDenied, "3200": connectors.ErrDenied, "3202": connectors.ErrDenied, "5020": connectors.ErrDenied,
	"610":  connectors.ErrNotFound,
	"3001": connectors.ErrThrottled, // with status 403 before December 2016
}

// tokenExpired is the code of an access token that has expired (develop/
// troubleshooting/error-codes).
const tokenExpired = "3200"

// notOfTheCompany is the code of an app that a company has not let in, or of a wrong
// realm (develop/troubleshooting/error-codes).
const notOfTheCompany = "3100"

// refusal reads an answer that is no success.
func refusal(status int, header http.Header, body []byte) connectors.Refusal {
	r := readFault(body)
	r.RequestID = header.Get("intuit_tid")
	if r.RequestID == "" {
		r.RequestID = header.Get("Intuit-Tid") // as recorders spell it
	}
	if kind := kindByCode[r.Code]; kind != nil {
		r.Kind = kind
	}
	if r.Code == notOfTheCompany {
		r.Message = "and the realm (TIEOUT_QUICKBOOKS_REALM), to which the app must be connected: " + r.Message
	}
	r.Expired = status == http.StatusUnauthorized && r.Code == tokenExpired
	if status == http.StatusTooManyRequests {
		r.Kind = connectors.ErrThrottled
	}
	if errors.Is(r.Kind, connectors.ErrThrottled) {
		r.Wait = throttleWait
	}
	return r
}

// readFault reads a fault by what its body looks like, whatever its media type
// says.
func readFault(body []byte) connectors.Refusal {
	body = bytes.TrimSpace(body)
	switch {
	case len(body) == 0:
		return connectors.Refusal{}
	case body[0] == '{':
		var envelope struct {
			Fault fault `json:"Fault"`
		}
		if !json.Valid(body) || json.Unmarshal(body, &envelope) != nil && len(envelope.Fault.Errors) == 0 {
			return connectors.Refusal{Message: "a fault that cannot be read"}
		}
		return envelope.Fault.refusal()
	case bytes.HasPrefix(body, []byte("<?xml")), bytes.HasPrefix(body, []byte("<IntuitResponse")):
		return readXML(body)
	}
	return connectors.Refusal{Message: "a page that is no answer of QuickBooks"}
}

func (f *fault) refusal() connectors.Refusal {
	if len(f.Errors) == 0 {
		return connectors.Refusal{Message: "no fault is told"}
	}
	e := f.Errors[0]
	r := connectors.Refusal{Code: e.Code.Plain(), Message: e.Message.Plain()}
	// The detail of an authentication error begins with the token.
	if detail := e.Detail.Plain(); detail != "" && !strings.EqualFold(f.Type.Plain(), "AUTHENTICATION") {
		r.Message += ": " + detail
	}
	return r
}

func readXML(body []byte) connectors.Refusal {
	var x xmlFault
	if err := xml.Unmarshal(body, &x); err != nil || len(x.Fault.Errors) == 0 {
		return connectors.Refusal{Message: "XML that tells no fault"}
	}
	e := x.Fault.Errors[0]
	return connectors.Refusal{Code: strings.TrimLeft(e.Code, "0"), Message: e.Message}
}

// faultInside is the error of a success that holds no entities but, perhaps, a
// fault.
func (c *Client) faultInside(op string, a connectors.Answer) error {
	r := refusal(a.Status, a.Header, a.Body)
	if r.Kind == nil {
		r.Kind = connectors.ErrBroken
	}
	return c.transport.Error(op, a.Status, r)
}
