package reports

import "fmt"

// A meta is the hidden sheet by which a workbook that comes back is recognised:
// it says for each row of data what it is about, such as a finding, and what it said.
type meta struct {
	b     *book
	s     *sheet
	names []string // of its sheets
	cells [4]cell
}

// metaSchema is the version of the workbook's layout.
const metaSchema = "tieout/mismatches/" + MismatchVersion

func (b *book) newMeta() *meta {
	m := &meta{b: b}
	m.begin(sheetMeta)
	return m
}

func (m *meta) begin(name string) {
	m.names = append(m.names, name)
	m.s = m.b.open(name, []width{{28, false}, {12, false}, {28, false}, {36, false}}, true)
	for _, pair := range [][2]string{
		{"schema", m.b.report.schema},
		{"run", fmt.Sprint(m.b.in.Run.ID)},
		{"workspace", string(m.b.in.Workspace)},
		{"rule set", m.b.in.RuleSetHash},
	} {
		m.s.add(0, text(pair[0]), text(pair[1]))
	}
	m.s.add(0, text("sheet"), text("row"), text("finding"), text("hash"))
}

// add notes a row of data.
func (m *meta) add(sheet string, row int, id, hash string) {
	if m.s.row == m.b.limit {
		m.next()
	}
	m.cells = [4]cell{
		{kind: textCell, text: sheet},
		{kind: numberCell, number: float64(row)},
		{kind: textCell, text: id},
		{kind: textCell, text: hash},
	}
	m.s.add(0, m.cells[:]...)
}

// next goes on with another sheet.
func (m *meta) next() {
	err := m.s.close(paper{})
	name := fmt.Sprintf("%s (%d)", sheetMeta, len(m.names)+1)
	if err == nil {
		_, err = m.b.file.NewSheet(name)
	}
	if err != nil {
		m.s.do(err)
		return
	}
	m.begin(name)
}

func (m *meta) close() error { return m.s.close(paper{}) }
