package sandbox

import (
	"slices"
	"testing"
)

func TestEveryKindIsPlantedTwice(t *testing.T) {
	for _, direction := range []string{HubSpotToQuickBooks, QuickBooksToHubSpot} {
		truth, err := Generate(t.TempDir(), Options{Invoices: 2000, Seed: 7, Direction: direction})
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, c := range truth.Causes {
			count[c.Name]++
		}
		for _, k := range kinds() {
			if want := 2; count[k.name] < want && (k.only == "" || k.only == direction) {
				t.Errorf("%s: kind %s is planted %d times, want %d", direction, k.name, count[k.name], want)
			}
		}
		if !slices.IsSortedFunc(truth.Findings, func(a, b Expected) int { return slices.Compare([]string{a.Code, a.System, a.Record}, []string{b.Code, b.System, b.Record}) }) {
			t.Errorf("%s: findings are not sorted", direction)
		}
	}
}
