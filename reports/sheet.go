package reports

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"
)

// A sheet is one sheet that is being written, row by row. The first error stays
// and is told by close; nothing is written after it.
type sheet struct {
	b     *book
	name  string
	w     *excelize.StreamWriter
	row   int // last written
	links int
	err   error

	cells  []excelize.Cell // of the row under way
	values []any
}

// A width is a column's width in characters; a hidden one is not shown.
type width struct {
	chars  float64
	hidden bool
}

// open begins a sheet that the book already lists. What has to stand before the
// rows is set here, because excelize drops what comes later.
func (b *book) open(name string, widths []width, gridLines bool) *sheet {
	s := &sheet{b: b, name: name}
	fit := true
	s.do(b.file.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &fit}))
	s.do(b.file.SetSheetView(name, 0, &excelize.ViewOptions{ShowGridLines: &gridLines}))
	if s.err != nil {
		return s
	}
	s.w, s.err = b.file.NewStreamWriter(name)
	for n, w := range widths {
		if s.err == nil {
			s.do(s.w.SetColWidth(n+1, n+1, w.chars))
		}
		if w.hidden {
			s.do(s.w.SetColVisible(n+1, n+1, false))
		}
	}
	return s
}

func (s *sheet) do(err error) {
	if s.err == nil && err != nil {
		s.err = fmt.Errorf("sheet %s: %w", s.name, err)
	}
}

// freeze keeps the rows down to row, and so many columns, in sight.
func (s *sheet) freeze(columns, row int) {
	s.do(s.w.SetPanes(&excelize.Panes{
		Freeze: true, XSplit: columns, YSplit: row, TopLeftCell: address(columns+1, row+1), ActivePane: "bottomRight",
	}))
}

// add writes the next row; a height of 0 leaves it to the reader.
func (s *sheet) add(height float64, cells ...cell) {
	s.row++
	if s.err != nil {
		return
	}
	if len(s.cells) < len(cells) {
		s.cells, s.values = make([]excelize.Cell, len(cells)), make([]any, len(cells))
	}
	for n := range cells {
		s.values[n] = s.cell(n, &cells[n])
	}
	s.do(s.w.SetRow(address(1, s.row), s.values[:len(cells)], excelize.RowOpts{Height: height}))
}

func (s *sheet) cell(n int, c *cell) any {
	if c.kind == emptyCell && c.look == lookNone {
		return nil
	}
	out := &s.cells[n]
	*out = excelize.Cell{StyleID: s.b.styles[c.look], Formula: c.formula}
	switch c.kind {
	case textCell:
		out.Value = c.text
	case numberCell:
		out.Value = c.number
	}
	if c.link != "" && s.links < maxLinks {
		s.links++
		out.StyleID = s.b.styles[lookLink]
		s.link(address(n+1, s.row), c.link)
	}
	return out
}

func (s *sheet) link(at, target string) {
	kind := "External"
	if strings.HasPrefix(target, "#") {
		kind, target = "Location", target[1:]
	}
	s.do(s.b.file.SetCellHyperLink(s.name, at, target, kind))
}

// blank leaves a row empty.
func (s *sheet) blank() { s.row++ }

// merge makes one cell of a span of columns of the last row.
func (s *sheet) merge(from, to int) {
	s.do(s.w.MergeCell(address(from, s.row), address(to, s.row)))
}

// wide writes one cell over several columns.
func (s *sheet) wide(height float64, columns int, c cell) {
	cells := make([]cell, columns)
	for n := range cells {
		cells[n] = styled(c.look)
	}
	cells[0] = c
	s.add(height, cells...)
	s.merge(1, columns)
}

// heading writes a section's title.
func (s *sheet) heading(words string) { s.add(24, text(words).as(lookHeading)) }

// table makes a table object of the rows from head to the last one.
func (s *sheet) table(name string, head, columns int) {
	if s.err != nil {
		return
	}
	stripes := false
	s.do(s.w.AddTable(&excelize.Table{
		Range: address(1, head) + ":" + address(columns, s.row), Name: name, StyleName: "TableStyleLight1", ShowRowStripes: &stripes,
	}))
}

// A paper says how a sheet comes out of a printer.
type paper struct {
	titles     string // rows, and columns, that are printed on every page
	wide, high int    // pages it is made to fit; 0 is as many as it takes
	portrait   bool
}

// onePage is for sheets to be signed or pinned to a wall.
var onePage = paper{wide: 1, high: 1, portrait: true}

// alarm turns cells red that a reader's edit makes say anything but a word.
func (s *sheet) alarm(cells, word string) {
	if s.err != nil {
		return
	}
	r := looks[lookBad]
	format, err := s.b.file.NewConditionalStyle(&excelize.Style{
		Font: &excelize.Font{Bold: true, Color: r.color}, Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{r.fill}},
	})
	if err == nil {
		err = s.b.file.SetConditionalFormat(s.name, cells, []excelize.ConditionalFormatOptions{
			{Type: "cell", Criteria: "!=", Value: `"` + word + `"`, Format: &format},
		})
	}
	s.do(err)
}

// close sets what a reader needs to print and protect the sheet, and ends it.
func (s *sheet) close(p paper) error {
	if s.err != nil {
		return s.err
	}
	s.do(s.layOut(p))
	s.do(s.b.file.ProtectSheet(s.name, &excelize.SheetProtectionOptions{
		AutoFilter: true, Sort: true, FormatColumns: true, FormatRows: true, SelectLockedCells: true, SelectUnlockedCells: true,
	}))
	if p.titles != "" {
		s.b.titles = append(s.b.titles, printTitle{s.name, p.titles})
	}
	if s.err != nil {
		return s.err
	}
	s.do(s.w.Flush())
	return s.err
}

func (s *sheet) layOut(p paper) error {
	f, orientation, a4 := s.b.file, "landscape", 9
	if p.portrait {
		orientation = "portrait"
	}
	if err := f.SetPageLayout(s.name, &excelize.PageLayoutOptions{
		Orientation: &orientation, Size: &a4, FitToWidth: &p.wide, FitToHeight: &p.high,
	}); err != nil {
		return err
	}
	side, edge := 0.4, 0.6
	if err := f.SetPageMargins(s.name, &excelize.PageLayoutMarginsOptions{Left: &side, Right: &side, Top: &edge, Bottom: &edge}); err != nil {
		return err
	}
	return f.SetHeaderFooter(s.name, &excelize.HeaderFooterOptions{OddFooter: s.b.footer()})
}

// address names a cell, such as B7.
func address(column, row int) string {
	name, err := excelize.CoordinatesToCellName(column, row)
	if err != nil { // rows and columns are counted here, from 1
		panic(fmt.Sprintf("cell %d,%d: %v", column, row, err))
	}
	return name
}
