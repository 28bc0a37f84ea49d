package reports

import (
	"strings"

	"github.com/xuri/excelize/v2"
)

// A look is one way a cell can look. All looks are made for every workbook in the
// same order, so that their ids never move.
type look int

// maxScale is how many decimals a number cell shows; longer ones stay text.
const maxScale = 10

// The looks.
const (
	lookNone look = iota
	lookTitle
	lookHeading
	lookSubtitle
	lookHeader
	lookHeaderRight
	lookGroup
	lookStarHeader
	lookText
	lookTextRight
	lookWrap
	lookLink
	lookLabel
	lookBody
	lookBodyLink
	lookBodyStamp
	lookDate
	lookStamp
	lookPercent
	lookStar
	lookStarDate
	lookGood
	lookCaution
	lookBad
	lookNeutral
	lookBannerGood
	lookBannerCaution
	lookBannerBad
	lookBannerNeutral
	lookLoud
	lookMonth
	lookTotalText
	lookFaintText
	// From here on one look for each number of decimals.
	lookNumber
	lookTotal = lookNumber + maxScale + 1
	lookFaint = lookTotal + maxScale + 1
	lookCount = lookFaint + maxScale + 1
)

// The palette: ink for words, one blue for structure, and four fills that always
// come with a word.
const (
	ink       = "1F2933"
	inkFaint  = "6B7785"
	inkWhite  = "FFFFFF"
	navy      = "243B53"
	paleBlue  = "DCE6F0"
	rule      = "D5DBE1"
	linkBlue  = "1A5FB4"
	paleGold  = "FFF8E1"
	gold      = "F3E2A9"
	green     = "2F7D4F"
	paleGreen = "DDF0E3"
	amber     = "B7791F"
	paleAmber = "FBEBC8"
	red       = "B3261E"
	paleRed   = "F9DEDC"
	grey      = "52606D"
	paleGrey  = "EDF0F3"
)

// A styleRow describes one look.
type styleRow struct {
	size             float64 // 10 when 0
	bold, italic     bool
	underline        bool
	color, fill      string
	format           string // of numbers; "@" keeps text that is edited text
	horizontal       string
	vertical         string // top when empty
	wrap             bool
	lined, underlaid bool // a hair line around; a line above, as sums have
	unlocked         bool
}

// indent keeps words on the right off those in the next column.
const indent = 1

var looks = map[look]styleRow{
	lookTitle:         {size: 20, bold: true, color: navy, vertical: "center"},
	lookHeading:       {size: 13, bold: true, color: navy, vertical: "center"},
	lookSubtitle:      {color: inkFaint, vertical: "center"},
	lookHeader:        {bold: true, color: inkWhite, fill: navy, vertical: "center", wrap: true, lined: true},
	lookHeaderRight:   {bold: true, color: inkWhite, fill: navy, vertical: "center", horizontal: "right", wrap: true, lined: true},
	lookGroup:         {bold: true, color: navy, fill: paleBlue, vertical: "center", horizontal: "center", wrap: true, lined: true},
	lookStarHeader:    {bold: true, color: ink, fill: gold, vertical: "center", wrap: true, lined: true},
	lookText:          {format: "@", lined: true},
	lookTextRight:     {format: "@", lined: true, horizontal: "right"},
	lookWrap:          {format: "@", lined: true, wrap: true},
	lookLink:          {format: "@", lined: true, color: linkBlue, underline: true},
	lookLabel:         {color: inkFaint},
	lookBody:          {format: "@", wrap: true, horizontal: "left"},
	lookBodyLink:      {format: "@", color: linkBlue, underline: true, lined: true},
	lookBodyStamp:     {format: "yyyy-mm-dd hh:mm", horizontal: "left"},
	lookDate:          {format: "yyyy-mm-dd", lined: true, horizontal: "left"},
	lookStamp:         {format: "yyyy-mm-dd hh:mm", lined: true, horizontal: "left"},
	lookPercent:       {format: "0.00%_)", lined: true, horizontal: "right"},
	lookStar:          {format: "@", fill: paleGold, lined: true, wrap: true, unlocked: true},
	lookStarDate:      {format: "yyyy-mm-dd", fill: paleGold, lined: true, horizontal: "left", unlocked: true},
	lookGood:          {bold: true, color: green, fill: paleGreen, lined: true, format: "@"},
	lookCaution:       {bold: true, color: amber, fill: paleAmber, lined: true, format: "@"},
	lookBad:           {bold: true, color: red, fill: paleRed, lined: true, format: "@"},
	lookNeutral:       {bold: true, color: grey, fill: paleGrey, lined: true, format: "@"},
	lookBannerGood:    {size: 16, bold: true, color: inkWhite, fill: green, vertical: "center"},
	lookBannerCaution: {size: 16, bold: true, color: inkWhite, fill: amber, vertical: "center"},
	lookBannerBad:     {size: 16, bold: true, color: inkWhite, fill: red, vertical: "center"},
	lookBannerNeutral: {size: 16, bold: true, color: inkWhite, fill: grey, vertical: "center"},
	lookLoud:          {size: 12, bold: true, color: red, fill: paleRed, vertical: "center", wrap: true},
	lookMonth:         {format: "@", lined: true},
	lookTotalText:     {bold: true, fill: paleGrey, format: "@", lined: true, underlaid: true},
	lookFaintText:     {italic: true, color: inkFaint, format: "@", lined: true},
}

// makeStyles registers all looks with a workbook.
func makeStyles(f *excelize.File) (ids [lookCount]int, err error) {
	for l := lookNone + 1; l < lookCount; l++ {
		if ids[l], err = f.NewStyle(styleOf(l).excel()); err != nil {
			return ids, err
		}
	}
	return ids, nil
}

func styleOf(l look) styleRow {
	switch {
	case l >= lookFaint:
		return styleRow{italic: true, color: inkFaint, lined: true, horizontal: "right", format: numberFormat(int(l - lookFaint))}
	case l >= lookTotal:
		return styleRow{bold: true, fill: paleGrey, lined: true, underlaid: true, horizontal: "right", format: numberFormat(int(l - lookTotal))}
	case l >= lookNumber:
		return styleRow{lined: true, horizontal: "right", format: numberFormat(int(l - lookNumber))}
	}
	return looks[l]
}

// numberFormat shows thousands apart and negative amounts in red with their sign;
// a blank as wide as a bracket keeps figures off the words in the next column.
func numberFormat(scale int) string {
	plain := "#,##0"
	if scale > 0 {
		plain += "." + strings.Repeat("0", scale)
	}
	return plain + "_);[Red]-" + plain + "_)"
}

func (r styleRow) excel() *excelize.Style {
	size, color, vertical := r.size, r.color, r.vertical
	if size == 0 {
		size = 10
	}
	if color == "" {
		color = ink
	}
	if vertical == "" {
		vertical = "top"
	}
	s := &excelize.Style{
		Font:       &excelize.Font{Family: "Calibri", Size: size, Bold: r.bold, Italic: r.italic, Color: color},
		Alignment:  &excelize.Alignment{Horizontal: r.horizontal, Vertical: vertical, WrapText: r.wrap},
		Protection: &excelize.Protection{Locked: !r.unlocked},
		Border:     r.borders(),
	}
	if r.horizontal == "right" && !strings.HasSuffix(r.format, "_)") {
		s.Alignment.Indent = indent
	}
	if r.underline {
		s.Font.Underline = "single"
	}
	if r.fill != "" {
		s.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{r.fill}}
	}
	if r.format != "" {
		s.CustomNumFmt = &r.format
	}
	return s
}

func (r styleRow) borders() []excelize.Border {
	if !r.lined {
		return nil
	}
	top := excelize.Border{Type: "top", Color: rule, Style: 1}
	if r.underlaid {
		top.Color = grey
	}
	return []excelize.Border{
		{Type: "left", Color: rule, Style: 1}, {Type: "right", Color: rule, Style: 1}, top, {Type: "bottom", Color: rule, Style: 1},
	}
}
