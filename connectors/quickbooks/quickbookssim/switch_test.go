package quickbookssim

import (
	"net/http"
	"strings"
	"testing"
)

func TestSwitches(t *testing.T) {
	for _, tt := range []struct {
		name, query string
		set         func(*Options)
		wantIDs     string // "" for a fault
		wantPage    map[string]int
	}{
		{"projection ignored", "SELECT Id FROM Invoice", func(o *Options) { o.IgnoreProjection = true }, "99 100 1000", nil},
		{"equal is exact", "SELECT * FROM Customer WHERE DisplayName IN ('bob', 'ADA')", func(o *Options) { o.CaseSensitive = true }, "2", nil},
		{"like is exact", "SELECT * FROM Customer WHERE DisplayName LIKE 'B%'", func(o *Options) { o.CaseSensitive = true }, "", map[string]int{}},
		{"entity names are exact", "SELECT * FROM invoice", func(o *Options) { o.ExactEntityNames = true }, "", nil},
		{"bare numbers", "SELECT * FROM Invoice WHERE TotalAmt > 99.995 ORDERBY Id", func(o *Options) { o.BareNumbers = true }, "100 1000", nil},
		{"clamped", "SELECT * FROM Invoice MAXRESULTS 5000", func(o *Options) { o.ClampMaxResults = true }, "99 100 1000", nil},
		{"lexical order", "SELECT * FROM Invoice ORDERBY Id", func(o *Options) { o.LexicalIDs = true }, "100 1000 99", nil},
		{"lexical comparison", "SELECT * FROM Invoice WHERE Id > '100'", func(o *Options) { o.LexicalIDs = true }, "99 1000", nil},
		{"total beside the page", "SELECT * FROM Customer ORDERBY Id MAXRESULTS 2", func(o *Options) { o.TotalCount = true }, "1 2",
			map[string]int{"startPosition": 1, "maxResults": 2, "totalCount": 4}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := testOptions()
			tt.set(&o)
			s := serve(t, books, o)
			if tt.wantIDs == "" && tt.wantPage == nil {
				if code, _ := s.query(t, tt.query).faultOf(t); code != "4001" {
					t.Errorf("code %s", code)
				}
				return
			}
			got := s.rows(t, tt.query)
			if got.ids() != tt.wantIDs {
				t.Errorf("got %s, want %s", got.ids(), tt.wantIDs)
			}
			for name, want := range tt.wantPage {
				if got.page[name] != want {
					t.Errorf("%s: %v, want %d", name, got.page[name], want)
				}
			}
			if o.IgnoreProjection && got.rows[0]["TotalAmt"] == nil {
				t.Error("members left out")
			}
		})
	}
}

// Rows of pages have no lines, and the same read by Id has.
func TestPagesWithoutLines(t *testing.T) {
	o := testOptions()
	o.PagesWithoutLines = true
	s := serve(t, shop, o)
	id := s.wrote(t, "invoice", sold("", "15", pump)).text("Id")
	rows := s.rows(t, "SELECT * FROM Invoice").rows
	if len(rows) != 1 || rows[0]["Line"] != nil || rows[0]["TotalAmt"] == nil {
		t.Errorf("got %v", rows)
	}
	if lines := s.stands(t, "invoice/"+id).list("Line"); len(lines) != 2 {
		t.Errorf("got %v", lines)
	}
}

// Statements with characters that Latin-1 does not have, refused or not.
func TestLatin1Statements(t *testing.T) {
	for _, tt := range []struct{ query, detail string }{
		{"SELECT * FROM Customer WHERE DisplayName = 'Söhne'", ""},
		{"SELECT * FROM Customer WHERE DisplayName = 'Amy’s'", `QueryParserError: Invalid content. Lexical error at line 1, column 48.  Encountered: "\u2019" (8217), after : "'Amy"`},
		{"SELECT * FROM Customer WHERE DisplayName = 'A–B'", `QueryParserError: Invalid content. Lexical error at line 1, column 46.  Encountered: "\u2013" (8211), after : "'A"`},
	} {
		if a := serve(t, books, testOptions()).query(t, tt.query); a.status != http.StatusOK {
			t.Errorf("%s: %s", tt.query, a.body)
		}
		o := testOptions()
		o.Latin1Statements = true
		a := serve(t, books, o).query(t, tt.query)
		if tt.detail == "" && a.status == http.StatusOK {
			continue
		}
		if code, detail := a.faultOf(t); code != "4000" || detail != tt.detail {
			t.Errorf("%s: %s %s", tt.query, code, detail)
		}
	}
}

func TestStarWithoutSku(t *testing.T) {
	items := files{"Item.jsonl": `{"Id":"1","Name":"a","Sku":"S-1","UnitPrice":2.50}` + "\n"}
	for _, tt := range []struct {
		query, want string
		without     bool
	}{
		{"SELECT * FROM Item", `"Name":"a","Sku":"S-1","UnitPrice":2.50`, false},
		{"SELECT * FROM Item", `"Name":"a","UnitPrice":2.50`, true},
		{"SELECT *, Sku FROM Item", `"Name":"a","Sku":"S-1","UnitPrice":2.50`, true},
		{"SELECT Sku FROM Item", `"Sku":"S-1"`, true},
	} {
		o := testOptions()
		o.StarWithoutSku = tt.without
		if body := serve(t, items, o).query(t, tt.query).body; !strings.Contains(body, tt.want) {
			t.Errorf("%s, %v: %s", tt.query, tt.without, body)
		}
	}
}
