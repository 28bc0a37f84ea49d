// Package reports makes the workbooks that finance and audit read: domain values
// in, the bytes of an Excel file out.
//
// It asks no clock, no database and no network: everything a workbook says is
// handed to it, and the same values always give the same bytes, so that two
// downloads of one run compare equal. Findings come as a stream and leave as a
// stream; a workbook of several hundred thousand rows does not stand in memory.
//
// Data never becomes a formula, a number is made from its exact text in the last
// step only, and what a cell cannot hold faithfully stays text. The formulas in
// a workbook are made of cell addresses alone: they let a reader recompute the
// totals that stand beside them.
package reports
