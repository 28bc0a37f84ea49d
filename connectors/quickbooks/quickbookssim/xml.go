package quickbookssim

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"slices"
	"strings"
)

// wantsXML reports whether an answer is to be XML, which it is unless JSON is asked
// for (learn/rest-api-features). What asks for another type, such as a PDF, gets it
// and faults in JSON.
func wantsXML(r *http.Request) bool {
	accept := r.Header.Get("Accept")
	return accept == "" || !strings.Contains(accept, "json") && (strings.Contains(accept, "xml") || strings.Contains(accept, "*/*"))
}

// xmlOf is an answer in JSON, in the other of the two forms: what begins a member
// there is an element here, each entry of a list one of its own, and a few scalars
// are attributes. The gateway's JSON has nothing but its fault here.
func xmlOf(raw []byte) ([]byte, error) {
	body, err := parseObject(raw)
	if err != nil {
		return nil, err
	}
	if gateway, ok := body.get("fault").(*object); ok {
		body = fromGateway(gateway)
	}
	var b bytes.Buffer
	b.WriteString(xml.Header[:len(xml.Header)-3] + " standalone=\"yes\"?>\n")
	writeXML(&b, "IntuitResponse", body, ` xmlns="http://schema.intuit.com/finance/v3"`)
	return b.Bytes(), nil
}

// fromGateway is a fault of the gateway as a normal one.
func fromGateway(fault *object) *object {
	out := &object{}
	for _, e := range fault.list("error") {
		normal := &object{members: []member{{"Message", e.get("message")}, {"Detail", e.get("detail")}, {"code", e.get("code")}, {"element", e.get("element")}}}
		out.set("Error", normal)
	}
	out.set("type", fault.get("type"))
	return &object{members: []member{{"Fault", out}}}
}

// attributes are the members that are attributes in XML.
var attributes = []string{"domain", "sparse", "status", "time", "type", "code", "element", "bId", "startPosition", "maxResults", "totalCount"}

// writeXML writes a value as an element of a name, a list as several and null as
// none.
func writeXML(b *bytes.Buffer, name string, v any, more string) {
	switch v := v.(type) {
	case nil:
	case []any:
		for _, entry := range v {
			writeXML(b, name, entry, more)
		}
	case *object:
		b.WriteString("<" + name + more)
		for _, m := range v.members {
			if text := textOf(m.value); slices.Contains(attributes, m.name) || m.name == "name" && v.has("value") {
				writeAttribute(b, m.name, text)
			}
		}
		b.WriteByte('>')
		for _, m := range v.members {
			switch {
			case slices.Contains(attributes, m.name):
			case v.has("value") && m.name == "value": // of a reference
				escapeXML(b, textOf(m.value))
			case v.has("value") && m.name == "name":
			default:
				writeXML(b, m.name, m.value, "")
			}
		}
		b.WriteString("</" + name + ">")
	default:
		b.WriteString("<" + name + more + ">")
		escapeXML(b, textOf(v))
		b.WriteString("</" + name + ">")
	}
}

func writeAttribute(b *bytes.Buffer, name, text string) {
	if text != "" {
		b.WriteString(" " + name + `="`)
		escapeXML(b, text)
		b.WriteByte('"')
	}
}

func escapeXML(b *bytes.Buffer, text string) {
	_ = xml.EscapeText(b, []byte(text)) // a buffer takes everything
}

// serveXML answers in XML what serve answers in JSON.
func serveXML(w http.ResponseWriter, r *http.Request, serve http.HandlerFunc) {
	answer := &recording{ResponseWriter: w, status: http.StatusOK}
	serve(answer, r)
	raw := answer.body.Bytes()
	if media := w.Header().Get("Content-Type"); strings.HasPrefix(media, "application/json") {
		if inXML, err := xmlOf(raw); err == nil {
			raw = inXML
			w.Header().Set("Content-Type", strings.Replace(media, "json", "xml", 1))
		}
	}
	w.WriteHeader(answer.status)
	w.Write(raw) // an error means that the client is gone: there is nobody to tell
}
