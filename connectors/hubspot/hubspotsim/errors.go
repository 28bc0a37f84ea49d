package hubspotsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// The categories of HubSpot's error envelope that a call can meet ("Handling
// errors" page, and observed answers for the 401).
const (
	categoryValidation      = "VALIDATION_ERROR"
	categoryNotFound        = "OBJECT_NOT_FOUND"
	categoryUnauthenticated = "INVALID_AUTHENTICATION"
	categoryMethod          = "METHOD_NOT_ALLOWED"
	categoryMediaType       = "UNSUPPORTED_MEDIA_TYPE"
)

// An apiError is a refusal on its way to the caller: a status and the standard
// error envelope without its correlation id. The same shape, without status
// code, stands in the errors list of a batch answer.
type apiError struct {
	code int // HTTP status

	Status      string              `json:"status"`
	Message     string              `json:"message"`
	Correlation string              `json:"correlationId,omitempty"`
	Category    string              `json:"category,omitempty"`
	SubCategory string              `json:"subCategory,omitempty"`
	Context     map[string][]string `json:"context,omitempty"`
	Errors      []errorDetail       `json:"errors,omitempty"`
	Links       map[string]string   `json:"links,omitempty"`

	// Of the long answer to an address that is taken alone (ConflictLong).
	Code     string           `json:"error,omitempty"`
	Identity *identityProfile `json:"identityProfile,omitempty"`
}

// An identityProfile names a contact by the id that older APIs have for it.
type identityProfile struct {
	VID      json.RawMessage `json:"vid"`
	Identity []string        `json:"identity"`
}

// An errorDetail is one entry of an envelope's errors list.
type errorDetail struct {
	Message string              `json:"message"`
	Code    string              `json:"code,omitempty"`
	In      string              `json:"in,omitempty"`
	Context map[string][]string `json:"context,omitempty"`
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.code, e.Category, e.Message) }

// The refusals that carry no detail of the request.
var (
	errUnauthorized = refusal(http.StatusUnauthorized, categoryUnauthenticated,
		"Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview")
	errNotFound  = refusal(http.StatusNotFound, categoryNotFound, "resource not found")
	errMethod    = refusal(http.StatusMethodNotAllowed, categoryMethod, "Method Not Allowed")
	errTooLong   = refusal(http.StatusRequestURITooLong, categoryValidation, "URI Too Long")
	errTooLarge  = refusal(http.StatusRequestEntityTooLarge, categoryValidation, "The request body is too large")
	errMediaType = refusal(http.StatusUnsupportedMediaType, categoryMediaType, "Unsupported Media Type: this endpoint takes application/json")
)

func refusal(code int, category, message string) *apiError {
	return &apiError{code: code, Status: "error", Category: category, Message: message}
}

// invalid is a 400 VALIDATION_ERROR.
func invalid(format string, args ...any) *apiError {
	return refusal(http.StatusBadRequest, categoryValidation, fmt.Sprintf(format, args...))
}

// unknownProperty is the refusal of a name that no property of the object has
// ("CRM objects" page: code PROPERTY_DOESNT_EXIST, context.propertyName).
func unknownProperty(name string) *apiError {
	message := fmt.Sprintf("Property %q does not exist", name)
	e := invalid("%s", message)
	e.Errors = []errorDetail{{Message: message, Code: "PROPERTY_DOESNT_EXIST", Context: map[string][]string{"propertyName": {name}}}}
	return e
}

// refuse answers with the envelope of err. An error that is no apiError is a
// fault of the simulator and answered with 500.
func (p *Portal) refuse(w http.ResponseWriter, err error) {
	refused := &apiError{code: http.StatusInternalServerError, Status: "error", Message: err.Error()}
	errors.As(err, &refused)
	envelope := *refused
	envelope.Correlation = p.correlationID()
	body, err := json.Marshal(envelope)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	answer(w, reply{refused.code, body})
}

// answer writes a reply. A write error means that the caller has gone.
func answer(w http.ResponseWriter, r reply) {
	if r.status == http.StatusNoContent {
		w.WriteHeader(r.status)
		return
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // see above
}
