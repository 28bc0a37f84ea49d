package hubspotsim

import (
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// The API versions that paths name. Dated versions are published in March and
// September; v3 and v4 are their predecessors.
const (
	v3        = "v3"
	v4        = "v4"
	march     = "2026-03"
	september = "2026-09"
)

// A call is one admitted request on its way to an endpoint.
type call struct {
	*http.Request
	version string
	query   url.Values
	content []byte      // of the body, read before the portal is looked at
	header  http.Header // of the answer
	// object is the type that the path names, or nil where it names none; to
	// is the second type of an association path.
	object, to *object
}

// A reply is a status and a JSON body.
type reply struct {
	status int
	body   []byte
}

func ok(body []byte) (reply, error) { return reply{http.StatusOK, body}, nil }

// An endpoint answers the calls of one method at one path.
type endpoint struct {
	method string
	// kind is the name under which its calls are counted; one that begins
	// with a dot follows the name of the path's object.
	kind   string
	handle func(*call) (reply, error)
	writes bool // it changes the portal, alone while it does
}

func reads(method, kind string, handle func(*call) (reply, error)) endpoint {
	return endpoint{method, kind, handle, false}
}

func writes(method, kind string, handle func(*call) (reply, error)) endpoint {
	return endpoint{method, kind, handle, true}
}

// routes lists every path that the portal answers.
func (p *Portal) routes() {
	p.mux = http.NewServeMux()
	p.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		p.count("unknown")
		p.refuse(w, errNotFound)
	})
	for version, base := range map[string]string{
		v3: "/crm/v3/objects", march: "/crm/objects/2026-03", september: "/crm/objects/2026-09",
	} {
		p.route(base+"/{type}", version, reads("GET", ".list", p.list), writes("POST", ".create", p.createOne))
		p.route(base+"/{type}/{id}", version, reads("GET", ".get", p.get), writes("PATCH", ".update", p.updateOne), writes("DELETE", ".archive", p.archiveOne))
		p.route(base+"/{type}/batch/create", version, writes("POST", ".batch_create", p.batchCreate))
		p.route(base+"/{type}/batch/update", version, writes("POST", ".batch_update", p.batchUpdate))
		p.route(base+"/{type}/batch/upsert", version, writes("POST", ".batch_upsert", p.batchUpsert))
		p.route(base+"/{type}/batch/archive", version, writes("POST", ".batch_archive", p.batchArchive))
		p.route(base+"/{type}/merge", version, writes("POST", ".merge", p.merge))
		p.route(base+"/{type}/gdpr-delete", version, writes("POST", ".gdpr_delete", p.gdprDelete))
		p.route(base+"/{type}/batch/read", version, reads("POST", ".batch_read", p.batchRead))
		p.route(base+"/{type}/search", version, reads("POST", "search", p.search))
	}
	p.associationRoutes()
	for _, version := range []string{"v1", march, september} {
		p.route("/tax-rates/"+version+"/tax-rates", version, reads("GET", "tax_rates", p.listTaxRates))
		p.route("/tax-rates/"+version+"/tax-rates/{id}", version, reads("GET", "tax_rates", p.getTaxRate))
	}
	for version, base := range map[string]string{
		v3: "/crm/v3/properties", march: "/crm/properties/2026-03", september: "/crm/properties/2026-09",
	} {
		p.propertyRoutes(base+"/{type}", version)
	}
	for _, version := range []string{v3, march, september} {
		p.route("/account-info/"+version+"/details", version, reads("GET", "account", p.details))
	}
}

// route answers a path with its endpoints, one a method.
func (p *Portal) route(path, version string, endpoints ...endpoint) {
	p.mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
		at := slices.IndexFunc(endpoints, func(e endpoint) bool { return e.method == r.Method })
		if at < 0 {
			p.count("unknown")
			p.refuse(w, errMethod)
			return
		}
		c := &call{Request: r, version: version, query: r.URL.Query(), header: w.Header()}
		got, err := p.perform(c, endpoints[at])
		if err != nil {
			p.refuse(w, err)
			return
		}
		answer(w, got)
	})
}

// perform resolves the object names of the path, counts the call and has it
// answered.
func (p *Portal) perform(c *call, e endpoint) (reply, error) {
	kind := e.kind
	var unknown *apiError
	if segment := c.PathValue("type"); segment != "" {
		c.object, unknown = objectNamed(segment)
	}
	if segment := c.PathValue("to"); segment != "" && unknown == nil {
		c.to, unknown = objectNamed(segment)
	}
	if unknown != nil {
		p.count("unknown")
		return reply{}, unknown
	}
	if strings.HasPrefix(kind, ".") {
		kind = c.object.name + kind
	}
	if err := c.allowed(e); err != nil {
		p.count("forbidden")
		return reply{}, err
	}
	p.count(kind)
	var err error
	if c.content, err = io.ReadAll(io.LimitReader(c.Body, maxBody+1)); err != nil {
		return reply{}, invalid("Invalid input: the body could not be read")
	}
	if len(c.content) > maxBody {
		return reply{}, errTooLarge
	}
	if kind == "search" {
		p.settle(p.tables[c.object].searched)
	}
	if e.writes {
		p.data.Lock()
		defer p.data.Unlock()
		return e.handle(c)
	}
	p.data.RLock()
	defer p.data.RUnlock()
	return e.handle(c)
}

// settle brings into an index what has come to be seen.
func (p *Portal) settle(x *index) {
	now := p.now()
	p.data.RLock()
	due := x.due(now)
	p.data.RUnlock()
	if due {
		p.data.Lock()
		defer p.data.Unlock()
		x.settle(now)
	}
}
