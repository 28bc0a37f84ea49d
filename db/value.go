package db

import (
	"crypto/sha256"
	"database/sql/driver"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/tieout/tieout/reconcile"
)

// A text is a string as a text column holds it. Neither PostgreSQL nor a
// statement's text can carry U+0000, which vendors' values may hold. It is
// written as U+0001 U+0001, and U+0001 as U+0001 U+0002: what was different
// stays different, and in the same order.
type text string

var (
	escaper   = strings.NewReplacer("\x00", "\x01\x01", "\x01", "\x01\x02")
	unescaper = strings.NewReplacer("\x01\x01", "\x00", "\x01\x02", "\x01")
)

// Value escapes.
func (t text) Value() (driver.Value, error) {
	s := string(t)
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if strings.IndexByte(s, 0) >= 0 || strings.IndexByte(s, 1) >= 0 {
		s = escaper.Replace(s)
	}
	return s, nil
}

// Scan undoes Value.
func (t *text) Scan(src any) error {
	switch v := src.(type) {
	case string:
		*t = text(v)
	case []byte:
		*t = text(v)
	case nil:
		*t = ""
	default:
		return fmt.Errorf("scan %T into a text", src)
	}
	if strings.IndexByte(string(*t), 1) >= 0 {
		*t = text(unescaper.Replace(string(*t)))
	}
	return nil
}

// A key is a text in an index. PostgreSQL refuses entries of more than about
// 2,700 bytes, so that a longer one is cut and told apart by its hash.
type key string

const longestKey = 512 // bytes

// Value cuts and escapes.
func (k key) Value() (driver.Value, error) { return text(cut(string(k))).Value() }

func cut(s string) string {
	if len(s) <= longestKey {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return strings.ToValidUTF8(s[:longestKey-2*len(sum)], "") + hex.EncodeToString(sum[:])
}

// Scan undoes the escaping; what was cut stays cut.
func (k *key) Scan(src any) error { return (*text)(k).Scan(src) }

// micros turns an instant into what columns hold, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant undoes micros.
func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// code is the number of a system in the mirror. The tables refuse the 0 of
// anything that is no single system.
func code(s reconcile.System) int16 {
	switch s {
	case reconcile.HubSpot:
		return 1
	case reconcile.QuickBooks:
		return 2
	}
	return 0
}

// system undoes code.
func system(n int16) reconcile.System {
	if n == 2 {
		return reconcile.QuickBooks
	}
	return reconcile.HubSpot
}

func decode[T any](body []byte) (T, error) {
	var v T
	err := json.Unmarshal(body, &v)
	return v, err
}

func decodeAll[T any](bodies [][]byte) ([]T, error) {
	list := make([]T, len(bodies))
	for n, body := range bodies {
		if err := json.Unmarshal(body, &list[n]); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func convert[A, B any](list []A, f func(A) B) []B {
	out := make([]B, len(list))
	for n, v := range list {
		out[n] = f(v)
	}
	return out
}

// lastOfEach keeps the last element of each key, where the first of the key stood.
func lastOfEach[T any, K comparable](list []T, key func(T) K) []T {
	at := make(map[K]int, len(list))
	kept := make([]T, 0, len(list))
	for _, v := range list {
		k := key(v)
		if n, again := at[k]; again {
			kept[n] = v
			continue
		}
		at[k] = len(kept)
		kept = append(kept, v)
	}
	return kept
}
