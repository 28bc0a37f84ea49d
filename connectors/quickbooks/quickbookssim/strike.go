package quickbookssim

import (
	"cmp"
	"fmt"
	"net/http"
)

// refuseAs answers with the fault that goes with a status and, for 400, with a code:
// 6000 unless another is named.
func (c *Company) refuseAs(w http.ResponseWriter, _ *http.Request, status int, code string) {
	c.stamp(w.Header())
	switch status {
	case http.StatusUnauthorized:
		c.refuse(w, "Token expired: eyJ")
	case http.StatusForbidden:
		c.writeGateway(w, status, "SERVICE", "ApplicationAuthorizationFailed", "3100", "null")
	case http.StatusTooManyRequests:
		c.writeThrottled(w)
	case http.StatusBadRequest:
		c.writeFault(w, struckFault(cmp.Or(code, "6000")))
	case http.StatusInternalServerError:
		f := validationFault(cmp.Or(code, "10000"), "An application error has occurred while processing your request", "System Failure Error: ")
		f.status, f.typ = status, "SystemFault"
		c.writeFault(w, f)
	default: // from in front of the company, without a body
		w.WriteHeader(status)
	}
}

// struckFault is a fault of a code with a text that was seen.
func struckFault(code string) error {
	switch code {
	case "5010":
		return validationFault(code, "Stale Object Error", "Stale Object Error : You and another user were working on this at the same time. "+
			"The other user finished before you did, so your work was not saved.").withElement("")
	case "6000": // the one that passes
		return validationFault(code, "A business validation error has occurred while processing your request",
			"Business Validation Error: An unexpected error occurred while accessing or saving your data. Please wait a few minutes and try again.")
	}
	return validationFault(code, "Fault "+code, fmt.Sprintf("Fault %s on command", code))
}

// kill ends every access token that the sign-in gave out, and the static one.
func (c *Company) kill() {
	c.dead.Store(true)
	if c.signIn != nil {
		c.signIn.Expire()
	}
}
