package quickbookssim

// A statement is a parsed query:
//
//	SELECT * | count(*) | property [, property]…
//	FROM Entity
//	[WHERE condition [AND condition]…]
//	[ORDERBY | ORDER BY property [ASC | DESC] [, …]]
//	[STARTPOSITION n] [MAXRESULTS n]          in either order
//
// as in developer.intuit.com/app/developer/qbo/docs/learn/
// explore-the-quickbooks-online-api/data-queries. OR, JOIN and GROUP BY are
// no part of it.
type statement struct {
	count   bool
	star    bool     // * among the fields
	fields  []string // the properties that were selected by name
	entity  string
	where   []condition
	orderBy []orderTerm
	start   int // 1-based
	limit   int
}

// A condition is one comparison of a WHERE clause.
type condition struct {
	property string
	operator tokenKind // of =, <, >, <=, >=, LIKE, IN
	literals []literal // one, or several of IN
}

// A literal is a value in a statement; bare ones stand without quotes.
type literal struct {
	text string
	kind tokenKind // tokenQuoted, tokenNumber, true or false
}

type orderTerm struct {
	property   string
	descending bool
}

// defaultMaxResults and maxMaxResults are documented on the data-queries page.
const (
	defaultMaxResults = 100
	maxMaxResults     = 1000
)
