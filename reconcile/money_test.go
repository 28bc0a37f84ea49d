package reconcile

import (
	"math"
	"math/big"
	"testing"

	"github.com/govalues/decimal"
	"pgregory.net/rapid"
)

// TestUnusualCurrencies: they are those whose digits are not the usual ones.
func TestUnusualCurrencies(t *testing.T) {
	listed := 0
	for digits, currencies := range UnusualCurrencies() {
		for _, c := range currencies {
			if listed++; digits == UsualDigits || MinorDigits(c) != digits {
				t.Errorf("%s is listed with %d digits and has %d", c, digits, MinorDigits(c))
			}
		}
	}
	if listed != len(minorDigits) {
		t.Errorf("%d currencies, want %d", listed, len(minorDigits))
	}
}

func TestMinorDigits(t *testing.T) {
	for currency, want := range map[string]int{"USD": 2, "EUR": 2, "HUF": 2, "JPY": 0, "KRW": 0, "ISK": 0, "KWD": 3, "BHD": 3, "CLF": 4, "": 2, "XXX": 2} {
		if got := MinorDigits(currency); got != want {
			t.Errorf("%s has %d digits, want %d", currency, got, want)
		}
	}
}

func TestRoundHalfUp(t *testing.T) {
	for _, tt := range []struct {
		amount, currency string
		minor            int64
		exact            bool
	}{
		{"0", "USD", 0, true}, {"12.5", "USD", 1250, true}, {"12.500", "USD", 1250, true}, {"0.005", "USD", 1, false}, {"-0.005", "USD", -1, false},
		{"0.00499999", "USD", 0, false}, {"2.675", "USD", 268, false}, {"1.5", "JPY", 2, false}, {"-1.5", "JPY", -2, false}, {"1.4", "JPY", 1, false},
		{"1.0005", "KWD", 1001, false}, {"1.2345", "CLF", 12345, true}, {"999999999999.995", "USD", 100000000000000, false},
	} {
		m, exact, err := RoundHalfUp(dec(tt.amount), tt.currency)
		if want := (Money{tt.minor, tt.currency}); m != want || exact != tt.exact || err != nil {
			t.Errorf("%s %s: %+v %t %v, want %+v %t", tt.amount, tt.currency, m, exact, err, want, tt.exact)
		}
	}
	for _, amount := range []string{"9223372036854775807", "-9223372036854775807", "92233720368547758.08", "9999999999999999999"} {
		if m, _, err := RoundHalfUp(dec(amount), "USD"); err == nil {
			t.Errorf("%s USD does not fit, but is %d", amount, m.Minor)
		}
	}
}

// TestRoundHalfUpAgainstRat checks the rule against exact fractions.
func TestRoundHalfUpAgainstRat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		currency := few(t, "currency", "USD", "JPY", "KWD", "CLF")
		scale := rapid.IntRange(0, 12).Draw(t, "scale")
		coefficient := rapid.Int64Range(-999_999_999_999_999, 999_999_999_999_999).Draw(t, "coefficient")
		d, err := decimal.New(coefficient, scale)
		if err != nil {
			t.Fatal(err)
		}
		got, exact, err := RoundHalfUp(d, currency)
		r, _ := new(big.Rat).SetString(d.String())
		minor := new(big.Rat).Mul(r, new(big.Rat).SetInt(power(MinorDigits(currency))))
		want := halfUp(minor)
		if !want.IsInt64() {
			if err == nil {
				t.Fatalf("%s %s does not fit, but is %d", d, currency, got.Minor)
			}
			return
		}
		if err != nil || got.Minor != want.Int64() || exact != minor.IsInt() {
			t.Fatalf("%s %s is %d, exact %t, %v; want %s, %t", d, currency, got.Minor, exact, err, want, minor.IsInt())
		}
		if back, _ := new(big.Rat).SetString(got.Amount()); exact && back.Cmp(r) != 0 {
			t.Fatalf("%s became %s", d, got.Amount())
		}
	})
}

func power(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// halfUp rounds to an integer, halves away from zero.
func halfUp(r *big.Rat) *big.Int {
	doubled := new(big.Int).Mul(r.Num(), big.NewInt(2))
	doubled.Add(doubled, new(big.Int).Mul(r.Denom(), big.NewInt(int64(r.Sign()))))
	return doubled.Quo(doubled, new(big.Int).Mul(r.Denom(), big.NewInt(2)))
}

func TestMoneyPrints(t *testing.T) {
	for want, m := range map[string]Money{"12.50 USD": {1250, "USD"}, "-0.01 EUR": {-1, "EUR"}, "7 JPY": {7, "JPY"}, "1.234 KWD": {1234, "KWD"}, "0.00": {}} {
		if got := m.String(); got != want {
			t.Errorf("%+v prints as %q, want %q", m, got, want)
		}
	}
	if m := (Money{-5, "USD"}); m.Abs() != (Money{5, "USD"}) || m.IsZero() || !(Money{}).IsZero() {
		t.Error("Abs or IsZero")
	}
	if got := (Money{math.MinInt64 + 1, "USD"}).Amount(); got != "-92233720368547758.07" {
		t.Errorf("the smallest amount prints as %s", got)
	}
}

// TestStakeOfSeveralCurrencies: amounts of different currencies are not added.
func TestStakeOfSeveralCurrencies(t *testing.T) {
	if got := money(map[string]int64{"USD": 5, "EUR": -9, "GBP": 7}); got != (Money{9, "EUR"}) {
		t.Errorf("%v", got)
	}
	if got := money(nil); got != (Money{}) {
		t.Errorf("%v", got)
	}
}
