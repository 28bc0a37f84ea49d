package quickbookssim

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/tieout/tieout/sandbox/signin"
)

// refuseAs answers with the fault that a code or else a status stands for: on the
// paths of the sign-in an error of its own; 3200 (401) and 3100 (403) in the
// gateway's form, 100, 130 and 3001 (429) in XML; any other code of the table in
// the normal form with the status, 6000 for 400 and 10000 for 500 without a code.
// What is none of these comes from in front of the company, without a body.
func (c *Company) refuseAs(w http.ResponseWriter, r *http.Request, status int, code string) {
	c.stamp(w.Header())
	_, tabled := codes[code]
	switch {
	case strings.Contains(r.URL.Path, "/oauth2/"):
		c.refuseSignIn(w, status, code)
	case code == "100", code == "130":
		writeGatewayXML(w, http.StatusUnauthorized, c.timestamp(), "AUTHENTICATION", code, codes[code].message, codes[code].detail)
	case tabled:
		c.writeFaultAs(w, faultOf(code, ""), status)
	case code == "3200", code == "" && status == http.StatusUnauthorized:
		c.refuse(w, "Token expired: eyJ")
	case code == "3100", code == "" && status == http.StatusForbidden:
		c.writeGateway(w, http.StatusForbidden, "SERVICE", "ApplicationAuthorizationFailed", "3100", "null")
	case code == "3001", code == "" && status == http.StatusTooManyRequests:
		c.writeThrottled(w)
	case code != "", status == http.StatusBadRequest:
		c.writeFaultAs(w, faultOf(cmp.Or(code, "6000"), ""), status)
	case status == http.StatusInternalServerError:
		c.writeFaultAs(w, faultOf("10000", ""), status)
	default:
		w.WriteHeader(status)
	}
}

func (c *Company) writeFaultAs(w http.ResponseWriter, f *fault, status int) {
	f.status = status
	c.writeFault(w, f)
}

// refuseSignIn answers for the token endpoint: code is an OAuth error, or
// user_not_in_realm.
func (c *Company) refuseSignIn(w http.ResponseWriter, status int, code string) {
	if code == "" || c.signIn == nil {
		w.WriteHeader(status)
		return
	}
	status, body := c.oauthFault(signin.Refusal(code))
	signin.Write(w, status, body, false)
}

// untabled are the codes of refuseAs beside the table: those of the gateway, then
// those of the token endpoint.
var untabled = []string{
	"3001", "3100", "3200",
	string(signin.InvalidRequest), string(signin.InvalidClient), string(signin.InvalidGrant), string(signin.UnsupportedType), string(userNotInRealm),
}

// checkCode refuses a code that no answer of refuseAs is for.
func checkCode(_ int, code string) error {
	if _, tabled := codes[code]; tabled || slices.Contains(untabled, code) {
		return nil
	}
	known := slices.SortedFunc(maps.Keys(codes), func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) })
	return fmt.Errorf("code %q: want one of %s", code, strings.Join(append(known, untabled...), ", "))
}

// kill ends every access token that the sign-in gave out, and the static one.
func (c *Company) kill() {
	c.dead.Store(true)
	if c.signIn != nil {
		c.signIn.Expire()
	}
}

// revive lets the static token work again, which nobody can renew.
func (c *Company) revive() { c.dead.Store(false) }
