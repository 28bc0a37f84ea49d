package wire

import (
	"context"
	"sync"
)

// A Lazy is something that is read once, by whoever asks for it first: what all items
// of a page have in common costs one question, and none where nobody asks.
type Lazy[T any] struct {
	read  func(context.Context) (T, error)
	once  sync.Once
	value T
	err   error
}

// NewLazy makes a Lazy that is read by a function.
func NewLazy[T any](read func(context.Context) (T, error)) *Lazy[T] { return &Lazy[T]{read: read} }

// Get returns what was read. It belongs to one request: what fails stays failed.
func (l *Lazy[T]) Get(ctx context.Context) (T, error) {
	l.once.Do(func() { l.value, l.err = l.read(ctx) })
	return l.value, l.err
}
