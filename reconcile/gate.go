package reconcile

// A Gate is one question of the gate chain that every invoice is asked. All
// gates are always evaluated.
type Gate int

// The gates, in the product's order.
const (
	GateConnections Gate = iota + 1
	GatePull
	GateEnabled
	GateDirection
	GateStartDate
	GateStatus
	GateIntegration
	GateUnique
	GatePeriod
	GateCurrency
	GateCustomer
	GateLines
	GateTax
	GateNumber
	GatePayment
	GateGrace
)

// An Answer is what a gate says.
type Answer string

// The answers.
const (
	Pass          Answer = "PASS"
	Fail          Answer = "FAIL"
	NotApplicable Answer = "NOT_APPLICABLE"
)

// A GateResult is the answer of one gate for one invoice.
type GateResult struct {
	Gate   Gate   `json:"gate"`
	Name   string `json:"name"` // such as "status filter"
	Answer Answer `json:"answer"`
	// Code names the reason of a failure, such as STATUS_NOT_SELECTED.
	Code string `json:"code,omitempty"`
	// Setting and Record are the setting's and the record's value.
	Setting string `json:"setting"`
	Record  string `json:"record"`
	Text    string `json:"text"` // the sentence
	Fix     string `json:"fix,omitempty"`
	// about is what one task would mend, as findings on it call it: a SKU, a
	// product, an e-mail, a tax rate.
	about string
}

// A PairState is where an invoice stands with its partner.
type PairState string

// The states of an invoice.
const (
	Matched             PairState = "MATCHED"
	MatchedWithVariance PairState = "MATCHED_WITH_VARIANCE"
	Different           PairState = "DIFFERENT"
	OneSided            PairState = "ONE_SIDED"
	Ambiguous           PairState = "AMBIGUOUS"
	Excluded            PairState = "EXCLUDED"
	Pending             PairState = "PENDING"
	Blocked             PairState = "BLOCKED"
	Unknown             PairState = "UNKNOWN"
)

// A Diagnosis is the whole answer of the gate chain for one invoice.
type Diagnosis struct {
	Invoice Invoice      `json:"invoice"`
	Email   string       `json:"email,omitempty"`   // of the invoice's customer
	Partner *Invoice     `json:"partner,omitempty"` // the paired invoice
	State   PairState    `json:"state"`
	Gates   []GateResult `json:"gates"` // all sixteen, in order
	// Reasons are the failing gates that the state follows from.
	Reasons []Reason `json:"reasons,omitempty"`
	// Findings are the unresolved findings on the invoice or its pair. They come
	// from the store, not from the gates.
	Findings []FindingRecord `json:"findings,omitempty"`
}
