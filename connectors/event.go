package connectors

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/tieout/tieout/reconcile"
)

// An Event is what a vendor's webhook tells: a record may have changed. It is a hint
// and no more: vendors promise neither that an event comes nor that it comes once,
// and what it says of the record is not used.
type Event struct {
	System  reconcile.System
	Company string // id of the portal or company
	Object  reconcile.Object
	ID      string
	At      time.Time
}

// A Post is a message to a webhook as it came.
type Post struct {
	Method string
	Header http.Header
	Body   []byte
	At     time.Time // when it came
}

// A Notice is a message to a webhook whose sender is proven.
type Notice struct {
	Events []Event
	// Passed is how many events are of kinds that nothing is read for, or could not be
	// understood.
	Passed int
	// Key tells the message from others. Until is how long the same would be accepted.
	Key   string
	Until time.Time
	// Once says that the vendor never sends the same message twice.
	Once bool
}

// ErrForged: a message to a webhook that is not proven to come from the vendor now.
var ErrForged = errors.New("not signed by the vendor")

// longestID is of how many digits ids are at most: 64 bits.
const longestID = 18

// IsRecordID reports whether a text can be the id of a vendor's record: an event whose
// id could not be asked for would make the pull fail that it is a hint to.
func IsRecordID(id string) bool {
	return id != "" && len(id) <= longestID && strings.Trim(id, "0123456789") == "" && strings.Trim(id, "0") != ""
}

// Add adds events of a record to a notice, those left out that have no place, time or
// id.
func (n *Notice) Add(e Event, ids ...string) {
	for _, id := range ids {
		if e.ID = id; e.Company == "" || e.Object == "" || e.At.IsZero() || !IsRecordID(id) {
			n.Passed++
			continue
		}
		n.Events = append(n.Events, e)
	}
}
