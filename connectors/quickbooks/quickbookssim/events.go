package quickbookssim

import "time"

// An event is what happened to one entity, as a webhook tells it.
type event struct {
	entity, id string
	operation  string // "Create", "Update", "Delete", "Void", "Emailed", "Merge"
	at         time.Time
}

// changed is told of every change, in the order in which they took effect and
// while the books are locked.
func (c *Company) changed(event) {}
