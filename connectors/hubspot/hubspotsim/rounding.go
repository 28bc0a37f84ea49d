package hubspotsim

import "math/big"

// minorUnits are the currencies that do not have two digits (ISO 4217, list one).
var minorUnits = map[string]int{
	"BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0, "VND": 0,
	"VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
	"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
}

// digitsOf is how many digits amounts in a currency have.
func digitsOf(code string) int {
	if n, known := minorUnits[code]; known {
		return n
	}
	return 2
}

// percent is so many percent of a base.
func percent(base, n *big.Rat) *big.Rat {
	return new(big.Rat).Quo(new(big.Rat).Mul(base, n), big.NewRat(100, 1))
}

// rounded is the nearest number with so many digits, half away from zero.
func rounded(n *big.Rat, places int) *big.Rat {
	r, _ := new(big.Rat).SetString(money(n, places)) // what FloatString writes can be read
	return r
}

// money writes an amount with the digits of its currency, half away from zero.
func money(n *big.Rat, places int) string { return n.FloatString(places) }
