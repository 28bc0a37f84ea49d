package quickbookssim

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// maxQueryBody bounds a statement that is sent as a body.
const maxQueryBody = 1 << 20

// qboVersion is the server that the recordings of 2020 name.
const qboVersion = "1988.128"

// stamp sets the headers that every answer carries, as recorded. intuit_tid is
// spelled as Intuit's documentation and intuit-oauth do: the Intuit-Tid of the
// recordings is what the recorder, WebMock, makes of underscores. Service-Time is in
// milliseconds.
func (c *Company) stamp(h http.Header) {
	took := c.options.Latency.Milliseconds()
	h.Set("Service-Time", fmt.Sprintf("total=%d, db=%d", took, took/2))
	h.Set("Qbo-Version", qboVersion)
	h.Set("intuit_tid", fmt.Sprintf("1-%08x-%024x", uint32(c.options.Now().Unix()), c.serial.Add(1)))
	h.Set("Cache-Control", "max-age=0, no-cache, no-store, must-revalidate, private")
	h.Set("Date", c.options.Now().UTC().Format(http.TimeFormat)) // by the company's clock, which may differ from the caller's
}

// timestamp is the member time of an answer: Pacific time with milliseconds.
func (c *Company) timestamp() string {
	return c.options.Now().In(c.pacific).Format("2006-01-02T15:04:05.000-07:00")
}

// serveQuery answers a statement, sent as a parameter or as a body.
func (c *Company) serveQuery(w http.ResponseWriter, r *http.Request) {
	query, err := statementOf(w, r)
	if err == nil {
		err = c.answerQuery(w, query, readingOf(r))
	}
	if err != nil {
		c.counts.add("query.invalid")
		c.writeFault(w, err)
	}
}

// statementOf returns the statement of a request. A body is the statement
// itself, of type application/text; text/plain was seen to work.
func statementOf(w http.ResponseWriter, r *http.Request) (string, error) {
	if r.Method == http.MethodGet {
		return r.URL.Query().Get("query"), nil
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/text" && media != "text/plain" {
		return "", invalidContentType(r.Header.Get("Content-Type"))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxQueryBody))
	if err != nil {
		return "", unparsable("the statement could not be read: " + err.Error())
	}
	return string(body), nil
}

func (c *Company) answerQuery(w http.ResponseWriter, query string, as reading) error {
	response, _, err := c.queryResponse(query, maxMaxResults, as)
	if err == nil {
		c.writeEnvelope(w, "QueryResponse", response)
	}
	return err
}

// queryResponse answers a statement with a QueryResponse of at most room rows, and
// tells how many it has.
func (c *Company) queryResponse(query string, room int, as reading) (response []byte, rows int, err error) {
	if c.options.Latin1Statements {
		if err := latin1(query); err != nil {
			return nil, 0, err
		}
	}
	stmt, err := parseStatement(query, c.options.BareNumbers)
	if err != nil {
		return nil, 0, err
	}
	sel, page, total, err := c.selected(stmt, as)
	if err != nil {
		return nil, 0, err
	}
	name := sel.table.kind.name
	if sel.count {
		c.counts.add("query." + name + ".count")
		return fmt.Appendf(nil, `{"totalCount":%d}`, total), 0, nil
	}
	c.counts.add("query." + name)
	if len(page) > room && c.options.OverflowFaults {
		return nil, 0, faultOf("10100", "")
	}
	page = page[:min(len(page), room)]
	return c.pageOf(sel, page, total, as.link), len(page), nil
}

// selected answers a statement from the books as they are at one instant.
func (c *Company) selected(stmt *statement, as reading) (sel *selection, page []*row, total int, err error) {
	c.books.RLock()
	defer c.books.RUnlock()
	if sel, err = c.bind(stmt, as.late); err == nil {
		page, total = sel.run()
	}
	return sel, page, total, err
}

// row returns a row as it is read, nil where there is none.
func (c *Company) row(t *table, id string, as reading) *row {
	c.books.RLock()
	defer c.books.RUnlock()
	return t.read(id, as.late)
}

// single returns the one row of a kind that a company has one of.
func (c *Company) single(t *table) *row {
	c.books.RLock()
	defer c.books.RUnlock()
	return t.rows[0]
}

// pageOf is the QueryResponse of a page; one without rows is empty. maxResults is
// the number of rows, not the limit asked for.
func (c *Company) pageOf(sel *selection, page []*row, total int, link bool) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, r := range page {
		b.WriteString(separator(i, sel.table))
		switch {
		case sel.fields != nil:
			b.Write(r.project(sel.fields))
		case sel.without != "":
			b.Write(r.without(sel.without))
		default:
			b.Write(c.shown(sel.table, r, link))
		}
	}
	if len(page) > 0 {
		b.WriteString(`],"startPosition":` + strconv.Itoa(sel.start) + `,"maxResults":` + strconv.Itoa(len(page)))
		if c.options.TotalCount {
			b.WriteString(`,"totalCount":` + strconv.Itoa(total))
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// writeEnvelope writes an answer with one member and the time.
func (c *Company) writeEnvelope(w http.ResponseWriter, member string, value []byte) {
	b := make([]byte, 0, len(value)+80)
	b = append(b, `{"`+member+`":`...)
	b = append(b, value...)
	c.write(w, http.StatusOK, append(b, `,"time":"`+c.timestamp()+`"}`...))
}

// serveRead answers GET /entity/id. An inactive row is still read; a deleted
// or unknown one is fault 610 with status 400.
func (c *Company) serveRead(w http.ResponseWriter, t *table, id string, as reading) {
	c.counts.add("read." + strings.ToLower(t.kind.name))
	r := c.row(t, id, as)
	switch {
	case r != nil:
		c.writeEnvelope(w, t.kind.name, c.shown(t, r, as.link))
	case !isNumber(id):
		c.writeFault(w, invalidID(id))
	default:
		c.writeFault(w, objectNotFound())
	}
}

func (c *Company) servePreferences(w http.ResponseWriter) {
	c.counts.add("preferences")
	t := c.tables["Preferences"]
	c.writeEnvelope(w, t.kind.name, c.single(t).raw)
}

// serveCompanyInfo answers with the company for its realm, which is the id in
// the path, or for the Id in the record, which is another one.
func (c *Company) serveCompanyInfo(w http.ResponseWriter, realm, id string) {
	c.counts.add("companyinfo")
	t := c.tables["CompanyInfo"]
	if id != realm && id != c.single(t).id {
		c.writeFault(w, objectNotFound())
		return
	}
	c.writeEnvelope(w, t.kind.name, c.single(t).raw)
}

// write sends a JSON body; faults carry no charset, as recorded.
func (c *Company) write(w http.ResponseWriter, status int, body []byte) {
	contentType := "application/json;charset=utf-8"
	if status >= http.StatusBadRequest {
		contentType = "application/json"
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	w.Write(body) // an error means that the client is gone: there is nobody to tell
}
