package connectors

import (
	"context"
	"iter"
	"sync"
)

// A Job is one portion of work of InOrder.
type Job[T any] func(context.Context) (T, error)

type outcome[T any] struct {
	value T
	err   error
}

// InOrder does the jobs of a sequence, at most width of them begun and not yet
// taken by the consumer, and yields their results in the order of the
// sequence. The sequence itself is walked in a goroutine of its own, so it may
// wait, for the page that says where the next one begins, while earlier jobs
// are under way. The first error is yielded and ends it. When the consumer
// stops, or ctx ends, everything under way is cancelled and has ended before
// InOrder returns.
func InOrder[T any](ctx context.Context, width int, jobs func(context.Context) iter.Seq[Job[T]]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		var work sync.WaitGroup
		defer work.Wait()
		defer cancel()
		slots := make(chan struct{}, max(width, 1))
		queue := make(chan chan outcome[T], cap(slots)) // room for all, so that the next may begin
		work.Go(func() { begin(ctx, jobs(ctx), slots, queue, &work) })
		for {
			result, ok := next(ctx, queue)
			if !ok {
				if err := ctx.Err(); err != nil {
					var zero T
					yield(zero, err)
				}
				return
			}
			<-slots
			if !yield(result.value, result.err) || result.err != nil {
				return
			}
		}
	}
}

// begin starts the jobs one after the other, as slots come free, and queues
// where their outcomes will be.
func begin[T any](ctx context.Context, jobs iter.Seq[Job[T]], slots chan<- struct{}, queue chan<- chan outcome[T], work *sync.WaitGroup) {
	defer close(queue)
	for job := range jobs {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		done := make(chan outcome[T], 1)
		work.Go(func() {
			value, err := job(ctx)
			done <- outcome[T]{value, err}
		})
		select {
		case queue <- done:
		case <-ctx.Done():
			return
		}
	}
}

// next returns the outcome of the oldest job; ok is false when there is none
// any more or ctx has ended.
func next[T any](ctx context.Context, queue <-chan chan outcome[T]) (result outcome[T], ok bool) {
	select {
	case done, open := <-queue:
		if !open {
			return result, false
		}
		select {
		case result = <-done:
			return result, true
		case <-ctx.Done():
			return result, false
		}
	case <-ctx.Done():
		return result, false
	}
}
