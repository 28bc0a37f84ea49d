package connectors

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/tieout/tieout/reconcile"
)

func valueOf(t *testing.T, raw string) Value {
	t.Helper()
	var v Value
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	return v
}

func TestReaderText(t *testing.T) {
	for _, tt := range []struct {
		raw         string
		strict, any string // what is read, or "!" and what is wrong
	}{
		{`"PROD-001"`, "PROD-001", "PROD-001"},
		{`""`, "", ""},
		{`null`, "", ""},
		{`"a\"bö\u00e4 "`, "a\"böä ", "a\"böä "},
		{`"\uD83D\uDE00"`, "😀", "😀"},
		{`"\ufffd � \uFFFD"`, "� � �", "� � �"},
		{`17`, "!17 is not a text", "17"},
		{`true`, "!true is not a text", "true"},
		{`{"a":1}`, "!an object or list is not a text", "!an object or list is not a text"},
		{`"a\u0000b"`, `!a NUL character in "a\u0000b"`, `!a NUL character in "a\u0000b"`},
		{`"\ud800"`, "!no valid Unicode text", "!no valid Unicode text"},
		{"\"a\xffb\"", "!no valid Unicode text", "!no valid Unicode text"},
		{"\"a\xffb\\n\"", "!no valid Unicode text", "!no valid Unicode text"},
	} {
		for _, in := range []*Reader{{}, {Loose: true}} {
			want := tt.strict
			if in.Loose {
				want = tt.any
			}
			got := in.Text("sku", valueOf(t, tt.raw))
			if in.Failed() {
				got = "!" + in.Unreadable().Problem
			}
			if got != want {
				t.Errorf("%s: got %q, want %q", tt.raw, got, want)
			}
		}
	}
}

func TestReaderNumber(t *testing.T) {
	for _, tt := range []struct {
		raw           string
		strict, loose string // the number, "" for none, or "!"
	}{
		{`12.50`, "12.5", "12.5"},
		{`100.00`, "100", "100"},
		{`1E2`, "100", "100"},
		{`0.5306667`, "0.5306667", "0.5306667"},
		{`"15.0"`, "!", "15"},
		{`""`, "!", ""},
		{`null`, "", ""},
		{`"12,50"`, "!", "!"},
		{`" 12.50"`, "!", "!"},
		{`"ten"`, "!", "!"},
		{`"NaN"`, "!", "!"},
		{`"Infinity"`, "!", "!"},
		{`"0x10"`, "!", "!"},
		{`true`, "!", "!"},
		{`[]`, "!", "!"},
		{`123456789012345678901234`, "!", "!"},
		{`0.12345678901234567890`, "0.1234567890123456789", "0.1234567890123456789"},
		{`0.123456789012345678901`, "!", "!"},
	} {
		for _, in := range []*Reader{{}, {Loose: true}} {
			want := tt.strict
			if in.Loose {
				want = tt.loose
			}
			d, ok := in.Number("price", valueOf(t, tt.raw))
			got := ""
			switch {
			case in.Failed():
				got = "!"
			case ok:
				got = d.String()
			}
			if got != want {
				t.Errorf("%s (loose %v): got %q, want %q", tt.raw, in.Loose, got, want)
			}
		}
	}
}

func TestReaderRemembersTheFirst(t *testing.T) {
	in := &Reader{}
	in.Number("total", valueOf(t, `"abc"`))
	in.Day("date", valueOf(t, `"yesterday"`))
	if u := in.Unreadable(); u.Field != "total" || u.Problem != `"abc" where a number belongs` {
		t.Errorf("got %+v", u)
	}
}

func TestReaderTimes(t *testing.T) {
	in := &Reader{}
	if at := in.Instant("at", valueOf(t, `"2020-09-29T05:58:07-07:00"`)); !at.Equal(time.Date(2020, 9, 29, 12, 58, 7, 0, time.UTC)) {
		t.Errorf("got %v", at)
	}
	if d := in.Day("date", valueOf(t, `"2020-09-29"`)); d.String() != "2020-09-29" {
		t.Errorf("got %v", d)
	}
	if at, d := in.Instant("at", Value{}), in.Day("date", Value{}); !at.IsZero() || !d.IsZero() || in.Failed() {
		t.Errorf("got %v, %v, %v for nothing", at, d, in.Unreadable())
	}
	for _, raw := range []string{`"yesterday"`, `17`, `"2020-13-01"`, `{}`, `""`} {
		day, instant := &Reader{}, &Reader{}
		day.Day("date", valueOf(t, raw))
		instant.Instant("at", valueOf(t, raw))
		if !day.Failed() || !instant.Failed() {
			t.Errorf("%s: day %v, instant %v", raw, day.Unreadable(), instant.Unreadable())
		}
	}
}

func TestReaderMoney(t *testing.T) {
	for _, tt := range []struct {
		text, currency string
		want           int64
		beyond         string
	}{
		{"12.50", "USD", 1250, ""},
		{"12.505", "USD", 1251, "12.505"},
		{"-12.505", "USD", -1251, "-12.505"},
		{"12.504", "USD", 1250, "12.504"},
		{"1250.00", "JPY", 1250, ""},
		{"1250.5", "JPY", 1251, "1250.5"},
		{"1.2345", "KWD", 1235, "1.2345"},
	} {
		in, i := &Reader{}, reconcile.Invoice{Currency: tt.currency}
		d, err := ParseDecimal(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := in.Money("total", d, &i); got != tt.want || i.Beyond["total"] != tt.beyond || in.Failed() {
			t.Errorf("%s %s: got %d, beyond %q, want %d, %q", tt.text, tt.currency, got, i.Beyond["total"], tt.want, tt.beyond)
		}
	}
	in := &Reader{}
	in.Rounded("total", decimal.MustParse("9999999999999999999"), "USD")
	if !in.Failed() {
		t.Error("an amount out of range is taken")
	}
	in = &Reader{}
	if in.Sum("total", 1<<62, 1<<62); !in.Failed() {
		t.Error("a sum out of range is taken")
	}
}

func TestQuotient(t *testing.T) {
	for _, tt := range []struct {
		a, b, want string
		exact      bool
	}{{"10", "4", "2.5", true}, {"-10", "4", "-2.5", true}, {"10", "3", "3.333333333333333333", false}, {"0", "3", "0", true}} {
		q, exact, err := Quotient(decimal.MustParse(tt.a), decimal.MustParse(tt.b))
		if err != nil || q.String() != tt.want || exact != tt.exact {
			t.Errorf("%s/%s: got %s, %v, %v", tt.a, tt.b, q, exact, err)
		}
	}
	if _, _, err := Quotient(decimal.MustParse("1"), decimal.Decimal{}); err == nil {
		t.Error("a division by zero is no error")
	}
}

// ParseDecimal agrees with big.Rat on every number it takes.
func FuzzWireDecimal(f *testing.F) {
	for _, s := range []string{"0", "-0.50", "1e5", "1E-19", "00012.340", "12,5", ".5", "5.", "-", "+", "e", "1e", "9999999999999999999", "99999999999999999990", "0.00000000000000000001", "1.000000000000000000000000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := ParseDecimal(s)
		if err != nil {
			return
		}
		want, ok := new(big.Rat).SetString(s)
		if !ok || strings.ContainsAny(s, "/xXbBoOpP_") {
			t.Fatalf("%q is taken for a number", s)
		}
		if got, _ := new(big.Rat).SetString(d.String()); got.Cmp(want) != 0 {
			t.Fatalf("%q: got %s", s, d)
		}
	})
}

func FuzzWireValue(f *testing.F) {
	for _, s := range []string{`"a"`, `"\ud800"`, `12`, `null`, `{"a":[1]}`, `true`, "\"\xff\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var v Value
		if json.Unmarshal([]byte(s), &v) != nil {
			return
		}
		for _, in := range []*Reader{{}, {Loose: true}} {
			if text := in.Text("x", v); strings.ContainsRune(text, 0) {
				t.Fatalf("%q: a NUL passed", s)
			}
			in.Number("x", v)
			in.Instant("x", v)
			in.Day("x", v)
			in.Bool("x", v)
		}
	})
}
