package reconcile

import "time"

const (
	// ObjectLineItems are the lines of HubSpot's invoices, which come with these and
	// are not pulled by themselves; a hint about one leads to its invoice.
	ObjectLineItems Object = "line_items"

	// MostHints is how many hints about records of one object of one system are kept.
	// Reading ten thousand records by id takes about as many requests as a portal of
	// twenty thousand does as a whole.
	MostHints = 10_000
	// hintsFor is how old an event may be to be a hint: later its record has been read
	// in a pull of everything, or all deliveries of the event were late.
	hintsFor = 30 * 24 * time.Hour
)

// A Hint says that a record may have changed. It makes the next pull look at the
// record beside what the system tells of changes, and nothing else: by itself it
// changes, resolves and deletes nothing.
type Hint struct {
	Object Object
	ID     string
	At     time.Time // when the record changed, by the system's clock
}

// Stale reports whether a hint comes too late to be one.
func (h Hint) Stale(now time.Time) bool { return now.Sub(h.At) > hintsFor }

// A Delivery is what a system sent in one message, verified.
type Delivery struct {
	System System
	// Key tells the message from others, until which instant the same would be taken
	// for a valid one.
	Key   string
	Until time.Time
	At    time.Time // when it came
	// Hints are those about records of portals or companies, by their ids.
	Hints map[string][]Hint
}

// A Receipt says what has become of a delivery.
type Receipt struct {
	// Again: the same message came before, so that nothing was filed.
	Again bool
	Filed int // hints
	// Foreign are hints about portals or companies that no workspace has.
	Foreign int
}

// Hints are what events told of one object since a pull of it.
type Hints struct {
	IDs []string
	// Flooded: there were more than are kept, so that any record may have changed.
	Flooded bool
}
