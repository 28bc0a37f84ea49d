package sandbox

// A sequence gives out ids that are unique, repeatable and in no order: the
// n-th is a permutation of n within a prime range. As the ranges start below a
// power of ten, ids differ in length, and their order as text is not their
// order as numbers.
type sequence struct{ base, step, shift, size int64 }

// newSequence makes a sequence of at least size ids from base on.
func newSequence(base, size int64, pick interface{ Int64N(int64) int64 }) sequence {
	size = nextPrime(size)
	return sequence{base: base, step: 1 + pick.Int64N(size-1), shift: pick.Int64N(size), size: size}
}

// id returns the n-th id. Past the end of its range it would repeat itself,
// which is a bug of the generator.
func (s sequence) id(n int) int64 {
	if int64(n) >= s.size {
		panic("sandbox: a sequence of ids is exhausted")
	}
	return s.base + (s.step*int64(n)+s.shift)%s.size
}

func nextPrime(n int64) int64 {
	for ; ; n++ {
		if prime(n) {
			return n
		}
	}
}

func prime(n int64) bool {
	for d := int64(2); d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return n > 1
}
