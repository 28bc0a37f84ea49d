// Package quickbookssim is a QuickBooks Online company in process: an
// http.Handler that answers as the Accounting API v3 answers, with a dataset
// directory (package sandbox) as its books.
//
// It is built from what the real servers were seen to send and from Intuit's
// documentation, never from Tieout's own connector, so that the two can be
// held against each other: it imports package sandbox and the standard library
// and does its own arithmetic. Entities are served with the bytes they have in
// the dataset, member order and number literals (100.00) included; what a
// real answer always carries and a record lacks (SyncToken, MetaData, domain,
// sparse) is put at its end. That goes for values that cannot be read too, such
// as a TotalAmt of "abc": they fulfil no condition of a query, and in an order
// they stand with the absent ones, before those that can be read.
//
// Writes go through the rules of the API (operation.go): an entity that is written
// has its members in the recorded order, with the numbers in the recorded form.
// What people do in the company (Create, Update, Delete, Deactivate) knows no
// rules, so that books can be as odd as a test needs them.
//
// Where the behaviour of QuickBooks is not established, the field of Options
// that chooses says so; a client should work under every choice.
package quickbookssim

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // answers are stamped in Pacific time on machines without a zone database too

	"github.com/tieout/tieout/sandbox"
	"github.com/tieout/tieout/sandbox/control"
	"github.com/tieout/tieout/sandbox/hooks"
	"github.com/tieout/tieout/sandbox/signin"
)

// A Company is one simulated QuickBooks company. It is safe for concurrent
// use, also while its books change (Create, Update, Delete, Deactivate): each
// answer shows them as they are at one instant. The zero Company is not usable;
// New makes one.
type Company struct {
	options Options
	pacific *time.Location
	books   sync.RWMutex      // held while rows are looked for or changed; rows themselves never change
	tables  map[string]*table // by entity name, "Invoice"
	byPath  map[string]*table // by path element, "invoice"
	counts  counter
	serial  atomic.Uint64  // of the answers, for their intuit_tid
	lastID  map[string]int // given in a sequence of Ids, by its name

	lastNumber  map[string]int // given in a sequence of document numbers
	lastAddress int64          // given to an address

	throttle *throttle
	replays  replays
	webhooks *hooks.Sender // nil without Options.Webhooks
	signIn   *signin.Server
	control  *control.Control
	dead     atomic.Bool // the static token
}

// New loads the QuickBooks half of a dataset. It fails on options that
// contradict one another, and on a record without an Id or with an Id that was
// there before: the error names file and line. What else a record holds is
// served as it is.
func New(ds *sandbox.Dataset, o Options) (*Company, error) {
	o, err := o.checked()
	if err != nil {
		return nil, fmt.Errorf("quickbookssim: %w", err)
	}
	pacific, err := time.LoadLocation("America/Los_Angeles")
	if err != nil {
		return nil, fmt.Errorf("quickbookssim: %w", err)
	}
	c := &Company{
		options: o,
		pacific: pacific,
		tables:  make(map[string]*table, len(kinds)),
		byPath:  make(map[string]*table, len(kinds)),

		lastID:     make(map[string]int),
		lastNumber: make(map[string]int),

		throttle: newThrottle(),
		signIn:   newOAuth(o),
	}
	if o.Webhooks != nil {
		c.webhooks = o.Webhooks.posting(o.Now)
	}
	if err := knownFiles(ds); err != nil {
		return nil, fmt.Errorf("quickbookssim: %w", err)
	}
	for i := range kinds {
		t := newTable(&kinds[i], comparison{lexicalIDs: o.LexicalIDs, zone: pacific})
		if err := c.load(ds, t); err != nil {
			return nil, fmt.Errorf("quickbookssim: %w", err)
		}
		c.tables[t.kind.name] = t
		c.byPath[strings.ToLower(t.kind.name)] = t
	}
	if err := c.addPseudoTaxCodes(); err != nil {
		return nil, fmt.Errorf("quickbookssim: %w", err)
	}
	c.control = control.New(control.Vendor{Serve: c.serve, Refuse: c.refuseAs, Check: checkCode, Kill: c.kill, Revive: c.revive, Requests: c.Requests})
	return c, nil
}

// Control has the company fail on command, and tells what was written.
func (c *Company) Control() *control.Control { return c.control }

// Requests returns how many requests were answered since New, by kind:
// "query.Invoice", "query.Invoice.count", "read.invoice", "cdc", "companyinfo",
// "preferences", "oauth.token", "write.invoice"; and, for those that got no further, "query.invalid",
// "unauthorized", "forbidden" and "unsupported".
func (c *Company) Requests() map[string]int { return c.counts.snapshot() }

// ServeHTTP answers one request of the Accounting API, or of Control.
func (c *Company) ServeHTTP(w http.ResponseWriter, r *http.Request) { c.control.ServeHTTP(w, r) }

func (c *Company) serve(w http.ResponseWriter, r *http.Request) {
	c.stamp(w.Header())
	switch {
	case c.signs(w, r):
	case wantsXML(r):
		serveXML(w, r, c.serveAPI)
	default:
		c.serveAPI(w, r)
	}
}

// serveAPI answers what is below /v3/company/REALM.
func (c *Company) serveAPI(w http.ResponseWriter, r *http.Request) {
	rest, ok := strings.CutPrefix(r.URL.Path, "/v3/company/")
	realm, rest, _ := strings.Cut(rest, "/")
	path := strings.Split(rest, "/")
	end, refused := c.begin(realm, r.Header.Get("Authorization"), callOf(r, path)) // when it arrives, not when it is answered
	status := http.StatusRequestTimeout
	defer func() { end(status) }()
	switch {
	case !control.Wait(r.Context(), c.options.Latency): // the client is gone
	case refused != "":
		status = http.StatusTooManyRequests
		c.writeThrottled(w)
	case !ok:
		status = http.StatusNotFound
		http.NotFound(w, r) // at the gateway: no company was reached
	case c.admit(w, r, realm):
		answer := &statusWriter{w, http.StatusOK}
		c.dispatch(answer, r, realm, path)
		status = answer.status
	default:
		status = http.StatusUnauthorized
	}
}

// dispatch finds what answers a path below /v3/company/REALM.
func (c *Company) dispatch(w http.ResponseWriter, r *http.Request, realm string, path []string) {
	get := r.Method == http.MethodGet
	switch {
	case len(path) == 1 && path[0] == "query" && (get || r.Method == http.MethodPost):
		c.serveQuery(w, r)
	case len(path) == 1 && path[0] == "cdc" && get:
		c.serveChanges(w, r)
	case len(path) == 1 && path[0] == "preferences" && get:
		c.servePreferences(w)
	case len(path) == 2 && path[0] == "companyinfo" && get:
		c.serveCompanyInfo(w, realm, path[1])
	case len(path) == 1 && c.byPath[path[0]] != nil && r.Method == http.MethodPost:
		t := c.byPath[path[0]]
		c.answerOnce(w, r, realm, t, func(w http.ResponseWriter, r *http.Request) { c.serveWrite(w, r, t) })
	case len(path) == 2 && path[0] == "taxservice" && path[1] == "taxcode" && r.Method == http.MethodPost:
		c.answerOnce(w, r, realm, c.tables["TaxCode"], c.serveTaxService)
	case len(path) == 1 && path[0] == "batch" && r.Method == http.MethodPost:
		c.serveBatch(w, r, realm)
	case len(path) == 2 && c.byPath[path[0]] != nil && get:
		c.serveRead(w, c.byPath[path[0]], path[1], readingOf(r))
	case len(path) == 3:
		c.serveDocument(w, r, realm, path)
	default:
		c.counts.add("unsupported")
		c.writeFault(w, unsupported(r.URL.Path))
	}
}
