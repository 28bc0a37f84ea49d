package quickbookssim

import (
	"net/http"
	"strings"
	"testing"
)

// books is a small company: what each row is for stands in the tests.
var books = files{
	"Customer.jsonl": `{"Id":"1","DisplayName":"Ada","FullyQualifiedName":"Ada","Active":true,"Balance":10.50,"PrimaryEmailAddr":{"Address":"Ada@x.org"},"MetaData":{"CreateTime":"2026-01-01T00:00:00-08:00","LastUpdatedTime":"2026-03-01T12:00:00-08:00"}}
{"Id":"2","DisplayName":"bob","FullyQualifiedName":"bob","Active":true,"Balance":0,"MetaData":{"CreateTime":"2026-01-01T00:00:00-08:00","LastUpdatedTime":"2026-03-02T12:00:00-08:00"}}
{"Id":"10","DisplayName":"Job","FullyQualifiedName":"Ada:Job","Job":true,"ParentRef":{"value":"1"},"Balance":2,"MetaData":{"CreateTime":"2026-01-01T00:00:00-08:00","LastUpdatedTime":"2026-03-03T12:00:00-08:00"}}
{"Id":"9","DisplayName":"Zed (deleted)","FullyQualifiedName":"Zed (deleted)","Active":false,"Balance":0,"MetaData":{"CreateTime":"2026-01-01T00:00:00-08:00","LastUpdatedTime":"2026-03-04T12:00:00-08:00"}}
{"Id":"11","DisplayName":"O'Brien \\ Söhne & Co","FullyQualifiedName":"O'Brien \\ Söhne & Co","Active":true,"Balance":100.00,"MetaData":{"CreateTime":"2026-01-01T00:00:00-08:00","LastUpdatedTime":"2026-03-05T12:00:00-08:00"}}
`,
	"Invoice.jsonl": `{"TotalAmt":100.00,"Balance":0,"Id":"100","SyncToken":"3","DocNumber":"INV-9","TxnDate":"2026-02-01","DueDate":"2026-03-01","CustomerRef":{"value":"1","name":"Ada"},"Line":[{"Id":"1","Amount":100.00}],"MetaData":{"CreateTime":"2026-02-01T08:00:00-08:00","LastUpdatedTime":"2026-02-10T08:00:00-08:00"},"domain":"QBO","sparse":false}
{"TotalAmt":99.995,"Balance":99.995,"Id":"99","SyncToken":"0","DocNumber":"INV-10","TxnDate":"2026-02-03","CustomerRef":{"value":"10"},"Line":[],"MetaData":{"CreateTime":"2026-02-03T08:00:00-08:00","LastUpdatedTime":"2026-02-10T17:00:00Z"},"domain":"QBO","sparse":false}
{"TotalAmt":300.00,"Balance":20,"Id":"1000","SyncToken":"0","TxnDate":"2026-02-02","CustomerRef":{"value":"1"},"Line":[],"MetaData":{"CreateTime":"2026-02-02T08:00:00-08:00","LastUpdatedTime":"2026-02-09T08:00:00-08:00"},"domain":"QBO","sparse":false}
`,
	"Payment.jsonl": `{"Id":"200","TotalAmt":5,"PaymentRefNum":"R1","TxnDate":"2026-02-01"}`,
}

func TestQuery(t *testing.T) {
	s := serve(t, books, testOptions())
	for _, tt := range []struct{ name, query, want string }{
		{"names by full name, bytewise, active ones", "SELECT * FROM Customer", "1 10 11 2"},
		{"transactions latest update first, as instants", "SELECT * FROM Invoice", "99 100 1000"},
		{"ORDERBY Id is numeric", "SELECT * FROM Invoice ORDERBY Id", "99 100 1000"},
		{"ORDER BY in two words, descending", "select * from Invoice order by Id desc", "1000 100 99"},
		{"several orders", "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Balance, Id DESC", "9 2 10 1 11"},
		{"order by amount", "SELECT * FROM Invoice ORDERBY TotalAmt DESC, Id ASC", "1000 100 99"},
		{"absent values first, then by Id", "SELECT * FROM Invoice ORDERBY DueDate", "99 1000 100"},
		{"order by a name is bytewise", "SELECT * FROM Customer ORDERBY DisplayName DESC", "2 11 10 1"},
		{"order by time", "SELECT * FROM Invoice ORDERBY MetaData.LastUpdatedTime", "1000 100 99"},

		{"inactive ones on request", "SELECT * FROM Customer WHERE Active IN (true, false) ORDERBY Id", "1 2 9 10 11"},
		{"only the inactive", "SELECT * FROM Customer WHERE Active = false", "9"},
		{"absent Active means true", "SELECT * FROM Customer WHERE Active = true AND Id = '10'", "10"},
		{"an Id does not ask for inactive ones", "SELECT * FROM Customer WHERE Id = '9'", ""},
		{"bare booleans", "SELECT * FROM Customer WHERE Job = TRUE", "10"},

		{"equal folds case", "SELECT * FROM Customer WHERE DisplayName = 'BOB'", "2"},
		{"e-mail", "SELECT * FROM Customer WHERE PrimaryEmailAddr = 'Ada@x.org'", "1"},
		{"escaped quote and backslash", `SELECT * FROM Customer WHERE DisplayName = 'O\'Brien \\ Söhne & Co'`, "11"},
		{"LIKE with a part in the middle", "SELECT * FROM Customer WHERE DisplayName LIKE '%brien%co'", "11"},
		{"LIKE without wild card", "SELECT * FROM Customer WHERE DisplayName LIKE 'Ad'", ""},
		{"LIKE prefix", "SELECT * FROM Customer WHERE DisplayName LIKE 'A%'", "1"},
		{"LIKE must not count a part twice", "SELECT * FROM Customer WHERE DisplayName LIKE 'Ada%a'", ""},
		{"IN", "SELECT * FROM Invoice WHERE DocNumber IN ('INV-9','INV-10', 'none') ORDERBY Id", "99 100"},
		{"blank stands for NULL", "SELECT * FROM Invoice WHERE DocNumber = ''", "1000"},
		{"AND", "SELECT * FROM Invoice WHERE CustomerRef = '1' AND TxnDate > '2026-02-01'", "1000"},
		{"date range", "SELECT * FROM Invoice WHERE TxnDate >= '2026-02-01' AND TxnDate <= '2026-02-02' ORDERBY Id", "100 1000"},
		{"exact decimals, any scale", "SELECT * FROM Invoice WHERE TotalAmt = '100'", "100"},
		{"decimals are not text", "SELECT * FROM Invoice WHERE Balance > '9'", "99 1000"},
		{"half a cent counts", "SELECT * FROM Invoice WHERE TotalAmt >= '99.996' ORDERBY Id", "100 1000"},
		{"absent is in no range", "SELECT * FROM Invoice WHERE DueDate < '2030-01-01'", "100"},
		{"instants in another zone", "SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime > '2026-02-10T16:30:00Z'", "99"},
		{"instant with equal moment", "SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime = '2026-02-10T09:00:00-08:00'", "99"},
		{"instant without time is Pacific midnight", "SELECT * FROM Invoice WHERE MetaData.LastUpdatedTime < '2026-02-10'", "1000"},
		{"Ids compare as numbers", "SELECT * FROM Invoice WHERE Id > '99' ORDERBY Id", "100 1000"},

		{"page", "SELECT * FROM Customer ORDERBY Id STARTPOSITION 2 MAXRESULTS 2", "2 10"},
		{"either order, any case", "select * from Customer orderby Id maxresults 2 startposition 2", "2 10"},
		{"page of a transaction", "SELECT * FROM Invoice ORDERBY Id STARTPOSITION 3 MAXRESULTS 5", "1000"},
		{"past the end", "SELECT * FROM Invoice STARTPOSITION 4", ""},
		{"far past the end", "SELECT * FROM Invoice STARTPOSITION 99999999999999999999", ""},
		{"entity in any case", "SELECT * FROM INVOICE MAXRESULTS 1", "99"},
		{"newlines and tabs", "SELECT *\r\nFROM\tInvoice\nMAXRESULTS 1", "99"},
		{"TAX and NON are there", "SELECT * FROM TaxCode", "CustomSalesTax NON TAX"},
		{"kinds without rows", "SELECT * FROM Term", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.rows(t, tt.query).ids(); got != tt.want {
				t.Errorf("%s\ngot  %s\nwant %s", tt.query, got, tt.want)
			}
		})
	}
}

func TestQueryFaults(t *testing.T) {
	s := serve(t, books, testOptions())
	const afterCondition = "Was expecting one of:\n    <EOF> \n    <AND> ...\n    \"iterator\" ...\n    \"maxresults\" ...\n    <OR> ...\n    \"order\" ...\n    \"orderby\" ...\n    \"startposition\" ...\n    "
	for _, tt := range []struct{ name, query, code, detail string }{
		{"unknown entity", "SELECT * FROM Custmoer", "4001", "QueryValidationError: invalid context declaration: Custmoer"},
		{"unknown property", "SELECT * FROM Purchase WHERE NoSuchField = '1'", "4001", "QueryValidationError: Property NoSuchField not found for Entity Purchase"},
		{"customers have no Name", "SELECT * FROM Customer WHERE Name = 'Ada'", "4001", "QueryValidationError: Property Name not found for Entity Customer"},
		{"unknown property selected", "SELECT Id, Nope FROM Invoice", "4001", "QueryValidationError: Property Nope not found for Entity Invoice"},
		{"unknown property ordered by", "SELECT * FROM Invoice ORDERBY Nope", "4001", "QueryValidationError: Property Nope not found for Entity Invoice"},
		{"known, not filterable", "SELECT * FROM Vendor WHERE PrimaryEmailAddr = 'a@b.c'", "4001", "QueryValidationError: property 'PrimaryEmailAddr' is not queryable"},
		{"payments have no DocNumber", "SELECT * FROM Payment WHERE DocNumber = '1'", "4001", "QueryValidationError: property 'DocNumber' is not queryable"},
		{"filterable, not sortable", "SELECT * FROM Customer ORDERBY Active", "4001", "QueryValidationError: property 'Active' is not sortable"},
		{"position 0", "SELECT * FROM Invoice STARTPOSITION 0", "4001", "QueryValidationError: value 0 is too small. Min allowed value is 1"},
		{"too many", "SELECT * FROM Invoice MAXRESULTS 1500", "4001", "QueryValidationError: value 1500 is too large. Max allowed value is 1000"},
		{"not a number", "SELECT * FROM Invoice WHERE TotalAmt > 'much'", "4001", "QueryValidationError: value 'much' is not valid for property TotalAmt"},
		{"not a time", "SELECT * FROM Invoice WHERE MetaData.CreateTime > 'now'", "4001", "QueryValidationError: value 'now' is not valid for property MetaData.CreateTime"},
		{"an amount too large to spell out", "SELECT * FROM Invoice WHERE TotalAmt > '1e999999999'", "4001", "QueryValidationError: value '1e999999999' is not valid for property TotalAmt"},
		{"boolean in quotes", "SELECT * FROM Customer WHERE Active = 'true'", "10000", "System Failure Error: java.lang.String cannot be cast to java.lang.Boolean"},
		{"boolean for text", "SELECT * FROM Customer WHERE DisplayName = true", "10000", "System Failure Error: java.lang.Boolean cannot be cast to java.lang.String"},

		{"apostrophe not escaped", "select * from vendor where DisplayName = 'Cutlery 'R Us'", "4000",
			"QueryParserError: Encountered \" <IDENTIFIER> \"R \"\" at line 1, column 52.\n" + afterCondition},
		{"apostrophe doubled as in SQL", "SELECT * FROM Customer WHERE DisplayName = 'Amy''s'", "4000",
			"QueryParserError: Encountered \" <QUOTED_STRING> \"'s' \"\" at line 1, column 49.\n" + afterCondition},
		{"on the second line", "SELECT * FROM Customer\nWHERE Id = '1' Nope", "4000",
			"QueryParserError: Encountered \" <IDENTIFIER> \"Nope \"\" at line 2, column 16.\n" + afterCondition},
		{"OR", "SELECT * FROM Customer WHERE Id = '1' OR Id = '2'", "4000",
			"QueryParserError: Encountered \" <OR> \"OR \"\" at line 1, column 39.\n" + strings.Replace(afterCondition, "    <OR> ...\n", "", 1)},
		{"nothing", "", "4000", "QueryParserError: Encountered \"<EOF>\" at line 0, column 0.\nWas expecting:\n    \"select\" ...\n    "},
		{"no entity", "SELECT * FROM", "4000", "QueryParserError: Encountered \"<EOF>\" at line 1, column 13.\nWas expecting:\n    <IDENTIFIER> ...\n    "},
		{"bare number", "SELECT * FROM Invoice WHERE TotalAmt > 300", "4000",
			"QueryParserError: Encountered \" <NUMBER> \"300 \"\" at line 1, column 40.\nWas expecting one of:\n    \"false\" ...\n    <QUOTED_STRING> ...\n    \"true\" ...\n    "},
		{"number in quotes", "SELECT * FROM Invoice MAXRESULTS '5'", "4000",
			"QueryParserError: Encountered \" <QUOTED_STRING> \"'5' \"\" at line 1, column 34.\nWas expecting:\n    <NUMBER> ...\n    "},
		{"strange character", "select * from Account where AccountSubType %3D", "4000",
			`QueryParserError: Invalid content. Lexical error at line 1, column 44.  Encountered: "%" (37), after : ""`},
		{"curly apostrophe outside of a string", "SELECT * FROM Item WHERE Name = ’x’", "4000",
			`QueryParserError: Invalid content. Lexical error at line 1, column 33.  Encountered: "\u2019" (8217), after : ""`},
		{"string without end", "SELECT * FROM Item WHERE Name = 'x", "4000",
			`QueryParserError: Invalid content. Lexical error at line 1, column 35.  Encountered: <EOF> after : "'x"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := s.query(t, tt.query)
			code, detail := a.faultOf(t)
			if code != tt.code || detail != tt.detail {
				t.Errorf("%s\ngot  %s %q\nwant %s %q", tt.query, code, detail, tt.code, tt.detail)
			}
			want := http.StatusBadRequest
			if tt.code == "10000" {
				want = http.StatusInternalServerError
			}
			if a.status != want {
				t.Errorf("status %d, want %d", a.status, want)
			}
		})
	}
}

func TestFaultBody(t *testing.T) {
	got := serve(t, nil, testOptions()).query(t, "SELECT * FROM Invoice STARTPOSITION 0").body
	want := `{"Fault":{"Error":[{"Message":"Invalid query","Detail":"QueryValidationError: value 0 is too small. Min allowed value is 1","code":"4001"}],` +
		`"type":"ValidationFault"},"time":"` + testTime + `"}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEnvelopes(t *testing.T) {
	s := serve(t, books, testOptions())
	invoice := strings.SplitN(books["Invoice.jsonl"], "\n", 2)[0]
	for _, tt := range []struct{ name, query, want string }{
		{"page, byte for byte", "SELECT * FROM Invoice WHERE Id = '100'",
			`{"QueryResponse":{"Invoice":[` + invoice + `],"startPosition":1,"maxResults":1},"time":"` + testTime + `"}`},
		{"empty", "SELECT * FROM Invoice WHERE Id = '1'", `{"QueryResponse":{},"time":"` + testTime + `"}`},
		{"count", "SELECT COUNT(*) FROM Invoice", `{"QueryResponse":{"totalCount":3},"time":"` + testTime + `"}`},
		{"count leaves out the inactive", "select count(*) from Customer", `{"QueryResponse":{"totalCount":4},"time":"` + testTime + `"}`},
		{"count of a selection", "SELECT count( * ) FROM Invoice WHERE Balance > '0'", `{"QueryResponse":{"totalCount":2},"time":"` + testTime + `"}`},
		{"count of nothing", "SELECT count(*) FROM Bill", `{"QueryResponse":{"totalCount":0},"time":"` + testTime + `"}`},
		{"selected members", "SELECT Id, TotalAmt, MetaData.LastUpdatedTime FROM Invoice WHERE Id = '100'",
			`{"QueryResponse":{"Invoice":[{"TotalAmt":100.00,"Id":"100","MetaData":{"LastUpdatedTime":"2026-02-10T08:00:00-08:00"},"domain":"QBO","sparse":true}],"startPosition":1,"maxResults":1},"time":"` + testTime + `"}`},
		{"all members and one more", "SELECT *, Line FROM Invoice WHERE Id = '100'",
			`{"QueryResponse":{"Invoice":[` + invoice + `],"startPosition":1,"maxResults":1},"time":"` + testTime + `"}`},
		{"missing members at the end", "SELECT * FROM Payment",
			`{"QueryResponse":{"Payment":[{"Id":"200","TotalAmt":5,"PaymentRefNum":"R1","TxnDate":"2026-02-01","SyncToken":"0","MetaData":{"CreateTime":"2019-12-31T16:00:00-08:00","LastUpdatedTime":"2019-12-31T16:00:00-08:00"},"domain":"QBO","sparse":false}],"startPosition":1,"maxResults":1},"time":"` + testTime + `"}`},
		{"pseudo tax code", "SELECT * FROM TaxCode WHERE Name = 'NON'",
			`{"QueryResponse":{"TaxCode":[{"Name":"NON","Description":"NON","Active":true,"Taxable":false,"TaxGroup":false,"domain":"QBO","sparse":false,"Id":"NON","MetaData":{"CreateTime":"2014-09-18T12:17:04-07:00","LastUpdatedTime":"2014-09-18T12:17:04-07:00"}}],"startPosition":1,"maxResults":1},"time":"` + testTime + `"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.query(t, tt.query).body; got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// minorversion changes nothing: 75 is the floor, and there is no higher one.
func TestMinorVersions(t *testing.T) {
	s := serve(t, books, testOptions())
	want := s.get(t, "invoice/100?minorversion=75").body
	for _, version := range []string{"", "?minorversion=1", "?minorversion=74", "?minorversion="} {
		if got := s.get(t, "invoice/100"+version).body; got != want {
			t.Errorf("%q: %s", version, got)
		}
	}
}

func TestQueryByBody(t *testing.T) {
	s := serve(t, books, testOptions())
	for _, tt := range []struct {
		contentType string
		status      int
	}{
		{"application/text", 200},
		{"application/text; charset=utf-8", 200},
		{"text/plain", 200},
		{"application/json", 400},
		{"", 400},
	} {
		r := s.request(t, http.MethodPost, "query?minorversion=75", `SELECT * FROM Customer WHERE DisplayName LIKE '%Söhne & Co'`)
		r.Header.Set("Content-Type", tt.contentType)
		a := s.do(t, r)
		if a.status != tt.status || tt.status == 200 && !strings.Contains(a.body, `"Id":"11"`) {
			t.Errorf("%s: status %d, want %d: %s", tt.contentType, a.status, tt.status, a.body)
		}
	}
}

func TestDefaultPageSize(t *testing.T) {
	var rows strings.Builder
	for i := range 1200 {
		rows.WriteString(`{"Id":"` + strings.Repeat("1", i%7+1) + strings.Repeat("0", i/7) + `"}` + "\n")
	}
	s := serve(t, files{"Invoice.jsonl": rows.String()}, testOptions())
	for query, want := range map[string]int{
		"SELECT * FROM Invoice ORDERBY Id":                                    100,
		"SELECT * FROM Invoice ORDERBY Id MAXRESULTS 1000":                    1000,
		"SELECT * FROM Invoice ORDERBY Id STARTPOSITION 1001 MAXRESULTS 1000": 200,
	} {
		if got := s.rows(t, query); len(got.rows) != want || got.page["maxResults"] != want {
			t.Errorf("%s: %d rows, %v", query, len(got.rows), got.page)
		}
	}
}
