package quickbookssim

import (
	"errors"
	"testing"
)

// FuzzStatement: whatever is sent, a statement or a fault comes back.
func FuzzStatement(f *testing.F) {
	for _, s := range []string{
		"SELECT * FROM Customer",
		"select count(*) from Invoice where Active in (true,false)",
		`SELECT *, Sku FROM Item WHERE Name LIKE '%\'s\\%' AND Type IN ('Service','Inventory') ORDER BY Name DESC, Id STARTPOSITION 1 MAXRESULTS 1000`,
		"SELECT Id FROM Invoice WHERE TxnDate >= '2026-01-01' MAXRESULTS 5 STARTPOSITION 2",
		"SELECT * FROM Customer WHERE DisplayName = 'Amy's",
		"SELECT '", `'\`, "ORDERBY", "\xff", "SELECT * FROM Invoice WHERE Id = '\xe2\x80",
	} {
		f.Add(s)
	}
	c, err := New(books.open(f), testOptions())
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stmt, err := parseStatement(s, true)
		if err == nil {
			var sel *selection
			if sel, err = c.bind(stmt, false); err == nil {
				sel.run()
				return
			}
		}
		var fault *fault
		if !errors.As(err, &fault) || fault.err.Code == "" {
			t.Errorf("%q: %v is no fault", s, err)
		}
	})
}
