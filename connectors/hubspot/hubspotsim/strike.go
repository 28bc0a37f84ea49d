package hubspotsim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// refuseAs answers with the envelope that goes with a status ("Handling errors"
// page); for 429 the code is the policy that is exceeded.
func (p *Portal) refuseAs(w http.ResponseWriter, _ *http.Request, status int, code string) {
	switch status {
	case http.StatusTooManyRequests:
		p.limited(w, cmp.Or(code, policyTenSecondly))
	case http.StatusUnauthorized:
		p.refuse(w, expired(p.now().Add(-time.Minute), p.now()))
	case http.StatusForbidden:
		p.refuse(w, missingScopes([]string{"crm.objects.invoices.read", "crm.objects.invoices.write"}))
	case http.StatusLocked:
		p.refuse(w, refusal(status, cmp.Or(code, "LOCKED"), "The records are locked by another request."))
	case 477: // with Retry-After in seconds
		p.refuse(w, refusal(status, cmp.Or(code, "MIGRATION_IN_PROGRESS"), "The account is being moved to another data center."))
	case http.StatusConflict:
		p.refuse(w, refusal(status, cmp.Or(code, "CONFLICT"), "409 on command"))
	case http.StatusBadRequest:
		p.refuse(w, refusal(status, cmp.Or(code, categoryValidation), "400 on command"))
	case http.StatusInternalServerError: // @hubspot/api-client retries what it can read
		p.refuse(w, refusal(status, code, "internal error"))
	default: // from in front of the portal, without a body
		w.WriteHeader(status)
	}
}

// policies are the limits that a 429 may name ("API usage guidelines").
var policies = []string{policyDaily, policyTenSecondly, policySecondly}

// checkCode refuses a limit that there is none of. Other codes are categories, of
// which no list is complete.
func checkCode(status int, code string) error {
	if status != http.StatusTooManyRequests || slices.Contains(policies, code) {
		return nil
	}
	return fmt.Errorf("code %q of status 429: want one of %s", code, strings.Join(policies, ", "))
}

// kill ends every access token that the sign-in gave out, and the static one.
func (p *Portal) kill() {
	p.dead.Store(true)
	if p.signIn != nil {
		p.signIn.Expire()
	}
}

// revive lets the static token work again, which nobody can renew.
func (p *Portal) revive() { p.dead.Store(false) }
