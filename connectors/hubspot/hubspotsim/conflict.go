package hubspotsim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// taken says that another record has a unique value.
type taken struct {
	object         *object
	property       string
	value, another string // the value, and the id of the record that has it
}

// conflict is the refusal of a unique value that another record has: 409 for an
// address of a contact, in either of the reported shapes, and for any other 400
// with a code that users report; the words of that one are made up.
func (p *Portal) conflict(t *taken) *apiError {
	if t.object != contacts || t.property != "email" {
		return p.valueFaults([]valueFault{{t.property, codeConflicting, fmt.Sprintf(
			"%s %s already has the value %q of the unique property %s", label(t.object.singular), t.another, t.value, t.property)}})
	}
	e := refusal(http.StatusConflict, categoryConflict, fmt.Sprintf("%s already exists. Existing ID: %s", label(t.object.singular), t.another))
	if p.options.Writing.Conflict == ConflictLong && digits(t.another) {
		e.Category, e.Code = "OBJECT_ALREADY_EXISTS", "CONTACT_EXISTS"
		e.Errors = []errorDetail{{Message: fmt.Sprintf("A contact with email %s already exists. Existing ID: %s", t.value, t.another), In: "email"}}
		e.Identity = &identityProfile{json.RawMessage(t.another), []string{}}
	}
	return e
}
