package connectors

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// countTo is the jobs that return 0, 1, 2 …, later ones sooner.
func countTo(n int, begun *atomic.Int64) func(context.Context) iter.Seq[Job[int]] {
	return func(context.Context) iter.Seq[Job[int]] {
		return func(yield func(Job[int]) bool) {
			for i := range n {
				if !yield(func(ctx context.Context) (int, error) {
					begun.Add(1)
					return i, sleep(ctx, time.Duration(n-i)*time.Second)
				}) {
					return
				}
			}
		}
	}
}

func TestInOrderKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		var got []int
		for v, err := range InOrder(t.Context(), 4, countTo(20, &begun)) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, v)
		}
		if len(got) != 20 || !slices.IsSorted(got) {
			t.Errorf("got %v", got)
		}
	})
}

func TestInOrderBeginsNoMoreThanItsWidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		taken := int64(0)
		for _, err := range InOrder(t.Context(), 3, countTo(20, &begun)) {
			if err != nil {
				t.Fatal(err)
			}
			taken++
			time.Sleep(time.Minute)
			if ahead := begun.Load() - taken; ahead > 3 {
				t.Fatalf("%d jobs begun ahead of the consumer, want 3 at most", ahead)
			}
		}
	})
}

func TestInOrderUsesItsWidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		jobs := func(context.Context) iter.Seq[Job[int]] {
			return func(yield func(Job[int]) bool) {
				for range 40 {
					if !yield(func(ctx context.Context) (int, error) { return 0, sleep(ctx, time.Second) }) {
						return
					}
				}
			}
		}
		start := time.Now()
		for _, err := range InOrder(t.Context(), 4, jobs) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("40 jobs of a second took %v, 4 at once, want 10s", took)
		}
	})
}

// The bubble fails where a goroutine outlives its test.
func TestInOrderEndsWithItsConsumer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		start := time.Now()
		for _, err := range InOrder(t.Context(), 4, countTo(1000, &begun)) {
			if err != nil {
				t.Error(err)
			}
			break
		}
		if took := time.Since(start); took != 1000*time.Second { // the first job's own time
			t.Errorf("took %v", took)
		}
		if begun.Load() > 6 {
			t.Errorf("%d jobs begun", begun.Load())
		}
	})
}

func TestInOrderEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var begun atomic.Int64
		var last error
		start := time.Now()
		for _, err := range InOrder(ctx, 4, countTo(1000, &begun)) {
			last = err
		}
		if !errors.Is(last, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("got %v after %v", last, time.Since(start))
		}
	})
}

func TestInOrderEndsWithTheFirstError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		problem := errors.New("problem")
		jobs := func(context.Context) iter.Seq[Job[int]] {
			return func(yield func(Job[int]) bool) {
				for i := 0; yield(func(context.Context) (int, error) {
					if i == 2 {
						return 0, problem
					}
					return i, nil
				}); i++ {
				}
			}
		}
		var errs []error
		for _, err := range InOrder(t.Context(), 1, jobs) {
			errs = append(errs, err)
		}
		if len(errs) != 3 || !errors.Is(errs[2], problem) {
			t.Errorf("got %v", errs)
		}
	})
}
