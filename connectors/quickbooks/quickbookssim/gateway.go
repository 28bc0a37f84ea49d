package quickbookssim

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// gatewayBody is the other form of a fault, lower case, from in front of the
// company: recorded for 401, the same for 403 by
// github.com/intuit/oauth-jsclient/issues/2. time is a number.
const gatewayBody = `{"warnings":null,"intuitObject":null,"fault":{"error":[{"message":%s,"detail":%s,"code":%s,"element":null}],"type":%s},` +
	`"report":null,"queryResponse":null,"batchItemResponse":[],"attachableResponse":[],"syncErrorResponse":null,"requestId":null,` +
	`"time":%d,"status":null,"cdcresponse":[]}`

// admit lets a request through to the company of a realm, or answers 401 or
// 403 and returns false.
func (c *Company) admit(w http.ResponseWriter, r *http.Request, realm string) bool {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case slices.Contains(c.options.Elsewhere, realm):
		c.counts.add("unauthorized")
		text := codes["130"]
		writeGatewayXML(w, http.StatusUnauthorized, c.timestamp(), "AUTHENTICATION", "130", text.message, text.detail)
	case !bearer || token == "":
		c.refuse(w, "Malformed bearer token: too short or too long")
	case !c.accepts(token):
		// The real text goes on with the token's beginning, which is why
		// clients must not log it.
		c.refuse(w, "Token expired: "+token[:min(len(token), 8)])
	case c.narrow(token), !c.options.Open && realm != c.options.Realm:
		c.counts.add("forbidden")
		c.writeGateway(w, http.StatusForbidden, "SERVICE", "ApplicationAuthorizationFailed", "3100", "null")
	default:
		return true
	}
	return false
}

// accepts reports whether an access token is good.
func (c *Company) accepts(token string) bool {
	if c.signIn != nil && c.signIn.Live(token) {
		return true
	}
	static := c.options.Open || subtle.ConstantTimeCompare([]byte(token), []byte(c.options.Token)) == 1
	return static && !c.dead.Load()
}

// narrow reports whether a token came from a consent to other things than accounting.
func (c *Company) narrow(token string) bool {
	if c.signIn == nil {
		return false
	}
	given, _ := c.signIn.Inspect(token)
	return given.Live && !slices.Contains(given.Scopes, accounting)
}

// refuse answers 401.
func (c *Company) refuse(w http.ResponseWriter, detail string) {
	c.counts.add("unauthorized")
	w.Header().Set("WWW-Authenticate", `Bearer realm="Intuit", error="invalid_token"`)
	c.writeGateway(w, http.StatusUnauthorized, "AUTHENTICATION", "AuthenticationFailed", "3200", string(encode(detail)))
}

// writeGateway writes a gateway fault; detail is JSON.
func (c *Company) writeGateway(w http.ResponseWriter, status int, typ, failure, code, detail string) {
	message := fmt.Sprintf("message=%s; errorCode=00%s; statusCode=%d", failure, code, status)
	c.write(w, status, fmt.Appendf(nil, gatewayBody,
		encode(message), detail, encode(code), encode(typ), c.options.Now().UnixMilli()))
}

// gatewayXML is the form that the gateway has for throttling and for what is older
// than its JSON, whatever was asked for.
const gatewayXML = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IntuitResponse time="%s" xmlns="http://schema.intuit.com/finance/v3"><Fault type="%s"><Error code="%s">` +
	`<Message>%s</Message><Detail>%s</Detail></Error></Fault></IntuitResponse>`

func writeGatewayXML(w http.ResponseWriter, status int, at, typ, code, message, detail string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, gatewayXML, at, typ, code, message, detail) // who has gone needs no answer
}
