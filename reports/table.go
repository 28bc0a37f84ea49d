package reports

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// A column is one column of a table of T: what its header says, how wide it is,
// and what its cells hold. A column without a value is a ★ column: empty, and
// open to the reader's hand.
type column[T any] struct {
	header string // a % stands for the workspace's zone
	width  float64
	value  func(*book, *T) cell
	hidden bool
	figure bool // its header stands above the figures, on the right
}

// star makes a column for the reader to fill in.
func star[T any](words string, chars float64) column[T] {
	return column[T]{header: "★ " + words, width: chars}
}

func widths[T any](columns []column[T]) []width {
	list := make([]width, len(columns))
	for n, c := range columns {
		list[n] = width{c.width, c.hidden}
	}
	return list
}

// A table is rows of T under a header.
type table[T any] struct {
	s       *sheet
	columns []column[T]
	head    int // row of the header
	rows    int
	cells   []cell
	said    []byte // by the last row, for its hash
}

func newTable[T any](s *sheet, columns []column[T]) *table[T] {
	t := &table[T]{s: s, columns: columns, cells: make([]cell, len(columns))}
	for n, c := range columns {
		l := lookHeader
		switch {
		case c.value == nil:
			l = lookStarHeader
		case c.figure:
			l = lookHeaderRight
		}
		t.cells[n] = text(strings.ReplaceAll(c.header, "%", s.b.zone.String())).as(l)
	}
	s.add(30, t.cells...)
	t.head = s.row
	return t
}

// add writes the row of v.
func (t *table[T]) add(v *T) {
	t.rows++
	lines := 1
	for n := range t.columns {
		t.cells[n] = t.columns[n].cell(t.s.b, v)
		if t.cells[n].look == lookWrap {
			lines = max(lines, linesOf(t.cells[n].text, t.columns[n].width))
		}
	}
	t.s.add(lineHeight*float64(min(lines, maxLines)), t.cells...)
}

// Heights are set, because not every reader finds them by itself.
const (
	lineHeight = 13.5
	maxLines   = 8 // what is longer is read in the cell
)

// linesOf is how many lines a text takes in a column of a width.
func linesOf(words string, chars float64) int {
	return 1 + int(float64(len(words))*0.88/chars)
}

func (c *column[T]) cell(b *book, v *T) cell {
	if c.value == nil {
		return styled(c.starLook())
	}
	out := c.value(b, v)
	if out.look == lookNone {
		out.look = lookText
	}
	return out
}

// starLook gives dates the look of dates.
func (c *column[T]) starLook() look {
	if c.header == starDue {
		return lookStarDate
	}
	return lookStar
}

// close makes a table object of the rows. A table needs a row: an empty one says
// that nothing was found.
func (t *table[T]) close(name string) {
	if t.rows == 0 {
		t.s.add(0, text(nothingFound))
	}
	t.s.table(name, t.head, len(t.columns))
}

// nothingFound stands in a list without rows: that is evidence too.
const nothingFound = "Nothing found"

// hash digests what the last row says, ★ columns left out, so that an edited
// cell is noticed when the workbook comes back.
func (t *table[T]) hash() string {
	t.said = t.said[:0]
	for n := range t.cells {
		if t.columns[n].value != nil {
			t.said = append(append(t.said, t.cells[n].text...), 0)
		}
	}
	sum := sha256.Sum256(t.said)
	return hex.EncodeToString(sum[:16])
}
