package quickbookssim

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
)

// A fault is an answer that says no, in the normal JSON form:
//
//	{"Fault":{"Error":[{"Message":…,"Detail":…,"code":"4001"}],"type":"ValidationFault"},"time":…}
type fault struct {
	status  int
	typ     string // "ValidationFault"
	untimed bool   // without the member time, as 2030 was recorded
	err     faultError
}

// A faultError is the one entry of a fault's list of errors.
type faultError struct {
	Message string  `json:"Message"`
	Detail  string  `json:"Detail"`
	Code    string  `json:"code"`
	Element *string `json:"element,omitempty"` // "" when it is sent empty, nil when it is not sent
}

func (f *fault) Error() string { return f.err.Code + ": " + f.err.Detail }

// withElement sets the member element of the fault's error.
func (f *fault) withElement(name string) *fault {
	f.err.Element = &name
	return f
}

// unparsable is fault 4000: the statement is no sentence of the language.
func unparsable(detail string) error { return faultOf("4000", "QueryParserError: "+detail) }

// invalidQuery is fault 4001: the statement says what cannot be.
func invalidQuery(detail string) error { return faultOf("4001", "QueryValidationError: "+detail) }

// castFailure is what comes of a boolean in quotes
// (github.com/mcohen01/node-quickbooks/issues/37). Its status is inferred
// from the type SystemFault.
func castFailure(from, to string) error {
	return faultOf("10000", "System Failure Error: java.lang."+from+" cannot be cast to java.lang."+to)
}

// objectNotFound is fault 610, with status 400, for what is deleted or was
// never there; recorded as the item of a batch.
func objectNotFound() error { return faultOf("610", "") }

// invalidID is fault 2030, as recorded for /customer/1.5.
func invalidID(id string) error {
	return faultOf("2030", "Id should be a valid number. Supplied value:"+id)
}

// unsupported is fault 500, with status 400, as recorded for /customer/1/5;
// the host is the one of the recording.
func unsupported(path string) error {
	return faultOf("500", "Operation Could not find resource for relative : "+path+
		" of full path: https://c50.sandbox.qbo.intuit.com/qbo50"+path+" is not supported.")
}

// invalidContentType is fault 1050; the code is documented, its text inferred.
func invalidContentType(contentType string) error {
	return faultOf("1050", "Content type not supported: "+contentType)
}

// asFault is the fault that an error is. Any other error is a defect of the
// simulator and says so.
func asFault(err error) *fault {
	var f *fault
	if !errors.As(err, &f) {
		return faultOf("10000", "quickbookssim: "+err.Error())
	}
	return f
}

// writeFault answers with a fault.
func (c *Company) writeFault(w http.ResponseWriter, err error) {
	o := c.faultOutcome(asFault(err))
	c.write(w, o.status, o.body)
}

// faultOutcome is a fault as an answer.
func (c *Company) faultOutcome(f *fault) outcome {
	body := `{"Fault":` + string(f.body())
	if !f.untimed {
		body += `,"time":"` + c.timestamp() + `"`
	}
	return outcome{f.status, []byte(body + "}")}
}

// body is the member Fault of an answer, or of an item of one.
func (f *fault) body() []byte {
	return encode(struct {
		Error []faultError `json:"Error"`
		Type  string       `json:"type"`
	}{[]faultError{f.err}, f.typ})
}

// encode is json.Marshal with <EOF> left as the server sends it.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil // cannot be: strings and lists of strings always encode
	}
	return bytes.TrimSpace(b.Bytes())
}
