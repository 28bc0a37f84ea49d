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

func validationFault(code, message, detail string) *fault {
	return &fault{
		status: http.StatusBadRequest,
		typ:    "ValidationFault",
		err:    faultError{Message: message, Detail: detail, Code: code},
	}
}

// withElement sets the member element of the fault's error.
func (f *fault) withElement(name string) *fault {
	f.err.Element = &name
	return f
}

// unparsable is fault 4000: the statement is no sentence of the language.
func unparsable(detail string) error {
	return validationFault("4000", "Error parsing query", "QueryParserError: "+detail)
}

// invalidQuery is fault 4001: the statement says what cannot be.
func invalidQuery(detail string) error {
	return validationFault("4001", "Invalid query", "QueryValidationError: "+detail)
}

// castFailure is what comes of a boolean in quotes
// (github.com/mcohen01/node-quickbooks/issues/37). Its status is inferred
// from the type SystemFault.
func castFailure(from, to string) error {
	f := validationFault("10000", "An application error has occurred while processing your request",
		"System Failure Error: java.lang."+from+" cannot be cast to java.lang."+to)
	f.status, f.typ = http.StatusInternalServerError, "SystemFault"
	return f
}

// objectNotFound is fault 610, with status 400, for what is deleted or was
// never there; recorded as the item of a batch.
func objectNotFound() error {
	return validationFault("610", "Object Not Found",
		"Object Not Found : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.").
		withElement("")
}

// invalidID is fault 2030, as recorded for /customer/1.5.
func invalidID(id string) error {
	f := validationFault("2030", "Invalid ID", "Id should be a valid number. Supplied value:"+id).withElement("Id")
	f.untimed = true
	return f
}

// unsupported is fault 500, with status 400, as recorded for /customer/1/5;
// the host is the one of the recording.
func unsupported(path string) error {
	return validationFault("500", "Unsupported Operation",
		"Operation Could not find resource for relative : "+path+
			" of full path: https://c50.sandbox.qbo.intuit.com/qbo50"+path+" is not supported.")
}

// invalidContentType is fault 1050; the code is documented, its text inferred.
func invalidContentType(contentType string) error {
	return validationFault("1050", "Invalid Content Type", "Content type not supported for queries: "+contentType)
}

// writeFault answers with a fault. Any other error is a defect of the
// simulator and says so.
func (c *Company) writeFault(w http.ResponseWriter, err error) {
	var f *fault
	if !errors.As(err, &f) {
		http.Error(w, "quickbookssim: "+err.Error(), http.StatusInternalServerError)
		return
	}
	var body struct {
		Fault struct {
			Error []faultError `json:"Error"`
			Type  string       `json:"type"`
		} `json:"Fault"`
		Time string `json:"time,omitempty"`
	}
	body.Fault.Error = []faultError{f.err}
	body.Fault.Type = f.typ
	if !f.untimed {
		body.Time = c.timestamp()
	}
	c.write(w, f.status, encode(body))
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
