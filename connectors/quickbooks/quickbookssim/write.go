package quickbookssim

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// maxBody bounds a request's body.
const maxBody = 4 << 20

// serveWrite answers POST /entity, which creates what has no Id and updates what
// has one, unless the parameter operation says otherwise. A void is an operation of
// its own for invoices and an update that includes it for payments and receipts
// (github.com/ej2/python-quickbooks, mixins.py).
func (c *Company) serveWrite(w http.ResponseWriter, r *http.Request, t *table) {
	c.counts.add("write." + strings.ToLower(t.kind.name))
	o, err := operationOf(w, r, t)
	var entity []byte
	if err == nil {
		entity, err = c.carryOut(o)
	}
	if err != nil {
		c.writeFault(w, err)
		return
	}
	c.writeEnvelope(w, t.kind.name, entity)
}

func operationOf(w http.ResponseWriter, r *http.Request, t *table) (operation, error) {
	body, err := bodyOf(w, r)
	if err != nil {
		return operation{}, err
	}
	query := r.URL.Query()
	include := strings.Split(query.Get("include"), ",")
	o := operation{
		verb: verbCreate, table: t, body: body, requestID: query.Get("requestid"),
		allowDuplicate: slices.Contains(include, "allowduplicatedocnum"),
	}
	if named := query.Get("operation"); named != "" {
		o.verb = verb(named)
	}
	if slices.Contains(include, "void") {
		o.verb = verbVoid
	}
	return o, nil
}

// bodyOf reads a request's JSON.
func bodyOf(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return nil, invalidContentType(r.Header.Get("Content-Type"))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, malformed(err)
	}
	return body, nil
}
