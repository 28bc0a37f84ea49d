package reports

import (
	"fmt"

	"github.com/tieout/tieout/reconcile"
)

// settingColumns: every setting in force.
var settingColumns = []column[reconcile.SettingValue]{
	{header: "Setting", width: 30, value: func(_ *book, v *reconcile.SettingValue) cell { return text(string(v.Key)) }},
	{header: "Value", width: 34, value: func(_ *book, v *reconcile.SettingValue) cell { return wrapped(v.Value) }},
	{header: "Default?", width: 12, value: func(_ *book, v *reconcile.SettingValue) cell {
		if v.IsDefault {
			return text("default")
		}
		return text("changed").as(lookCaution)
	}},
	{header: "Changed by", width: 22, value: func(_ *book, v *reconcile.SettingValue) cell { return text(string(v.ChangedBy)) }},
	{header: "Changed at (%)", width: 18, value: func(b *book, v *reconcile.SettingValue) cell { return stamp(v.ChangedAt, b.zone) }},
	{header: "Changed at (ISO, UTC)", width: 22, hidden: true, value: func(_ *book, v *reconcile.SettingValue) cell { return iso(v.ChangedAt) }},
	{header: "Meaning", width: 80, value: func(_ *book, v *reconcile.SettingValue) cell { return wrapped(sentence(v.Meaning)) }},
}

// writeParameters writes what the run judged by: settings, versions, and what
// each code means.
func (b *book) writeParameters() error { return b.parameters(b.writeCodes) }

func (b *book) parameters(dictionary func(*sheet)) error {
	name := b.report.settings
	s := b.open(name, widths(settingColumns), true)
	if s.err == nil {
		s.freeze(1, 3)
	}
	s.add(26, text(name).as(lookHeading))
	s.add(16, text(fmt.Sprintf("Settings of version %d, as they were in force in run %d.", b.in.Run.Settings, b.in.Run.ID)).as(lookSubtitle))
	t := newTable(s, settingColumns)
	for n := range b.in.Settings {
		t.add(&b.in.Settings[n])
	}
	t.close("Settings")
	c := b.content(name)
	c.rows, c.parts = t.rows, 1
	b.writeVersions(s)
	dictionary(s)
	return s.close(paper{wide: 1})
}

func (b *book) writeVersions(s *sheet) {
	s.blank()
	s.heading("Versions")
	for _, pair := range [][2]string{
		{"Software", b.in.Version},
		{"Report", b.report.code + " version " + b.report.version},
		{"Rules", "version " + reconcile.RulesVersion},
		{"Rule-set hash", b.in.RuleSetHash},
	} {
		s.add(0, text(pair[0]), text(pair[1]))
	}
}

// writeCodes writes the dictionary of the finding codes.
func (b *book) writeCodes(s *sheet) {
	s.blank()
	s.heading("What the finding codes mean")
	s.add(18, text("Code").as(lookHeader), text("Sheet").as(lookHeader), text("Severity").as(lookHeader), text("Family").as(lookHeader),
		text("Meaning").as(lookHeader), styled(lookHeader), styled(lookHeader))
	s.merge(5, 7)
	for _, r := range b.in.Rules {
		s.add(0, text(string(r.Code)), text(lists[listOf(r)].name), text(string(r.Severity)).as(severityLook(r.Severity)),
			text(string(r.Family)), text(sentence(r.Meaning)), styled(lookText), styled(lookText))
		s.merge(5, 7)
	}
	if len(b.in.Rules) == 0 {
		s.add(0, text(nothingFound))
	}
}
