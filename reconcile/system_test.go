package reconcile

import (
	"slices"
	"testing"
)

func TestSystems(t *testing.T) {
	if HubSpot.Other() != QuickBooks || QuickBooks.Other() != HubSpot || Both.Other() != Both {
		t.Error("Other")
	}
	if DirectionUnset.Source() != HubSpot || HubSpotToQuickBooks.Destination() != QuickBooks || QuickBooksToHubSpot.Source() != QuickBooks {
		t.Error("Source")
	}
	if len(Objects(HubSpot)) != 5 || slices.Contains(Objects(QuickBooks), ObjectCompanies) {
		t.Error("Objects")
	}
	for _, a := range []Actor{LocalActor("ann"), LocalActor(""), ActorSchedule, ActorWorker} {
		if err := a.Check(); err != nil {
			t.Error(err)
		}
	}
	for _, a := range []Actor{"", "local:", "root"} {
		if a.Check() == nil {
			t.Errorf("%q is an actor", a)
		}
	}
}

func TestCompareIDs(t *testing.T) {
	sorted := []string{"0", "00", "2", "09", "9", "10", "99999999999999999998", "99999999999999999999", "", "1a", "9a", "a", "é"}
	for i, a := range sorted {
		for j, b := range sorted {
			got := CompareIDs(a, b)
			if (i < j) != (got < 0) || (i == j) != (got == 0) {
				t.Errorf("%q and %q compare as %d", a, b, got)
			}
		}
	}
}

// FuzzCompareIDs holds the order to what sorting needs.
func FuzzCompareIDs(f *testing.F) {
	f.Add("9", "10", "1a")
	f.Add("007", "7", "")
	f.Add("٣", "3", "30")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if CompareIDs(a, b) != -CompareIDs(b, a) {
			t.Errorf("%q and %q: %d one way, %d the other", a, b, CompareIDs(a, b), CompareIDs(b, a))
		}
		if (CompareIDs(a, b) == 0) != (a == b) {
			t.Errorf("%q and %q are one", a, b)
		}
		if CompareIDs(a, b) < 0 && CompareIDs(b, c) < 0 && CompareIDs(a, c) >= 0 {
			t.Errorf("%q < %q < %q, but not %q < %q", a, b, c, a, c)
		}
	})
}
