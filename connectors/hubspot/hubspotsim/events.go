package hubspotsim

import "time"

// An eventKind is what happened to a record, in the words that webhook
// subscriptions have for it ("Webhooks" page).
type eventKind string

const (
	creation          eventKind = "creation"
	deletion          eventKind = "deletion"
	propertyChange    eventKind = "propertyChange"
	associationChange eventKind = "associationChange"
	merging           eventKind = "merge"
	privacyDeletion   eventKind = "privacyDeletion"
)

// An event is one thing that happened to one record.
type event struct {
	kind   eventKind
	object *object
	id     string
	at     time.Time
	// source and sourceID tell who did it, as property history does.
	source, sourceID string

	property, value string // of a propertyChange; an empty value was cleared

	// Of an associationChange: the other record, the types, and whether they have
	// been taken away. There is one event for either direction.
	to      *object
	toID    string
	types   []associationType
	removed bool

	// Of a merge: the records that were merged, the one that had the say first, how
	// many values it took from the other, and the id of what they have become.
	merged []string
	newID  string
	moved  int
}
