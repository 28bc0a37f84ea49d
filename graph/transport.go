package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// MaxBody is the largest request body in bytes.
const MaxBody = 64 << 10

// maxErrors is how many errors an answer tells.
const maxErrors = 20

// The media types of the GraphQL over HTTP specification. A client that does not
// say which it wants gets the older one.
const (
	mediaJSON    = "application/json"
	mediaGraphQL = "application/graphql-response+json"
)

// post is the one transport: POST with application/json. Browsers do not send
// that across origins without asking first, so no form can order anything.
type post struct{}

var _ graphql.Transport = post{}

// Supports says that whatever arrives is dealt with here, if only by refusing it.
func (post) Supports(*http.Request) bool { return true }

// Do carries out one request.
func (post) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	a := answer{w: w, media: accepted(r.Header.Values("Accept"))}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		a.refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", "want POST")
		return
	}
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err != nil || media != mediaJSON || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		a.refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", "want a body of type application/json")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		if tooLarge := new(http.MaxBytesError); errors.As(err, &tooLarge) {
			a.refuse(http.StatusRequestEntityTooLarge, "BODY_TOO_LARGE", "the body is larger than 64 KiB")
			return
		}
		a.refuse(http.StatusBadRequest, "BAD_REQUEST", "the body broke off")
		return
	}
	request, ok := decode(body)
	if !ok {
		a.refuse(http.StatusBadRequest, "BAD_REQUEST", "want one JSON object with query, and optionally operationName, variables and extensions")
		return
	}
	request.Headers = r.Header
	ctx := r.Context()
	operation, faults := exec.CreateOperationContext(ctx, request)
	if faults != nil {
		a.write(a.requestError(), false, exec.DispatchError(graphql.WithOperationContext(ctx, operation), faults))
		return
	}
	respond, ctx := exec.DispatchOperation(ctx, operation)
	a.write(http.StatusOK, true, respond(ctx))
}

// decode reads a request: one JSON object with a query, and nothing after it.
func decode(body []byte) (*graphql.RawParams, bool) {
	var p *graphql.RawParams
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&p); err != nil || p == nil || p.Query == "" {
		return nil, false
	}
	_, err := d.Token()
	return p, errors.Is(err, io.EOF)
}

// accepted chooses the media type of the answer: the first of the two that the
// client names.
func accepted(headers []string) string {
	for _, header := range headers {
		for part := range strings.SplitSeq(header, ",") {
			media, params, err := mime.ParseMediaType(part)
			if err != nil || params["q"] == "0" {
				continue
			}
			switch media {
			case mediaGraphQL:
				return mediaGraphQL
			case mediaJSON, "application/*", "*/*":
				return mediaJSON
			}
		}
	}
	return mediaJSON
}

// An answer is written in the media type that the client takes.
type answer struct {
	w     http.ResponseWriter
	media string
}

// requestError is the status of a document that was not carried out. Clients of
// the older media type take every other status for a broken connection.
func (a answer) requestError() int {
	if a.media == mediaGraphQL {
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// refuse answers a request that is none.
func (a answer) refuse(status int, code, message string) {
	fault := &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
	a.write(status, false, &graphql.Response{Errors: gqlerror.List{fault}})
}

// write writes a response; data is left out where nothing was carried out.
func (a answer) write(status int, carriedOut bool, response *graphql.Response) {
	if response == nil { // the client went away, or time was up
		carriedOut = false
		response = &graphql.Response{Errors: gqlerror.List{{Message: timedOut, Extensions: map[string]any{"code": "TIMEOUT"}}}}
	}
	out := struct {
		Errors     gqlerror.List    `json:"errors,omitempty"`
		Data       *json.RawMessage `json:"data,omitempty"`
		Extensions map[string]any   `json:"extensions,omitempty"`
	}{response.Errors[:min(len(response.Errors), maxErrors)], nil, response.Extensions}
	if carriedOut {
		if response.Data == nil {
			response.Data = json.RawMessage("null")
		}
		out.Data = &response.Data
	}
	raw, err := json.Marshal(out)
	if err != nil { // generated code writes JSON
		panic(err)
	}
	a.w.Header().Set("Content-Type", a.media+"; charset=utf-8")
	a.w.WriteHeader(status)
	_, _ = a.w.Write(raw) // a client that went away needs no answer
}
