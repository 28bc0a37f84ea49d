package reconcile

import "time"

// A ReportFile is a workbook that was made and kept for download.
type ReportFile struct {
	ID        string         `json:"id"`
	Kind      string         `json:"kind"` // mismatches
	Name      string         `json:"name"` // file name
	Path      string         `json:"-"`
	Run       RunID          `json:"run"`
	SHA256    string         `json:"sha256"`
	Bytes     int64          `json:"bytes"`
	RowCounts map[string]int `json:"rowCounts"` // by sheet
	CreatedAt time.Time      `json:"createdAt"`
	CreatedBy Actor          `json:"createdBy"`
	// Problem says why the file could not be made; empty when it was.
	Problem string `json:"problem,omitempty"`
}

// A FindingGroup is a set of findings with one thing in common.
type FindingGroup struct {
	Key      string  `json:"key"`
	Findings int     `json:"findings"`
	Invoices int     `json:"invoices"`
	Amounts  []Money `json:"amounts"` // by currency, largest first
	// Oldest is when the first of the findings was first seen.
	Oldest time.Time `json:"oldest"`
	// Sample is the finding of the group with the most money at stake.
	Sample FindingRecord `json:"sample"`
}
