package quickbookssim

import (
	"slices"
	"strings"
)

// Names of lists: what they may hold, that there is one of each, and what becomes of
// them when an entry is made inactive.

// A naming says how the entries of a kind are called.
type naming struct {
	own  string   // the member that people set
	full bool     // FullyQualifiedName says it with those above
	with []string // the kinds that share the names
}

// persons share their names (developer.intuit.com, entity Customer, DisplayName).
var persons = []string{"Customer", "Vendor", "Employee"}

var namings = map[string]naming{
	"Customer":      {"DisplayName", true, persons},
	"Vendor":        {"DisplayName", false, persons},
	"Employee":      {"DisplayName", false, persons},
	"Item":          {"Name", true, []string{"Item"}},
	"Account":       {"Name", true, []string{"Account"}},
	"Class":         {"Name", true, []string{"Class"}},
	"Department":    {"Name", true, []string{"Department"}},
	"PaymentMethod": {"Name", false, []string{"PaymentMethod"}},
	"Term":          {"Name", false, []string{"Term"}},
	"TaxAgency":     {"DisplayName", false, []string{"TaxAgency"}},
}

// maxLevel is how deep entries nest below the first.
const maxLevel = 4

// completeNaming checks the entity's name, marks it where the entity is inactive and
// writes it out in full.
func (d *draft) completeNaming() error {
	n := namings[d.kind.name]
	was, is := d.before.text("Active") != "false", d.after.text("Active") != "false"
	d.after.set("Active", is)
	name := strings.TrimSpace(d.after.text(n.own))
	switch {
	case name == "":
		return missing(n.own)
	case strings.ContainsAny(name, ":\t\n"):
		return faultOf("2040", "").withElement(n.own)
	}
	unmarked := name
	if !was || !is {
		unmarked = strings.TrimSuffix(name, inactiveSuffix)
	}
	switch {
	case !is:
		name = unmarked + inactiveSuffix
	case was, !d.options.KeepSuffix, d.sent.has(n.own):
		name = unmarked
	}
	d.after.set(n.own, name)
	full := name
	if n.full {
		above, err := d.above()
		if err != nil {
			return err
		}
		full = above + name
		d.renameBelow(d.before.text("FullyQualifiedName"), full)
		d.after.set("FullyQualifiedName", full)
	}
	if is && (!was || d.fresh || nameKey(full) != nameKey(nameOf(n, d.before))) && d.taken(n, full) {
		return faultOf("6240", "")
	}
	if was && !is {
		return d.mayRest()
	}
	return nil
}

// above returns the full name of the parent and a colon, and sets Level; "" for an
// entity that stands at the top.
func (d *draft) above() (string, error) {
	id := d.after.ref("ParentRef")
	if id == "" {
		d.after.drop("Level")
		return "", nil
	}
	if d.standsBelow(id) {
		return "", faultOf("900", "")
	}
	parent := d.find(d.tables[d.kind.name], id)
	if parent == nil {
		return "", nil // of a list that the dataset has not
	}
	level := int64(1)
	if n := parent.amount("Level"); n.IsInt() {
		level += n.Num().Int64()
	}
	if level > maxLevel {
		return "", faultOf("6180", "")
	}
	d.after.set("Level", priceOf(ratOf(level)))
	return nameIn("", parent) + ":", nil
}

// standsBelow reports whether an entity is the draft's or below it.
func (d *draft) standsBelow(id string) bool {
	for range maxLevel + 1 {
		o := d.find(d.tables[d.kind.name], id)
		switch {
		case id == d.after.text("Id"):
			return true
		case o == nil:
			return false
		}
		id = o.ref("ParentRef")
	}
	return false
}

// renameBelow has the entries below one follow its full name. Their versions stay,
// which is inferred.
func (d *draft) renameBelow(before, after string) {
	t := d.tables[d.kind.name]
	if d.fresh || before == after {
		return
	}
	name := t.index["FullyQualifiedName"]
	for _, r := range t.rows {
		if rest, below := strings.CutPrefix(r.textOf(name), before+":"); below {
			d.aside(t, r.id).set("FullyQualifiedName", after+":"+rest)
			e := d.staged(t, r.id)
			e.kept, e.event = true, ""
		}
	}
}

// taken reports whether an active entry has the name, or one that is inactive where
// Options say that this matters.
func (d *draft) taken(n naming, full string) bool {
	key := nameKey(full)
	for _, kind := range n.with {
		t := d.tables[kind]
		member := namings[kind].own
		if namings[kind].full {
			member = "FullyQualifiedName"
		}
		name, active := t.index[member], t.index["Active"]
		if slices.ContainsFunc(t.rows, func(r *row) bool {
			if kind == d.kind.name && r.id == d.after.text("Id") {
				return false
			}
			text := r.textOf(name)
			if r.textOf(active) == "false" && d.options.InactiveNamesTaken {
				text = strings.TrimSuffix(text, inactiveSuffix)
			}
			return nameKey(text) == key
		}) {
			return true
		}
	}
	return false
}

func nameOf(n naming, o *object) string {
	if n.full {
		return o.text("FullyQualifiedName")
	}
	return o.text(n.own)
}

// nameKey is what names are compared by: neither case nor doubled blanks make
// another one (Teachworks' help on error 6240).
func nameKey(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// mayRest refuses to make inactive what is still needed.
func (d *draft) mayRest() error {
	switch d.kind.name {
	case "Customer", "Vendor":
		if d.before.amount("Balance").Sign() != 0 {
			return openBalance(strings.ToLower(d.kind.name))
		}
	case "Item":
		if d.before.text("Type") == "Category" {
			return businessFault("A category cannot be made inactive.")
		}
	}
	return nil
}
